"""What buyers may know: odds and pieces left, their own draws, who won."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.models import Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of, is_for
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.lucky_draw.chances import service as chances
from chalicelib.growth.campaigns.lucky_draw.models import Draw, DrawAccount, PrizeCount, WonGoods
from chalicelib.growth.campaigns.lucky_draw.odds import service as odds
from chalicelib.growth.campaigns.lucky_draw.schemas import LuckyDrawSettings, Prize
from chalicelib.growth.campaigns.lucky_draw.service import require_draw, settings_of, stock_of
from chalicelib.growth.campaigns.lucky_draw.showing.schemas import (
    ChancesView,
    DrawView,
    ListDraws,
    ListWinners,
    PrizeView,
    WheelView,
    WinnerView,
)
from chalicelib.mall.identity.members.models import Member, MemberStatus

EXPORTED = 100
SAME = (
    *("free_daily", "by_order", "by_campaign_order", "by_share", "by_check_in"),
    *("claim_days", "draws_daily_max", "draws_max"),
)


def wheel(campaign_id: str, member_id: str | None) -> WheelView:
    """The draw whole; the look is counted while it runs. Two reads. :raises CampaignNotFound:"""
    now, campaign = clock.now(), require_draw(campaign_of(campaign_id))
    settings = settings_of(campaign)
    if campaign.status_at(now) is CampaignStatus.RUNNING:
        statistics.viewed(campaign.id)
    found = batch_get(
        {
            PrizeCount: [(campaign.id, each.id) for each in settings.prizes if each.stock is not None],
            Member: [member_id] if member_id else [],
            DrawAccount: [(member_id, campaign.id)] if member_id else [],
        },
        # One's own chances as they are: a draw is followed by this question.
        consistent={DrawAccount},
    )
    bps = odds.odds_bps(settings)
    counts = found[PrizeCount]
    return WheelView(
        campaign_id=campaign.id,
        **{name: getattr(campaign, name) for name in ("title", "starts_at", "ends_at")},
        status=campaign.status_at(now),
        now=now,
        for_me=is_for(campaign.segment_id, found[Member].get(member_id or "")),
        total_weight=settings.total_weight,
        table=odds.fingerprint(settings),
        fallback=settings.fallback,
        prizes=[_prize(each, bps[each.id], counts.get((campaign.id, each.id))) for each in settings.prizes],
        **{name: getattr(settings, name) for name in SAME},
        mine=_mine(found[DrawAccount].get((member_id or "", campaign.id)), member_id, campaign, settings),
    )


def _prize(prize: Prize, bps: int, count: PrizeCount | None) -> PrizeView:
    same = set(PrizeView.model_fields) - {"odds_bps", "stock", "left"}
    gone, stock = (count.given, stock_of(prize, count)) if count is not None else (0, prize.stock)
    return PrizeView(
        **{name: getattr(prize, name) for name in same},
        odds_bps=bps,
        stock=stock,
        left=None if stock is None else max(stock - gone, 0),
    )


def _mine(
    account: DrawAccount | None, member_id: str | None, campaign: Campaign, settings: LuckyDrawSettings
) -> ChancesView | None:
    if member_id is None:
        return None
    today = chances.today_of(account, member_id, campaign.id)
    left = chances.left(today, settings)
    return ChancesView(left=left, free_left=left - today.chances, drawn=today.drawn, drawn_today=today.drawn_today)


def my_draws(member_id: str, asked: ListDraws) -> Page[DrawView]:
    """The member's draws of all campaigns, newest first. One read, and one for goods among them."""
    found, cursor = pages.query(Draw, member_id, limit=asked.limit, cursor=asked.cursor, consistent=True)
    return Page[DrawView](items=views(found), cursor=cursor)


def views(draws: Sequence[Draw]) -> list[DrawView]:
    """Draws with the goods that they won. One read if any won more than thanks."""
    keys = [(each.member_id, each.id) for each in draws if each.won_in is not None]
    goods = batch_get({WonGoods: keys}, consistent=True)[WonGoods] if keys else {}
    return [DrawView.of(each, goods.get((each.member_id, each.id))) for each in draws]


def winners(campaign_id: str, asked: ListWinners) -> Page[WinnerView]:
    """Who won, newest first, under a masked name. Three reads. :raises CampaignNotFound:"""
    require_draw(campaign_of(campaign_id))
    keys, cursor = pages.query(Draw.by_win, campaign_id, limit=asked.limit, cursor=asked.cursor)
    found = batch_get({Draw: [(each.member_id, each.id) for each in keys], Member: [each.member_id for each in keys]})
    items = [
        WinnerView(name=masked(found[Member].get(each.member_id)), title=draw.title, at=draw.at)
        for each in keys
        if (draw := found[Draw].get((each.member_id, each.id))) is not None
    ]
    return Page[WinnerView](items=items, cursor=cursor)


def masked(member: Member | None) -> str:
    """``王**``: the first character of the nickname, whatever its length; nothing of who has closed the account."""
    if member is None or member.status is not MemberStatus.ACTIVE or not member.nickname:
        return "***"
    return f"{member.nickname[0]}**"


def export(member_id: str) -> dict[str, Any]:
    """Chances and draws, for the copy of the member's personal data. Registered with identity."""
    accounts = islice(DrawAccount.query(member_id, limit=EXPORTED), EXPORTED)
    draws = list(islice(Draw.query(member_id, limit=EXPORTED, scan_index_forward=False), EXPORTED))
    return {
        "accounts": [{name: getattr(each, name) for name in ("campaign_id", "chances", "drawn")} for each in accounts],
        "draws": [each.model_dump(mode="json") for each in views(draws)],
    }
