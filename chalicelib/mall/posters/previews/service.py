"""A preview is a poster whose owner is the staff: drawn on the same queue by the same code."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock, ids
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.posters import service
from chalicelib.mall.posters.designs import service as designs
from chalicelib.mall.posters.designs.schemas import Content, Design, PosterKind
from chalicelib.mall.posters.models import STAFF, Poster
from chalicelib.mall.posters.pictures.service import SAMPLE
from chalicelib.mall.posters.schemas import AskPreview
from chalicelib.mall.posters.templates import service as templates

KEEP = timedelta(days=7)
_SCENE = "s=preview"


def ask(asked: AskPreview) -> Poster:
    """A new preview, drawn on the queue; staff poll it. Its code leads nowhere.

    :raises TemplateNotFound, ProductNotFound: what it shall show. :raises PictureRefused: a picture of the design.
    """
    template_id, kind, design = _design(asked)
    content = service.of_product(products.product(asked.product_id)) if asked.product_id else sample()
    now = clock.now()
    expires_at = int((now + KEEP).timestamp())
    poster = Poster(
        owner=STAFF,
        id=ids.new("pst"),
        kind=kind,
        template_id=template_id,
        design_id=designs.digest(design),
        content=_with_sharer(content),
        page=settings().product_page,
        scene=_SCENE,
        width=design.width,
        height=design.height,
        asked_at=now,
        expires_at=expires_at,
    )
    with Transaction() as tx:
        templates.keep_draft(tx, design, expires_at)
        service.begin(tx, poster)
    return poster


def sample() -> Content:
    """What a template is looked at with: a long title, a price with fen, a former price."""
    texts = {
        "title": "示例商品：手作香薰蜡烛礼盒，天然大豆蜡配方，留香三十小时",
        "summary": "把一整个秋天的桂花，装进一支蜡烛里",
        "suffix": "起",
        "shop": settings().shop_name or "示例店铺",
    }
    return Content.model_validate(
        {"texts": texts, "amounts": {"price": 12_990, "market_price": 16_800}, "pictures": {"picture": SAMPLE}}
    )


def _design(asked: AskPreview) -> tuple[str | None, PosterKind, Design]:
    if asked.design is not None:
        templates.check_pictures(asked.design)
        return None, PosterKind.PRODUCT, asked.design
    template, design = templates.get(asked.template_id or "")
    return template.id, template.kind, design


def _with_sharer(content: Content) -> Content:
    return content.model_copy(update={"texts": {**content.texts, "sharer": "好友小屿"}})
