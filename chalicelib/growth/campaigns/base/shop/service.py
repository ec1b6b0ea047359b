"""What buyers see of campaigns. The clock decides what runs, whatever is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.models import (
    EVERYWHERE,
    MALL,
    Board,
    Campaign,
    CampaignStatus,
    Phase,
    Tally,
)
from chalicelib.growth.campaigns.base.plays.service import play_of, plays
from chalicelib.growth.campaigns.base.reminders import service as reminders
from chalicelib.growth.campaigns.base.reminders.models import Reminder, occasion_of, parse_occasion
from chalicelib.growth.campaigns.base.schemas import CampaignItem, PostedItem, Posting
from chalicelib.growth.campaigns.base.service import campaign_of, ends_for, is_open_to
from chalicelib.growth.campaigns.base.shop.schemas import (
    CampaignCard,
    CampaignPage,
    GoodsView,
    ListOpen,
    ProductCampaign,
    ProductCampaigns,
)
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory.models import Stock


def open_ones(member_id: str | None, asked: ListOpen) -> Page[CampaignCard]:
    """Campaigns that run, or those to come, the one that ends first first. Two reads."""
    now = clock.now()
    keys, cursor = pages.query(
        Campaign.by_phase,
        Phase.LIVE,
        Campaign.ends_at > now,
        limit=asked.limit,
        cursor=asked.cursor,
        newest_first=False,
    )
    wanted: dict[Any, list[Any]] = {
        Campaign: [(MALL, key.id) for key in keys],
        Member: [member_id] if member_id else [],
        Reminder: [(member_id, key.id) for key in keys] if member_id else [],
    }
    found = batch_get(wanted)
    member = found[Member].get(member_id or "")
    items = [
        CampaignCard(**_card(each, member, now), reminded=_reminded(found, each.id))
        for key in keys
        if (each := found[Campaign].get((MALL, key.id))) is not None
        and each.status_at(now) == asked.status
        and asked.play in (None, each.play)
        and is_open_to(each, member, now)
    ]
    return Page[CampaignCard](items=items, cursor=cursor)


def page(campaign_id: str, member_id: str | None) -> CampaignPage:
    """A campaign whole; the look is counted while it runs. Two reads. :raises CampaignNotFound: a draft is none."""
    now = clock.now()
    campaign = campaign_of(campaign_id)
    if campaign.status is CampaignStatus.DRAFT:
        raise CampaignNotFound()
    occasions = [occasion_of(campaign.id, session) for session in play_of(campaign.play).windows(campaign)]
    wanted: dict[Any, list[Any]] = {
        Product: list(campaign.product_ids),
        Stock: [(campaign.id, each.sku_id) for each in campaign.items if each.stock is not None],
        Tally: [member_id] if member_id else [],
        Member: [member_id] if member_id else [],
        Reminder: [(member_id, each) for each in occasions] if member_id else [],
    }
    found = batch_get(wanted)
    if campaign.status_at(now) is CampaignStatus.RUNNING:
        statistics.viewed(campaign.id)
        for row in found[Reminder].values():
            reminders.came(row)
    return CampaignPage(
        **_card(campaign, found[Member].get(member_id or ""), now),
        reminded=_reminded(found, campaign.id),
        now=now,
        per_member_max=campaign.per_member_max,
        settings=play_of(campaign.play).shown(campaign.settings),
        reminder_count=_wishes(campaign),
        goods=_goods(campaign, found, member_id, now),
    )


def of_product(product_id: str, member_id: str | None) -> ProductCampaigns:
    """Campaigns of a product that run or are to come, for this member. One read."""
    now = clock.now()
    places = [EVERYWHERE, product_id]
    found = batch_get({Board: places, Member: [member_id] if member_id else []})
    member, boards = found[Member].get(member_id or ""), found[Board]
    halted = (boards[EVERYWHERE].halted or set()) if EVERYWHERE in boards else set()
    items = [
        _of_product(campaign_id, posting, place, now)
        for place in places
        if place in boards
        for campaign_id, posting in boards[place].entries.items()
        if campaign_id not in halted and now < posting.ends_at and is_open_to(posting, member, now)
    ]
    return ProductCampaigns(now=now, items=sorted(items, key=lambda each: (each.starts_at, each.id)))


def _of_product(campaign_id: str, posting: Posting, place: str, now: datetime) -> ProductCampaign:
    items = posting.items if place != EVERYWHERE else {}
    return ProductCampaign(
        id=campaign_id,
        play=posting.play,
        title=posting.title,
        status=CampaignStatus.RUNNING if posting.is_open(now) else CampaignStatus.SCHEDULED,
        starts_at=posting.starts_at,
        ends_at=posting.ends_at,
        unit_amounts={} if _hides_prices(posting, now) else _prices(items),
        sold_out=sorted(key for key, each in items.items() if each.sold_out),
        settings=posting.settings,
    )


def _card(campaign: Campaign, member: Member | None, now: datetime) -> dict[str, Any]:
    same = {name: getattr(campaign, name) for name in ("id", "play", "title", "picture", "starts_at", "ends_at")}
    return {
        **same,
        "words": play_of(campaign.play).words(campaign),
        "status": campaign.status_at(now),
        "for_me": is_open_to(campaign, member, max(now, campaign.starts_at)),
        "my_ends_at": ends_for(campaign, member),
    }


def _reminded(found: Mapping[Any, Mapping[Any, Any]], campaign_id: str) -> list[str]:
    named = [parse_occasion(row.occasion) for row in found[Reminder].values()]
    return sorted(session for campaign, session in named if campaign == campaign_id)


def _hides_prices(campaign: Campaign | Posting, now: datetime) -> bool:
    # A release that was rolled back may have posted a play that this one does not know.
    play = plays.get(campaign.play)
    return play is not None and play.hides_prices(campaign.settings, campaign.starts_at, now)


def _prices(items: Mapping[str, PostedItem]) -> dict[str, int]:
    return {key: each.unit_amount for key, each in items.items() if each.unit_amount is not None}


def _wishes(campaign: Campaign) -> int | None:
    shown = play_of(campaign.play).shows_wishes(campaign.settings)
    return statistics.show(campaign.id).reminder_count if shown else None


def _goods(
    campaign: Campaign, found: Mapping[Any, Mapping[Any, Any]], member_id: str | None, now: datetime
) -> list[GoodsView]:
    tally: Tally | None = found[Tally].get(member_id or "")
    entry = tally.entries.get(campaign.id) if tally is not None else None
    spread = play_of(campaign.play).spreads_stock
    views = []
    for item in campaign.items:
        product: Product | None = found[Product].get(item.product_id)
        stock = found[Stock].get((campaign.id, item.sku_id))
        left = None if item.stock is None or spread else stock.available if stock is not None else 0
        if product is not None and product.sku(item.sku_id) is not None:
            views.append(_one(item, product, left, entry.skus.get(item.sku_id, 0) if entry else 0))
    if _hides_prices(campaign, now):
        return [each.model_copy(update={"price_amount": None, "unit_amount": None}) for each in views]
    return views


def _one(item: CampaignItem, product: Product, left: int | None, mine: int) -> GoodsView:
    sku = product.sku(item.sku_id)
    assert sku is not None
    return GoodsView(
        product_id=product.id,
        sku_id=sku.id,
        name=product.name,
        spec=product.spec_text(sku),
        picture=sku.picture or (product.pictures[0] if product.pictures else ""),
        price_amount=sku.price_amount,
        unit_amount=item.unit_amount,
        left=left,
        per_member_max=item.per_member_max,
        mine=mine,
        terms=item.terms,
    )
