"""Sessions as buyers see them. What they are made of is kept for seconds: a rush reads the tables no more often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus, Phase
from chalicelib.growth.campaigns.flash_sale.counters import service as counters
from chalicelib.growth.campaigns.flash_sale.errors import SessionNotFound
from chalicelib.growth.campaigns.flash_sale.lots.service import NAME, Lot, lots_of, sessions_of
from chalicelib.growth.campaigns.flash_sale.memory.service import FRESH, Kept
from chalicelib.growth.campaigns.flash_sale.schemas import Session
from chalicelib.growth.campaigns.flash_sale.sessions.schemas import (
    LotView,
    SessionPage,
    SessionState,
    SessionsView,
    SessionView,
)
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product

SHOWN = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.ENDED)
DAYS = timedelta(days=2)


@dataclass(frozen=True)
class _Planned:
    """A session with its lots: product → lot."""

    campaign: Campaign
    session: Session
    lots: list[tuple[str, Lot]]

    @property
    def id(self) -> str:
        return f"{self.campaign.id}-{self.session.id}"


_campaigns: Kept[list[Campaign]] = Kept(FRESH)
_campaign: Kept[Campaign] = Kept(FRESH)
_goods: Kept[dict[str, Product]] = Kept(FRESH)


def sessions() -> SessionsView:
    """Those that begin today or tomorrow, and those of last night that still run, by their beginning; withdrawn and
    stopped ones are not shown."""
    now = clock.now()
    first = clock.day_start(clock.today())
    planned = [
        each
        for campaign in _campaigns.get(str(first), lambda: _since(first))
        for each in _planned(campaign, now)
        if each.session.starts_at < first + DAYS and (each.session.starts_at >= first or now < each.session.ends_at)
    ]
    left = _left(planned, now)
    items = sorted((_view(each, left, now) for each in planned), key=lambda each: (each.starts_at, each.id))
    return SessionsView(now=now, items=items)


def page(session_id: str) -> SessionPage:
    """:raises SessionNotFound: none, or one of a draft, or stopped."""
    now = clock.now()
    campaign_id, _, session = session_id.partition("-")
    campaign = _campaign.get(campaign_id, lambda: _load(campaign_id))
    found = next((each for each in _planned(campaign, now) if each.session.id == session), None)
    if found is None:
        raise SessionNotFound()
    ids = list(dict.fromkeys(product_id for product_id, _ in found.lots))
    known = _goods.get(found.id, lambda: products.products(ids))
    left = _left([found], now)
    goods = [
        _lot(known[product_id], lot, pieces, left.get(lot.id, pieces))
        for product_id, lot in found.lots
        if product_id in known
        for pieces in [lot.pieces + campaign.added.get(f"{lot.sku_id}#{lot.session}", 0)]
    ]
    return SessionPage(
        **_view(found, left, now).model_dump(),
        now=now,
        hold_minutes=campaign.settings["hold_minutes"],
        goods=[each for each in goods if each is not None],
    )


def _since(first: datetime) -> list[Campaign]:
    """Flash sales that end after *first*, whatever became of them."""
    keys = [
        (MALL, key.id)
        for phase in (Phase.LIVE, Phase.CLOSING, Phase.OVER)
        for key in Campaign.by_phase.query(phase, Campaign.ends_at > first)
    ]
    found = batch_get({Campaign: keys})[Campaign].values() if keys else []
    return [each for each in found if each.play == NAME]


def _load(campaign_id: str) -> Campaign:
    campaign = Campaign.find(MALL, campaign_id) if campaign_id else None
    if campaign is None or campaign.play != NAME:
        raise SessionNotFound()
    return campaign


def _planned(campaign: Campaign, now: datetime) -> list[_Planned]:
    if campaign.status_at(now) not in SHOWN:
        return []
    lots: dict[str, list[tuple[str, Lot]]] = {}
    for item in campaign.items:
        for lot in lots_of(campaign.id, campaign.settings, item.sku_id, item):
            lots.setdefault(lot.session, []).append((item.product_id, lot))
    return [_Planned(campaign, each, lots.get(each.id, [])) for each in sessions_of(campaign.settings).values()]


def _left(planned: Iterable[_Planned], now: datetime) -> dict[str, int]:
    """Of lots that run: what is left."""
    return counters.left_of(lot for each in planned for _, lot in each.lots if lot.is_open(now))


def _view(planned: _Planned, left: dict[str, int], now: datetime) -> SessionView:
    session = planned.session
    state = SessionState.RUNNING
    if now < session.starts_at:
        state = SessionState.UPCOMING
    elif now >= session.ends_at:
        state = SessionState.OVER
    elif not any(left.get(lot.id) for _, lot in planned.lots):
        state = SessionState.SOLD_OUT
    return SessionView(
        id=planned.id,
        campaign_id=planned.campaign.id,
        session=session.id,
        title=planned.campaign.title,
        state=state,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        goods_count=len(planned.lots),
    )


def _lot(product: Product, lot: Lot, pieces: int, left: int) -> LotView | None:
    sku = product.sku(lot.sku_id)
    if sku is None:
        return None
    return LotView(
        lot_id=lot.id,
        product_id=product.id,
        sku_id=sku.id,
        name=product.name,
        spec=product.spec_text(sku),
        picture=sku.picture or (product.pictures[0] if product.pictures else ""),
        price_amount=sku.price_amount,
        unit_amount=lot.unit_amount,
        pieces=pieces,
        left=left,
    )
