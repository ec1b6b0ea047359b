"""Uploads of pictures: asked for, confirmed, refused."""

from __future__ import annotations

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.harness import Client, Cloud
from tests.mall.catalog import factories

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def _upload(staff: Client, content: bytes) -> str:
    form = staff.post("/admin/media", json={"content_type": "image/png"}).ok()
    aws.client("s3").put_object(Bucket=settings().media_bucket, Key=form["key"], Body=content)
    return str(form["key"])


def test_a_picture_becomes_an_address_that_products_take(http: Client) -> None:
    staff = http.as_(factories.staff_token("catalog.write"))
    media = staff.post("/admin/media/confirm", json={"key": _upload(staff, PNG)}).ok()
    assert (media["content_type"], media["size"]) == ("image/png", 108)
    assert factories.product(pictures=[media["url"]]).pictures == [media["url"]]


def test_what_is_no_picture_is_refused_and_removed(http: Client, cloud: Cloud) -> None:
    staff = http.as_(factories.staff_token("catalog.write"))
    key = _upload(staff, b"<script>alert(1)</script>" * 10)
    assert staff.post("/admin/media/confirm", json={"key": key}).code == "unsupported_media"
    with cloud.unchanged():
        assert staff.post("/admin/media/confirm", json={"key": key}).code == "upload_not_found"
        assert staff.post("/admin/media/confirm", json={"key": "../other/secret"}).code == "upload_not_found"
        assert staff.post("/admin/media", json={"content_type": "image/svg+xml"}).code == "invalid"
