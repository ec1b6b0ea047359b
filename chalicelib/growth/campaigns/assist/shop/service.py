"""What members see of assists. The clock decides how one stands, whatever is stored."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.money import yuan
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.assist.errors import AssistOver
from chalicelib.growth.campaigns.assist.models import Assist, AssistHelp, Helper, Standing
from chalicelib.growth.campaigns.assist.schemas import AssistSettings
from chalicelib.growth.campaigns.assist.service import assist_of
from chalicelib.growth.campaigns.assist.shop.schemas import AssistCard, AssistPage, HelperView
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.campaigns.base.friends.schemas import AskShare, Face, ShareView
from chalicelib.growth.campaigns.base.friends.service import Invitation
from chalicelib.growth.campaigns.base.friends.shop import service as shop
from chalicelib.growth.campaigns.base.friends.shop.service import Found
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory.models import Stock
from chalicelib.mall.posters.designs.schemas import PosterKind


def page(assist_id: str, member_id: str | None) -> AssistPage:
    """An assist whole, this moment; a friend's look is counted while it runs. Two reads. :raises AssistNotFound:"""
    assist = assist_of(assist_id, consistent=True)
    wanted: dict[Any, Any] = {
        **shop.needs(assist),
        Stock: [(assist.campaign_id, assist.sku_id)],
        Member: [assist.member_id],
        AssistHelp: [(member_id, assist.id)] if member_id else [],
    }
    found = batch_get(wanted)
    card, mine = _card(assist, found), member_id == assist.member_id
    if card["standing"] is Standing.RUNNING and not mine:
        statistics.viewed(assist.campaign_id)
    stock: Stock | None = found[Stock].get((assist.campaign_id, assist.sku_id))
    rules = AssistSettings.model_validate(shop.campaign_of(assist, found).settings)
    return AssistPage(
        **card,
        now=clock.now(),
        starter=Face.of(found[Member].get(assist.member_id)),
        mine=mine,
        helped=bool(found[AssistHelp]),
        helpers=rules.helpers,
        can_order=mine and card["standing"] is Standing.UNLOCKED,
        left=stock.available if stock is not None else 0,
        order_id=assist.order_id if mine else None,
    )


def mine(member_id: str, asked: PageQuery) -> Page[AssistCard]:
    """The assists that the member started, newest first. Three reads."""
    items, cursor = shop.mine(Assist, member_id, asked, lambda row, found: AssistCard(**_card(row, found)))
    return Page[AssistCard](items=items, cursor=cursor)


def helpers(assist_id: str, asked: PageQuery) -> Page[HelperView]:
    """Who has helped, the newest first. Two reads; none of an assist that there is not."""
    found, cursor = pages.query(Helper, assist_id, limit=asked.limit, cursor=asked.cursor, consistent=True)
    faces = friends.faces(each.member_id for each in found)
    items = [HelperView(**faces[each.member_id].model_dump(), at=each.at) for each in found]
    return Page[HelperView](items=items, cursor=cursor)


def share(member_id: str, assist_id: str, asked: AskShare) -> ShareView:
    """By its owner, or by a friend who sends it on.

    :raises AssistNotFound: :raises AssistOver: nobody can help any more. :raises TemplateNotFound, TooManyLinks,
        TooManyPosters, LinkCollision, TooBusy, Unauthorized:
    """
    assist = assist_of(assist_id)
    found = batch_get(shop.needs(assist))
    if _card(assist, found)["standing"] is not Standing.RUNNING:
        raise AssistOver()
    price = yuan(assist.unit_amount).removesuffix(".00")
    invitation = Invitation(
        kind=PosterKind.HELP,
        id=assist.id,
        campaign_id=assist.campaign_id,
        product=found[Product][assist.product_id],
        sku_id=assist.sku_id,
        price_amount=assist.unit_amount,
        market_amount=assist.list_amount,
        label="帮我助力",
        note=f"{assist.helps_total}人助力，{price}元带走",
    )
    return friends.share(member_id, invitation, asked)


def export(member_id: str) -> dict[str, object]:
    """What the member started and where they helped, for the copy of their data; the newest of each."""
    helped = AssistHelp.query(member_id, scan_index_forward=False, limit=shop.EXPORTED)
    return {
        "started": [
            {"id": each.id, "sku_id": each.sku_id, "status": each.status, "at": each.started_at.isoformat()}
            for each in shop.newest(Assist, member_id)
        ],
        "helped": [{"id": each.assist_id, "at": each.at.isoformat()} for each in helped],
    }


def _card(assist: Assist, found: Found) -> dict[str, Any]:
    return {**AssistCard.fields(assist), **shop.facts(assist, found)}
