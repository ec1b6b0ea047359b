"""Staff's use cases. Every refusal that can be known is given when a campaign is saved, not when it begins."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import Forbidden, Invalid
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.boards import service as boards
from chalicelib.growth.campaigns.base.desk.schemas import (
    AskCalendar,
    Calendar,
    CampaignDetail,
    CampaignFields,
    CampaignRow,
    Clash,
    EditCampaign,
    ListCampaigns,
    PlayView,
    Step,
    StockLeft,
    TakeStep,
    row,
)
from chalicelib.growth.campaigns.base.errors import BelowCost, CampaignClash, CampaignEdited, CampaignFixed, NotForSale
from chalicelib.growth.campaigns.base.lifecycle import service as lifecycle
from chalicelib.growth.campaigns.base.models import ID_PREFIX, MALL, Campaign, CampaignStatus, Phase
from chalicelib.growth.campaigns.base.plays.service import checked, play_of, plays
from chalicelib.growth.campaigns.base.profit import service as profit
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.stocks import service as stocks
from chalicelib.loyalty.segments.models import MALL as SEGMENTS
from chalicelib.loyalty.segments.models import Segment
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.staff.models import EVERYTHING

MAX_SETTINGS = 6_000
"""Bytes: they are read with every basket that meets the campaign."""
MAX_LIVE = 500
DECIDED = (
    *("play", "title", "picture", "starts_at", "ends_at"),
    *("segment_id", "per_member_max", "remind_minutes", "not_with"),
)
BELOW_COST = "campaigns.below_cost"


def all_plays() -> list[PlayView]:
    """The sorts of campaigns that there are."""
    return [
        PlayView(
            name=name,
            title=play.title,
            needs_items=play.needs_items,
            settings=play.settings.model_json_schema(),
            item_terms=play.item_terms.model_json_schema(),
        )
        for name, play in sorted(plays.items())
    ]


def find(asked: ListCampaigns) -> Page[CampaignRow]:
    """Campaigns, newest first."""
    condition = None if asked.phase is None else Campaign.phase == asked.phase
    if asked.play is not None:
        same = Campaign.play == asked.play
        condition = same if condition is None else condition & same
    found, cursor = pages.query(Campaign, MALL, limit=asked.limit, cursor=asked.cursor, filter_condition=condition)
    return Page[CampaignRow](items=[CampaignRow.of(each, clock.now()) for each in found], cursor=cursor)


def calendar(asked: AskCalendar) -> Calendar:
    """Campaigns whose window touches these business days, drafts too, by their beginning."""
    first = clock.day_start(asked.from_day)
    end = clock.day_start(asked.to_day + (asked.to_day.resolution))
    keys = [
        (MALL, key.id)
        for phase in Phase
        for key in Campaign.by_phase.query(phase, Campaign.ends_at > first, limit=MAX_LIVE)
    ]
    found = batch_get({Campaign: keys})[Campaign].values() if keys else []
    touching = sorted((each for each in found if each.starts_at < end), key=lambda each: (each.starts_at, each.id))
    return Calendar(items=[CampaignRow.of(each, clock.now()) for each in touching])


def show(campaign_id: str) -> CampaignDetail:
    """:raises CampaignNotFound:"""
    campaign = campaign_of(campaign_id, consistent=True)
    names = ("picture", "per_member_max", "remind_minutes", "not_with", "settings", "items", "below_cost")
    open_ended = campaign.phase in (Phase.DRAFT, Phase.LIVE)
    return CampaignDetail(
        **row(campaign, clock.now()),
        **{name: getattr(campaign, name) for name in names},
        words=play_of(campaign.play).words(campaign),
        stocks=_stocks(campaign),
        clashes=clashes(campaign) if open_ended else [],
        margins=profit.margins(campaign) if open_ended else [],
    )


def create(fields: CampaignFields) -> CampaignDetail:
    """A draft. :raises Invalid, NotForSale:"""
    campaign = _filled(fields, Campaign(id=ids.new(ID_PREFIX), created_at=clock.now(), version=1))
    with Transaction() as tx:
        tx.put(campaign)
    return show(campaign.id)


def edit(campaign_id: str, asked: EditCampaign) -> CampaignDetail:
    """Write a draft anew.

    :raises CampaignNotFound, CampaignEdited, Invalid, NotForSale: :raises CampaignFixed: it is no draft.
    """
    old = campaign_of(campaign_id, consistent=True)
    if old.version != asked.version:
        raise CampaignEdited(version=old.version)
    if old.phase is not Phase.DRAFT:
        raise CampaignFixed(status=old.status_at(clock.now()))
    made = Campaign(id=old.id, created_at=old.created_at, version=old.version + 1)
    campaign = _filled(asked, made)
    with Transaction() as tx:
        same = (Campaign.version == old.version) & (Campaign.phase == Phase.DRAFT)
        tx.put(campaign, only_if=same, otherwise=CampaignEdited(version=old.version))
    return show(campaign_id)


def take_step(campaign_id: str, asked: TakeStep, permissions: Collection[str]) -> CampaignDetail:
    """Schedule, withdraw or stop.

    :param permissions: of whoever asks, for selling below cost.
    :raises BelowCost: it may sell below cost, and nobody who may has allowed it. :raises Forbidden: one who may not.
    :raises CampaignNotFound, CampaignEdited, CampaignFixed: there is no such step from here.
    :raises CampaignOver, OutOfStock, CampaignClash, BoardFull, NotForSale: it can not be scheduled.
    """
    campaign = campaign_of(campaign_id, consistent=True)
    if campaign.version != asked.version:
        raise CampaignEdited(version=campaign.version)
    if asked.step is Step.SCHEDULE:
        _require_sound(campaign)
        _require_profit(campaign, asked.allow_below_cost, permissions)
        lifecycle.schedule(campaign, below_cost=asked.allow_below_cost)
    elif asked.step is Step.WITHDRAW:
        lifecycle.withdraw(campaign)
    else:
        lifecycle.stop(campaign)
    return show(campaign_id)


def clashes(campaign: Campaign) -> list[Clash]:
    """Who else wants the same SKUs at the same time."""
    prices = play_of(campaign.play).prices_skus
    found = boards.overlapping(campaign, boards.boards_of(campaign.product_ids))
    return [
        Clash(
            campaign_id=other,
            play=posting.play,
            title=posting.title,
            sku_id=sku_id,
            refused=prices and posting.play == campaign.play,
        )
        for other, posting, sku_id in found
    ]


def _require_sound(campaign: Campaign) -> None:
    """What was so when it was saved may not be so any more."""
    play_of(campaign.play).check(campaign, _known(campaign.items))
    boards.require_room(campaign)
    refused = [each.model_dump(include={"campaign_id", "sku_id"}) for each in clashes(campaign) if each.refused]
    if refused:
        raise CampaignClash(clashes=refused)


def _require_profit(campaign: Campaign, allowed: bool, permissions: Collection[str]) -> None:
    if allowed and not {BELOW_COST, EVERYTHING} & set(permissions):
        raise Forbidden()
    below = [each.sku_id for each in profit.margins(campaign) if each.below_cost]
    if below and not allowed:
        raise BelowCost(sku_ids=below)


def _filled(fields: CampaignFields, campaign: Campaign) -> Campaign:
    play = play_of(fields.play)
    if play.needs_items and not fields.items:
        raise Invalid(errors=[{"field": "items", "issue": "this play needs goods"}])
    if fields.segment_id is not None and Segment.find(SEGMENTS, fields.segment_id) is None:
        raise Invalid(errors=[{"field": "segment_id", "issue": "no such segment"}])
    for name in DECIDED:
        setattr(campaign, name, getattr(fields, name))
    campaign.status, campaign.phase = CampaignStatus.DRAFT, Phase.DRAFT
    campaign.settings = _small(checked(play.settings, fields.settings, "settings"))
    campaign.items = [
        each.model_copy(update={"terms": checked(play.item_terms, each.terms, f"items.{number}.terms")})
        for number, each in enumerate(fields.items)
    ]
    play.check(campaign, _known(campaign.items))
    return campaign


def _small(settings: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(settings, ensure_ascii=False).encode()) > MAX_SETTINGS:
        raise Invalid(errors=[{"field": "settings", "issue": f"more than {MAX_SETTINGS} bytes"}])
    return settings


def _known(items: list[CampaignItem]) -> dict[str, Product]:
    """The products of *items*. :raises NotForSale: some of the SKUs are not theirs."""
    known = products.products(dict.fromkeys(each.product_id for each in items)) if items else {}
    lost = [
        each.sku_id
        for each in items
        if (product := known.get(each.product_id)) is None or product.sku(each.sku_id) is None
    ]
    if lost:
        raise NotForSale(sku_ids=lost)
    return known


def _stocks(campaign: Campaign) -> list[StockLeft]:
    own = [each.sku_id for each in campaign.items if each.stock is not None]
    left = dict.fromkeys(own, 0)
    for key, pieces in stocks.left(campaign).items():
        left[key.sku_id] += pieces
    return [StockLeft(sku_id=key, set_aside=campaign.set_aside(key), left=left[key]) for key in own]
