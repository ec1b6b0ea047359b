"""Staff's questions: what was given, and every draw as it was."""

from __future__ import annotations

from collections import Counter

from chalicelib.core import pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.lucky_draw.desk.schemas import AuditDraws, AuditRow, PrizeNumbers, PrizesView
from chalicelib.growth.campaigns.lucky_draw.models import Draw, PrizeCount, WonGoods
from chalicelib.growth.campaigns.lucky_draw.odds import service as odds
from chalicelib.growth.campaigns.lucky_draw.service import require_draw, settings_of, stock_of


def prizes(campaign_id: str) -> PrizesView:
    """What was given of each prize. Two reads. :raises CampaignNotFound: none, or a draft."""
    settings = settings_of(require_draw(campaign_of(campaign_id)))
    given: Counter[str] = Counter()
    counts = list(PrizeCount.query(campaign_id, consistent_read=True))
    for count in counts:
        given[count.id.partition("#")[0]] += count.given
    rows = {count.id: count for count in counts}
    stocks = {each.id: stock_of(each, rows.get(each.id)) for each in settings.prizes}
    bps = odds.odds_bps(settings)
    items = [
        PrizeNumbers(
            **{name: getattr(each, name) for name in ("id", "title", "weight")},
            odds_bps=bps[each.id],
            given=given[each.id],
            stock=stocks[each.id],
            left=None if (stock := stocks[each.id]) is None else stock - given[each.id],
        )
        for each in settings.prizes
    ]
    return PrizesView(total_weight=settings.total_weight, draw_count=given.total(), items=items)


def audit(campaign_id: str, asked: AuditDraws) -> Page[AuditRow]:
    """Every draw, newest first, with what became of goods. Four reads. :raises CampaignNotFound:"""
    require_draw(campaign_of(campaign_id))
    keys, cursor = pages.query(Draw.by_campaign, campaign_id, limit=asked.limit, cursor=asked.cursor)
    found = batch_get({Draw: [(each.member_id, each.id) for each in keys]})[Draw]
    rows = [found[key] for each in keys if (key := (each.member_id, each.id)) in found]
    goods = batch_get({WonGoods: [(each.member_id, each.id) for each in rows if each.won_in is not None]})[WonGoods]
    items = [AuditRow.of(each, goods.get((each.member_id, each.id))) for each in rows]
    return Page[AuditRow](items=items, cursor=cursor)
