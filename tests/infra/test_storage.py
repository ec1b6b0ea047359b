"""The laptop's S3 as others see it: signed forms and links work, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.gateways.object_storage import service as object_storage
from chalicelib.gateways.object_storage.service import Bucket
from infra.local.demo.browser import multipart
from infra.local.storage import PREFIX, Storage

JPEG = b"\xff\xd8\xff\xe0\r\n--not a boundary\r\n" + bytes(range(256))


@pytest.fixture
def storage(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SIYU_STORAGE_BASE_URL", f"http://127.0.0.1:8000{PREFIX}")
    settings.cache_clear()
    yield Storage(aws.client("s3"), settings().media_bucket, settings().region, "http://console.test")
    monkeypatch.undo()
    settings.cache_clear()


def post(storage: Storage, url: str, fields: dict[str, str], file: bytes) -> Any:
    content_type, body = multipart(fields, file)
    return storage("POST", urlsplit(url).path, [("Content-Type", content_type)], body)


def get(storage: Storage, url: str) -> Any:
    parts = urlsplit(url)
    return storage("GET", f"{parts.path}?{parts.query}", [], b"")


def test_a_signed_form_uploads_and_everybody_reads(storage: Storage) -> None:
    form = object_storage.presign_upload("image/jpeg")
    assert form.url.startswith(f"http://127.0.0.1:8000{PREFIX}/siyu-media")
    assert post(storage, form.url, form.fields, JPEG).status == 204
    assert object_storage.confirm(form.key).size == len(JPEG)
    answer = storage("GET", f"{PREFIX}/siyu-media/{form.key}", [], b"")
    assert (answer.status, answer.body, answer.header("content-type")) == (200, JPEG, "image/jpeg")
    assert answer.header("cache-control") == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"key": "uploads/image/202611/other.jpg"}, 403, "AccessDenied"),
        ({"Content-Type": "image/svg+xml"}, 403, "AccessDenied"),
        ({"acl": "public-read"}, 403, "AccessDenied"),
        ({"x-amz-signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
        ({"policy": "e30="}, 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_bent_form_is_refused(storage: Storage, cloud: Any, change: dict[str, str], status: int, code: str) -> None:
    form = object_storage.presign_upload("image/jpeg")
    with cloud.unchanged():
        answer = post(storage, form.url, form.fields | change, JPEG)
    assert answer.status == status
    assert code.encode() in answer.body


def test_a_file_of_another_size_is_refused(storage: Storage, cloud: Any) -> None:
    form = object_storage.presign_upload("image/jpeg")
    with cloud.unchanged():
        assert post(storage, form.url, form.fields, b"\xff" * (form.max_bytes + 1)).status == 400
        assert post(storage, form.url, form.fields, b"").status == 400


def test_a_private_file_is_read_by_its_signed_link_only(storage: Storage) -> None:
    object_storage.put(Bucket.WORK, "exports/orders.csv", b"number\r\n", "text/csv")
    url = object_storage.presign_download(Bucket.WORK, "exports/orders.csv", filename="orders.csv")
    answer = get(storage, url)
    assert (answer.status, answer.body) == (200, b"number\r\n")
    assert answer.header("content-disposition") == 'attachment; filename="orders.csv"'
    bare = url.partition("?")[0]
    assert get(storage, bare).status == 403
    assert get(storage, url.replace("orders.csv?", "others.csv?")).status == 403
    expired = object_storage.presign_download(
        Bucket.WORK, "exports/orders.csv", filename="orders.csv", lifetime=timedelta()
    )
    assert get(storage, expired).status == 403


def test_what_is_not_there_is_404(storage: Storage) -> None:
    assert storage("GET", f"{PREFIX}/siyu-media/nothing.jpg", [], b"").status == 404
    assert storage("DELETE", f"{PREFIX}/siyu-media/nothing.jpg", [], b"").status == 405
