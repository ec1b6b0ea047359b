"""Members, products with real pictures in the bucket, contents for designs."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from PIL import Image

from chalicelib.core import clock
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.posters.designs.schemas import Content
from infra.local.demo.drawings import draw as drawn
from tests.harness import Client
from tests.mall.catalog import factories as catalog
from tests.trade import factories as trade


def encoded(image: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    """An image as a file."""
    file = io.BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


@cache
def photo(kind: str = "bedding", size: int = 640) -> bytes:
    """A product picture of the demo shop."""
    color, accent, scene = {
        "bedding": ("#8fa9bd", "#d8e2e8", "mist"),
        "tea": ("#4f7a5b", "#c99b5e", "sand"),
        "mug": ("#c08a80", "#8ba283", "blush"),
    }[kind]
    return drawn(kind, color, accent, scene, size)


def stored(content: bytes, key: str = "uploads/image/202611/photo.jpg") -> str:
    """*content* in the media bucket; its URL."""
    storage.put(Bucket.MEDIA, key, content, "image/jpeg")
    return storage.media_url(key)


def product(code: str = "set", **more: Any) -> Product:
    """A product on sale whose picture is in the bucket."""
    return catalog.product(code, **{"pictures": [stored(photo())], **more})


def row(*pictures: str) -> Product:
    """A product on sale as a row, and no more."""
    item = trade.product()
    item.pictures = list(pictures)
    item.save()
    return item


def member(member_id: str = "mbr_1", *, nickname: str | None = "林小满", avatar: str | None = None) -> Member:
    """An active member."""
    row = Member(id=member_id, nickname=nickname, avatar_url=avatar, registered_at=clock.now())
    row.save()
    return row


def buyer(http: Client, member_id: str = "mbr_1") -> Client:
    """A client of a member that exists."""
    return http.as_(Buyer.token(member_id, f"o-{member_id}"))


def picture_of(view: dict[str, Any]) -> Image.Image:
    """The picture of a ready poster, from the bucket."""
    assert view["status"] == "ready", view
    key = view["url"].partition(".com.cn/")[2]
    content = storage.get(Bucket.MEDIA, key)
    assert content is not None
    return Image.open(io.BytesIO(content))


def content(**texts: str) -> Content:
    """All slots filled, as a product with a sharer fills them."""
    given = {
        "title": "轻奢纯棉刺绣水洗四件套",
        "summary": "设计师原款，精致绣花",
        "sharer": "林小满",
        "shop": "屿上生活",
    }
    amounts = {"price": 89_900, "market_price": 91_900}
    return Content.model_validate(
        {"texts": given | texts, "amounts": amounts, "pictures": {"picture": "photo", "avatar": "avatar"}}
    )
