"""What members see of bargains. The clock decides how one stands, whatever is stored."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.money import yuan
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.bargain.errors import BargainOver
from chalicelib.growth.campaigns.bargain.models import Bargain, BargainHelp, Cut, Standing
from chalicelib.growth.campaigns.bargain.schemas import BargainSettings
from chalicelib.growth.campaigns.bargain.service import bargain_of, left_of, stock_keys
from chalicelib.growth.campaigns.bargain.shop.schemas import BargainCard, BargainPage, CutView
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


def page(bargain_id: str, member_id: str | None) -> BargainPage:
    """A bargain whole, this moment; a friend's look is counted while it runs. Two reads. :raises BargainNotFound:"""
    now = clock.now()
    bargain = bargain_of(bargain_id, consistent=True)
    wanted: dict[Any, Any] = {
        **shop.needs(bargain),
        Stock: stock_keys(bargain),
        Member: [bargain.member_id],
        BargainHelp: [(member_id, bargain.id)] if member_id else [],
    }
    found = batch_get(wanted)
    card, campaign = _card(bargain, found), shop.campaign_of(bargain, found)
    mine = member_id == bargain.member_id
    running = card["standing"] in (Standing.RUNNING, Standing.AT_FLOOR)
    if running and not mine:
        statistics.viewed(campaign.id)
    rules, done = (
        BargainSettings.model_validate(campaign.settings),
        found[BargainHelp].get((member_id or "", bargain.id)),
    )
    item = campaign.item(bargain.sku_id)
    own_stock = item is not None and item.stock is not None
    left = left_of(bargain, own_stock, found)
    return BargainPage(
        **card,
        now=now,
        starter=Face.of(found[Member].get(bargain.member_id)),
        mine=mine,
        my_cut_amount=done.amount if done else None,
        buy_at=rules.buy_at,
        can_buy=mine and running and left > 0 and (rules.buy_at == "any" or card["standing"] is Standing.AT_FLOOR),
        sold_out=not left,
        left=left if own_stock else None,
        order_id=bargain.order_id if mine else None,
    )


def mine(member_id: str, asked: PageQuery) -> Page[BargainCard]:
    """The bargains that the member started, newest first. Three reads."""
    items, cursor = shop.mine(Bargain, member_id, asked, lambda row, found: BargainCard(**_card(row, found)))
    return Page[BargainCard](items=items, cursor=cursor)


def cuts(bargain_id: str, asked: PageQuery) -> Page[CutView]:
    """Who has cut how much, the newest first. Two reads; none of a bargain that there is not."""
    found, cursor = pages.query(Cut, bargain_id, limit=asked.limit, cursor=asked.cursor, consistent=True)
    faces = friends.faces(each.member_id for each in found)
    return Page[CutView](items=[CutView.made(each, faces[each.member_id]) for each in found], cursor=cursor)


def share(member_id: str, bargain_id: str, asked: AskShare) -> ShareView:
    """By its owner, or by a friend who sends it on.

    :raises BargainNotFound: :raises BargainOver: nobody can help any more. :raises TemplateNotFound, TooManyLinks,
        TooManyPosters, LinkCollision, TooBusy, Unauthorized:
    """
    bargain = bargain_of(bargain_id)
    found = batch_get(shop.needs(bargain))
    if _card(bargain, found)["standing"] is not Standing.RUNNING:
        raise BargainOver()
    invitation = Invitation(
        kind=PosterKind.CUT,
        id=bargain.id,
        campaign_id=bargain.campaign_id,
        product=found[Product][bargain.product_id],
        sku_id=bargain.sku_id,
        price_amount=bargain.floor_amount,
        market_amount=bargain.start_amount,
        label="帮我砍一刀",
        note=f"最低{yuan(bargain.floor_amount)}元带走",
    )
    return friends.share(member_id, invitation, asked)


def export(member_id: str) -> dict[str, object]:
    """What the member started and where they helped, for the copy of their data; the newest of each."""
    helped = BargainHelp.query(member_id, scan_index_forward=False, limit=shop.EXPORTED)
    return {
        "started": [
            {"id": each.id, "sku_id": each.sku_id, "cut_amount": each.cut_amount, "at": each.started_at.isoformat()}
            for each in shop.newest(Bargain, member_id)
        ],
        "helped": [{"id": each.bargain_id, "amount": each.amount, "at": each.at.isoformat()} for each in helped],
    }


def _card(bargain: Bargain, found: Found) -> dict[str, Any]:
    return {**BargainCard.fields(bargain), **shop.facts(bargain, found)}
