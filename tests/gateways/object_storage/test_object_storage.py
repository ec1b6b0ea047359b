"""Object storage on moto: what may come in, what is looked at, what is refused."""

from __future__ import annotations

import base64
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.errors import (
    MediaTooLarge,
    StorageUnavailable,
    UnsupportedMedia,
    UploadNotFound,
)
from chalicelib.gateways.object_storage.media import FIRST_BYTES, sniff
from chalicelib.gateways.object_storage.service import Bucket
from tests.harness import Cloud, MovableClock

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100
GIF = b"GIF89a" + b"\0" * 100
WEBP = b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 100
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 100
QUICKTIME = b"\0\0\0\x14ftypqt  " + b"\0" * 100
HEIC = b"\0\0\0\x18ftypheic" + b"\0" * 100
HTML = b"<!doctype html><script>alert(1)</script>" + b" " * 60


def _uploaded(content_type: str, content: bytes) -> str:
    upload = storage.presign_upload(content_type)
    aws.client("s3").put_object(Bucket=settings().media_bucket, Key=upload.key, Body=content, ContentType=content_type)
    return upload.key


def test_the_form_is_good_for_one_key_one_type_and_one_size(cloud: Cloud, frozen: MovableClock) -> None:
    upload = storage.presign_upload("image/png")
    policy = json.loads(base64.b64decode(upload.fields["policy"]))
    assert upload.key.startswith("uploads/image/202611/")
    assert upload.fields["key"] == upload.key
    assert {"key": upload.key} in policy["conditions"]
    assert {"bucket": settings().media_bucket} in policy["conditions"]
    assert {"Content-Type": "image/png"} in policy["conditions"]
    assert ["content-length-range", 1, 5 * 1024 * 1024] in policy["conditions"]
    assert upload.expires_at == frozen.at + timedelta(minutes=15)
    assert upload.url.startswith("https://")
    # Every field of the form is fixed by the policy, save the policy and its signature.
    fixed = {name for condition in policy["conditions"] if isinstance(condition, dict) for name in condition}
    assert set(upload.fields) - fixed == {"policy", "x-amz-signature"}


def test_two_uploads_never_share_a_key(cloud: Cloud) -> None:
    assert storage.presign_upload("video/mp4").key != storage.presign_upload("video/mp4").key


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/html", "", "image/png; charset=x", "video/quicktime"])
def test_other_types_are_refused(cloud: Cloud, content_type: str) -> None:
    with cloud.unchanged(), pytest.raises(UnsupportedMedia):
        storage.presign_upload(content_type)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [("image/png", PNG), ("image/jpeg", JPEG), ("image/gif", GIF), ("image/webp", WEBP), ("video/mp4", MP4)],
)
def test_an_honest_upload_is_confirmed_as_often_as_asked(cloud: Cloud, content_type: str, content: bytes) -> None:
    key = _uploaded(content_type, content)
    with cloud.unchanged():
        found = storage.confirm(key)
        assert storage.confirm(key) == found
    assert (found.content_type, found.size) == (content_type, len(content))
    assert found.url == f"{settings().media_base_url}/{key}"


@pytest.mark.parametrize(
    ("content_type", "content"),
    [("image/png", HTML), ("image/png", JPEG), ("video/mp4", QUICKTIME), ("video/mp4", HEIC), ("image/webp", b"RIFF")],
)
def test_a_liar_is_refused_and_removed(cloud: Cloud, content_type: str, content: bytes) -> None:
    key = _uploaded(content_type, content)
    with pytest.raises(UnsupportedMedia):
        storage.confirm(key)
    assert storage.head(Bucket.MEDIA, key) is None


def test_too_many_bytes_are_refused_and_removed(cloud: Cloud) -> None:
    key = _uploaded("image/png", PNG + b"\0" * (5 * 1024 * 1024))
    with pytest.raises(MediaTooLarge):
        storage.confirm(key)
    assert storage.head(Bucket.MEDIA, key) is None


@pytest.mark.parametrize(
    "key",
    [
        "uploads/image/202611/" + "0" * 32 + ".png",
        "uploads/image/202611/" + "0" * 32 + ".exe",
        "search/current.json",
        "../secrets",
        "",
        "uploads/图片.png",
        "x" * 5000,
    ],
)
def test_what_was_not_uploaded_can_not_be_confirmed(cloud: Cloud, key: str) -> None:
    with cloud.unchanged(), pytest.raises(UploadNotFound):
        storage.confirm(key)


def test_an_empty_upload_is_no_upload(cloud: Cloud) -> None:
    key = _uploaded("image/png", b"")
    with pytest.raises(UploadNotFound):
        storage.confirm(key)


def test_confirming_reads_only_the_first_bytes(cloud: Cloud) -> None:
    key = _uploaded("video/mp4", MP4 + b"\0" * 1_000_000)
    read: list[int] = []
    events = aws.client("s3").meta.events
    events.register(
        "after-call.s3.GetObject", lambda parsed, **_: read.append(parsed["ContentLength"]), unique_id="watch"
    )
    storage.confirm(key)
    events.unregister("after-call.s3.GetObject", unique_id="watch")
    assert read == [FIRST_BYTES]


def test_bytes_and_streams_come_back_as_they_went(cloud: Cloud) -> None:
    storage.put(Bucket.WORK, "exports/a.csv", "中文,1\n".encode(), "text/csv")
    storage.put(Bucket.WORK, "exports/b.bin", io.BytesIO(b"0123456789"))
    assert storage.get(Bucket.WORK, "exports/a.csv") == "中文,1\n".encode()
    assert storage.head(Bucket.WORK, "exports/a.csv").content_type == "text/csv"  # type: ignore[union-attr]
    stream = storage.open_stream(Bucket.WORK, "exports/b.bin")
    assert stream is not None
    with stream:
        assert (stream.read(4), stream.read()) == (b"0123", b"456789")
    further = storage.open_stream(Bucket.WORK, "exports/b.bin", start=7)
    assert further is not None
    with further:
        assert further.read() == b"789"
    storage.delete(Bucket.WORK, "exports/a.csv")
    storage.delete(Bucket.WORK, "exports/a.csv")
    assert storage.get(Bucket.WORK, "exports/a.csv") is None
    assert storage.head(Bucket.WORK, "exports/a.csv") is None
    assert storage.open_stream(Bucket.WORK, "exports/a.csv") is None


@pytest.mark.parametrize("key", ["", "/a", "a//b", "a/../b", ".env", "a b", "图", "a/", "x" * 513, "a\n"])
def test_only_plain_keys_are_used(cloud: Cloud, key: str) -> None:
    with cloud.unchanged(), pytest.raises(ValueError, match="safe key"):
        storage.put(Bucket.WORK, key, b"")


def test_a_private_object_is_lent_for_a_while(cloud: Cloud) -> None:
    url = storage.presign_download(Bucket.WORK, "exports/a.csv", filename="orders-20261124.csv")
    assert "X-Amz-Signature=" in url
    assert "orders-20261124.csv" in url


@pytest.mark.parametrize("status", [500, 503])
def test_a_storage_that_fails_is_shown_as_one_refusal(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    def fail(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, status, {}, type("Raw", (), {"stream": lambda *_, **__: iter([b""])})())

    monkeypatch.setattr("time.sleep", lambda _: None)  # botocore waits between its tries
    events = aws.client("s3").meta.events
    events.register("before-send.s3", fail, unique_id="fail")
    try:
        for call in (
            lambda: storage.get(Bucket.WORK, "a"),
            lambda: storage.head(Bucket.WORK, "a"),
            lambda: storage.put(Bucket.WORK, "a", b"x"),
        ):
            with pytest.raises(StorageUnavailable):
                call()
    finally:
        events.unregister("before-send.s3", unique_id="fail")


@pytest.mark.parametrize("length", range(20))
def test_short_files_are_nothing(length: int) -> None:
    for whole in (PNG, JPEG, GIF, WEBP, MP4):
        found = sniff(whole[:length])
        assert found is None or whole.startswith(whole[:length])


@pytest.mark.parametrize("last", [b"", b"the end"])
def test_large_parts_are_joined_in_their_order(cloud: Cloud, last: bytes) -> None:
    parts = {f"tmp/part-{each}": each.encode() * 5 * 1024 * 1024 for each in "ab"}
    for key, content in parts.items():
        storage.put(Bucket.WORK, key, content)
    for _ in range(2):  # begun anew, it is the same object
        storage.join(Bucket.WORK, "tmp/whole", list(parts), last, "text/csv")
    assert storage.get(Bucket.WORK, "tmp/whole") == b"".join(parts.values()) + last
    assert storage.head(Bucket.WORK, "tmp/whole").content_type == "text/csv"  # type: ignore[union-attr]


def test_a_part_that_is_small_or_gone_joins_nothing(cloud: Cloud) -> None:
    storage.put(Bucket.WORK, "tmp/small", b"too little")
    for parts in (["tmp/small", "tmp/small"], ["tmp/gone"]):
        with pytest.raises(ClientError):
            storage.join(Bucket.WORK, "tmp/whole", parts, b"the end", "text/csv")
    assert storage.get(Bucket.WORK, "tmp/whole") is None
    storage.join(Bucket.WORK, "tmp/whole", [], b"the end", "text/csv")
    assert storage.get(Bucket.WORK, "tmp/whole") == b"the end"
