"""Fetching pictures that somebody named: only from our own bucket or from hosts that the owner allows.

A URL in a product can be written by whoever may import products, and this code runs inside of the mall's network.
So: https alone, the usual port, no redirects; the host is on the list; its addresses are public ones, and the
connection goes to the address that was looked at, not to what the name says a moment later. Size, type and pixels
are checked.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from chalicelib.core.settings import settings
from chalicelib.gateways.object_storage import media
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.errors import StorageUnavailable
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.posters.errors import PictureRefused, PictureUnreachable

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 10 * media.MEGABYTE
MAX_PIXELS = 25_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_CHUNK = 64 * 1024
SAMPLE = "sample:picture"
"""In place of a URL: the picture of previews that are of no product. No product can have it."""
_SAMPLE_FILE = Path(__file__).parents[1] / "data" / "sample.jpg"


def check_url(url: str) -> None:
    """Whether a picture may come from *url*, as far as its text tells. :raises PictureRefused:"""
    if _own_key(url) is None:
        _allowed(url)


def fetch(url: str) -> bytes:
    """The bytes behind *url*.

    :raises PictureRefused: never: a place, size or type that is not allowed, or nothing is there.
    :raises PictureUnreachable: not now.
    """
    if url == SAMPLE:
        return _SAMPLE_FILE.read_bytes()
    key = _own_key(url)
    content = _from_bucket(key) if key is not None else _from_host(url)
    kind = media.sniff(content)
    if kind is None or kind.kind != "image":
        raise PictureRefused(reason="not a jpeg, png, webp or gif")
    return content


def open_picture(content: bytes, longest: int) -> Image.Image:
    """The picture in RGB, or RGBA where it is transparent; upright; an animation's first; not much larger than needed.

    :param longest: more pixels a side than this are not needed.
    :raises PictureRefused: broken, or more than 25 million pixels.
    """
    from PIL import Image, ImageOps

    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise PictureRefused(reason=f"{image.width} x {image.height} pixels")
        image.draft("RGB", (longest, longest))  # a JPEG is read small where it is much too large
        image = ImageOps.exif_transpose(image)
        transparent = "A" in image.getbands() or "transparency" in image.info
        image = image.convert("RGBA" if transparent else "RGB")
        if max(image.size) > 2 * longest:
            image.thumbnail((2 * longest, 2 * longest), Image.Resampling.BOX)
    except PictureRefused:
        raise
    except Exception as error:
        # Pillow's readers raise whatever a broken file makes them stumble over, SyntaxError among it.
        raise PictureRefused(reason=f"broken: {type(error).__name__}") from None
    return image


def _own_key(url: str) -> str | None:
    """The key in the media bucket that *url* leads to: read there, and not over HTTP."""
    base = settings().media_base_url.rstrip("/") + "/"
    if not url.startswith(base):
        return None
    try:
        return storage.safe_key(unquote(url.removeprefix(base).partition("?")[0]))
    except ValueError:
        raise PictureRefused(reason="not a key of ours") from None


def _from_bucket(key: str) -> bytes:
    try:
        info = storage.head(Bucket.MEDIA, key)
        if info is None:
            raise PictureRefused(reason="there is no such object")
        if info.size > MAX_BYTES:
            raise PictureRefused(reason=f"{info.size} bytes")
        content = storage.get(Bucket.MEDIA, key)
    except StorageUnavailable:
        raise PictureUnreachable() from None
    if content is None:
        raise PictureRefused(reason="there is no such object")
    return content


def _allowed(url: str) -> tuple[str, str]:
    """Host and target of a URL that may be fetched. :raises PictureRefused:"""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise PictureRefused(reason="no URL") from None
    if parts.scheme != "https" or port not in (None, 443) or parts.username is not None or "\\" in url:
        raise PictureRefused(reason="only plain https")
    if not any(host == each or host.endswith("." + each) for each in settings().allowed_picture_hosts):
        raise PictureRefused(reason="the host is not allowed")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, target


def _from_host(url: str) -> bytes:
    host, target = _allowed(url)
    return download(host, public_address(host), target)


def public_address(host: str) -> str:
    """An address of *host*, all of whose addresses are public.

    :raises PictureRefused: one is not. :raises PictureUnreachable: there is none now.
    """
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError:
        raise PictureUnreachable() from None
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    if not addresses or not all(map(is_public, addresses)):
        raise PictureRefused(reason="an inner address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet's: none of this machine, this network, the cloud's own services."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        # 64:ff9b::/96 leads to any IPv4 address through a translator.
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


def download(host: str, address: str, target: str, port: int = 443) -> bytes:
    """GET from *address*, which must prove by its certificate that it is *host*.

    :raises PictureRefused: not there, a redirect, too large. :raises PictureUnreachable: not now.
    """
    seconds = settings().partner_timeout_seconds
    deadline = time.monotonic() + 2 * seconds
    pool = urllib3.HTTPSConnectionPool(
        address, port, server_hostname=host, assert_hostname=host, retries=False, timeout=seconds, maxsize=1
    )
    try:
        with pool:
            headers = {"Host": host, "Accept": "image/*", "Accept-Encoding": "identity"}
            response = pool.request(
                "GET", target, headers=headers, preload_content=False, redirect=False, decode_content=False
            )
            try:
                return _body(response, deadline)
            finally:
                response.close()
    except (HTTPError, OSError):
        raise PictureUnreachable() from None


def _body(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    if response.status in (408, 429) or response.status >= 500:
        raise PictureUnreachable()
    if response.status != 200:
        raise PictureRefused(reason=f"HTTP {response.status}")
    content = bytearray()
    # Piece by piece: what a server announces is not what it sends, and one that trickles must not hold the worker.
    while piece := response.read1(_CHUNK):
        content += piece
        if len(content) > MAX_BYTES:
            raise PictureRefused(reason="more than 10 MB")
        if time.monotonic() > deadline:
            raise PictureUnreachable()
    return bytes(content)
