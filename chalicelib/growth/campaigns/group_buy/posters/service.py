"""A poster of a group: the goods, the group's price, and a code that carries group, campaign and sharer."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.tables import Key, Table, batch_get
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.group_buy.errors import GroupNotFound, GroupOver
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, Seat
from chalicelib.growth.campaigns.group_buy.service import group_of
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.posters import service as posters
from chalicelib.mall.posters.designs.schemas import Content, PosterKind
from chalicelib.mall.posters.models import Poster
from chalicelib.mall.posters.service import Wish
from chalicelib.mall.posters.templates import service as templates


def ask(member_id: str, group_id: str, template_id: str | None) -> Poster:
    """The poster that a member of the group shares.

    :raises GroupNotFound: there is none, or they were never in it. :raises GroupOver: nobody joins any more.
    :raises TemplateNotFound, TooManyPosters, LinkCollision, TooBusy: as of every poster.
    """
    group = group_of(group_id)
    campaign = campaign_of(group.campaign_id)
    item = campaign.items[0]
    wanted: dict[type[Table], Iterable[Key]] = {
        Product: [item.product_id],
        Member: [member_id],
        Seat: [(group_id, member_id)],
        **templates.needs(PosterKind.GROUP, template_id),
    }
    found = batch_get(wanted)
    member = Member.require_active(found[Member].get(member_id))
    if not found[Seat]:
        raise GroupNotFound()
    if group.status is not GroupStatus.OPEN or clock.now() >= group.ends_at:
        raise GroupOver()
    wish = Wish(
        owner=member_id,
        template=templates.chosen(found, PosterKind.GROUP, template_id),
        content=_content(group, campaign, found[Product].get(item.product_id), member),
        page=settings().group_page,
        parameters={"id": group.id},
        campaign_id=campaign.id,
    )
    return posters.ask(wish, by=member_id)


def _content(group: Group, campaign: Campaign, product: Product | None, member: Member) -> Content:
    item = min(campaign.items, key=lambda each: each.unit_amount or 0)
    sku = product.sku(item.sku_id) if product is not None else None
    texts = {
        "title": product.name if product is not None else campaign.title,
        "label": f"{group.least}人团",
        "shop": settings().shop_name,
        "sharer": member.nickname or "好友",
    }
    pictures = {"picture": product.pictures[0]} if product is not None and product.pictures else {}
    if member.avatar_url:
        pictures["avatar"] = member.avatar_url
    amounts = {"price": item.unit_amount or 0} | ({"market_price": sku.price_amount} if sku is not None else {})
    return Content.model_validate({"texts": texts, "amounts": amounts, "pictures": pictures})
