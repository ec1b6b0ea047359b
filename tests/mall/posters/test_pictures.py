"""Fetching and opening pictures: our bucket, allowed hosts, nothing inner, nothing broken or huge."""

from __future__ import annotations

import io
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.core.settings import settings
from chalicelib.mall.posters.errors import PictureRefused, PictureUnreachable
from chalicelib.mall.posters.pictures import service
from infra.local import faults
from tests.harness import Cloud
from tests.mall.posters.factories import encoded, photo, stored

HOST = "cdn.example.com"


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_PICTURE_HOSTS", f"{HOST}, thirdwx.qlogo.cn, localhost")
    monkeypatch.setenv("SIYU_PARTNER_TIMEOUT_SECONDS", "0.5")
    settings.cache_clear()


@pytest.mark.parametrize("url", [f"https://{HOST}/a.jpg", f"https://img.{HOST}/a?x=1", f"https://{HOST}:443/a"])
def test_allowed_hosts(url: str) -> None:
    service.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example.com/a.jpg",
        "https://example.com/a.jpg",
        "https://evilcdn.example.com/a.jpg",
        "https://evilcdn.example.com.evil.net/a.jpg",
        "https://evil-cdn.example.com@evil.net/a.jpg",
        "https://cdn.example.com@evil.net/a.jpg",
        "https://user:secret@cdn.example.com/a.jpg",
        "https://cdn.example.com:8443/a.jpg",
        "https://cdn.example.com:99999/a.jpg",
        "https://cdn.example.com\\@evil.net/a.jpg",
        "https://evil.net#cdn.example.com",
        "https://evil.net?cdn.example.com",
        "https://127.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/a.jpg",
        "https://0x7f.1/a.jpg",
        "file:///etc/passwd",
        "ftp://cdn.example.com/a",
        "data:image/png;base64,AAAA",
        "//cdn.example.com/a",
        "",
        "https://[",
    ],
)
def test_hostile_urls(cloud: Cloud, url: str) -> None:
    with pytest.raises(PictureRefused):
        service.check_url(url)
    with cloud.unchanged(), pytest.raises(PictureRefused):
        service.fetch(url)


def test_an_allowed_name_with_an_inner_address_is_refused(cloud: Cloud) -> None:
    service.check_url("https://localhost/a.jpg")
    with pytest.raises(PictureRefused) as refused:
        service.fetch("https://localhost/a.jpg")
    assert refused.value.details["reason"] == "an inner address"


def test_a_name_that_nobody_knows_may_be_known_later(cloud: Cloud) -> None:
    with pytest.raises(PictureUnreachable):  # the tests' resolver knows the loopback only
        service.fetch(f"https://{HOST}/a.jpg")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("39.156.66.10", True),
        ("240e:ff:e020:966:0:ff:b042:f296", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("::ffff:169.254.169.254", False),
        ("::ffff:39.156.66.10", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert service.is_public(address) is public


# ---- our own bucket


def test_our_own_bucket_is_read_by_key(cloud: Cloud) -> None:
    assert service.fetch(stored(photo())) == photo()


@pytest.mark.parametrize("path", ["missing.jpg", "../inner/secret", "a//b", "%2e%2e/x", "a/../../x", ".hidden", ""])
def test_what_is_no_object_of_it(cloud: Cloud, path: str) -> None:
    with pytest.raises(PictureRefused):
        service.fetch(f"{settings().media_base_url}/{path}")


def test_size_and_type_are_those_of_the_content(cloud: Cloud) -> None:
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 3, b"\0" * 100, b"\0\0\0\x18ftypisom" + b"\0" * 90):
        with pytest.raises(PictureRefused):
            service.fetch(stored(content))
    with pytest.raises(PictureRefused):
        service.fetch(stored(photo() + b"\0" * service.MAX_BYTES))


def test_a_bucket_that_does_not_answer_may_answer_later(cloud: Cloud) -> None:
    url = stored(photo())
    with faults.broken("HeadObject", times=20), pytest.raises(PictureUnreachable):
        service.fetch(url)


# ---- another host, played with a certificate of its own


class _Host(BaseHTTPRequestHandler):
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
    seen: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        _Host.seen.append((self.headers["Host"], self.path))
        _Host.answers[self.path.partition("?")[0]](self)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are what is tested here."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = tmp_path / "host.pem", tmp_path / "host.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = _Server(("127.0.0.1", 0), _Host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    _Host.seen.clear()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def _answer(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for header, value in headers.items():
            handler.send_header(header.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def _get(port: int, answer: Callable[[BaseHTTPRequestHandler], None], host_name: str = HOST) -> bytes:
    _Host.answers["/a.jpg"] = answer
    return service.download(host_name, "127.0.0.1", "/a.jpg?x=1", port)


def test_a_picture_comes_from_the_address_under_the_name(host: int) -> None:
    assert _get(host, _answer(200, photo(), Content_Length=str(len(photo())))) == photo()
    assert _Host.seen == [(HOST, "/a.jpg?x=1")]


def test_who_can_not_prove_the_name_is_not_believed(host: int) -> None:
    with pytest.raises(PictureUnreachable):
        _get(host, _answer(200, photo()), "thirdwx.qlogo.cn")
    assert _Host.seen == []


def test_redirects_are_not_followed(host: int) -> None:
    with pytest.raises(PictureRefused):
        _get(host, _answer(302, Location="https://169.254.169.254/"))
    assert len(_Host.seen) == 1


@pytest.mark.parametrize(("status", "error"), [(404, PictureRefused), (403, PictureRefused), (503, PictureUnreachable)])
def test_statuses(host: int, status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        _get(host, _answer(status))


def test_more_than_announced_is_not_read(host: int) -> None:
    with pytest.raises(PictureRefused) as refused:
        _get(host, _answer(200, b"\xff\xd8\xff" + b"\0" * (service.MAX_BYTES + 1)))
    assert refused.value.details["reason"] == "more than 10 MB"


def test_packed_content_is_not_unpacked(host: int) -> None:
    bomb = zlib.compress(b"\0" * 1_000_000)
    assert _get(host, _answer(200, bomb, Content_Encoding="deflate", Content_Length=str(len(bomb)))) == bomb


def test_a_server_that_trickles_is_left(host: int) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b"\xff" * 10)
            threading.Event().wait(0.1)

    started = time.monotonic()
    with pytest.raises(PictureUnreachable):
        _get(host, trickle)
    assert time.monotonic() - started < 3


def test_nobody_there(host: int) -> None:
    with pytest.raises(PictureUnreachable):
        service.download(HOST, "127.0.0.1", "/a.jpg", 1)


# ---- opening


def test_formats_and_transparency() -> None:
    plain = Image.new("RGB", (40, 30), "#336699")
    assert service.open_picture(encoded(plain, "JPEG"), 100).mode == "RGB"
    assert service.open_picture(encoded(plain, "WEBP"), 100).mode == "RGB"
    assert service.open_picture(encoded(plain.convert("RGBA")), 100).mode == "RGBA"
    assert service.open_picture(encoded(plain.convert("P")), 100).mode == "RGB"
    assert service.open_picture(encoded(plain.convert("CMYK"), "JPEG"), 100).mode == "RGB"
    assert service.open_picture(encoded(Image.new("LA", (4, 4))), 100).mode == "RGBA"
    assert service.open_picture(encoded(Image.new("I;16", (4, 4))), 100).mode == "RGB"


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture(form: str) -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in ("#ff0000", "#00ff00", "#0000ff")]
    content = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=10)
    pixel = service.open_picture(content, 100).convert("RGB").getpixel((10, 10))
    assert pixel == pytest.approx((255, 0, 0), abs=8)


def test_a_photo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    assert service.open_picture(content, 100).size == (20, 40)


def test_a_large_one_is_made_smaller() -> None:
    for form in ("JPEG", "PNG"):
        image = service.open_picture(encoded(Image.new("RGB", (4000, 3000)), form), 300)
        assert 300 <= max(image.size) <= 1200


def test_too_many_pixels_are_not_unpacked() -> None:
    bomb = encoded(Image.new("1", (6000, 6000)))
    assert len(bomb) < 20_000
    with pytest.raises(PictureRefused) as refused:
        service.open_picture(bomb, 300)
    assert "6000 x 6000" in refused.value.details["reason"]
    header = bytearray(encoded(Image.new("L", (8, 8))))
    header[16:24] = (60_000).to_bytes(4, "big") * 2  # what Pillow itself would shout at
    with pytest.raises(PictureRefused):
        service.open_picture(bytes(header), 300)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"\xff\xd8\xff" + b"\0" * 50, b"RIFF\0\0\0\0WEBPVP8 "]
)
def test_broken_ones(content: bytes) -> None:
    with pytest.raises(PictureRefused):
        service.open_picture(content, 300)


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.integers(0, 2000), st.binary(max_size=40))
def test_a_damaged_file_is_drawn_or_refused(form: str, at: int, damage: bytes) -> None:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).convert("RGB").save(file, form)
    content = bytearray(file.getvalue())
    content[at : at + len(damage)] = damage
    try:
        image = service.open_picture(bytes(content[: max(20, len(content) - at % 300)]), 100)
    except PictureRefused:
        return
    assert image.mode in ("RGB", "RGBA")
