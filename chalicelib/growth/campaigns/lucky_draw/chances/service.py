"""Chances: a member's account in a draw is one item, written as it was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.ledgers import AlreadyPosted
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.boards.service import open_postings
from chalicelib.growth.campaigns.base.models import EVERYWHERE, GROUP, Board
from chalicelib.growth.campaigns.base.service import is_for
from chalicelib.growth.campaigns.lucky_draw.errors import ChancesMoved, DrawLimitReached, NoChance
from chalicelib.growth.campaigns.lucky_draw.models import DrawAccount, DrawChance
from chalicelib.growth.campaigns.lucky_draw.schemas import (
    CampaignOrderRule,
    LuckyDrawSettings,
    OrderRule,
    Rule,
    Source,
)
from chalicelib.growth.campaigns.lucky_draw.service import NAME
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.trade.orders.models import Order

RULES: dict[Source, type[Rule]] = {Source.ORDER: OrderRule, Source.CAMPAIGN_ORDER: CampaignOrderRule}


@dataclass(frozen=True)
class Way:
    """How one draw gives chances."""

    campaign_id: str
    segment_id: str | None
    source: Source
    rule: Rule

    def chance_id(self, cause: str) -> str:
        return f"{self.campaign_id}#{self.source}#{cause}"


def open_ways(at: datetime, *sources: Source) -> list[Way]:
    """How the draws that ran at that moment give chances for these *sources*. One read."""
    boards = batch_get({Board: [NAME, EVERYWHERE]}, consistent=True)[Board]
    return [
        Way(campaign_id, posting.segment_id, each, RULES.get(each, Rule).model_validate(posting.settings[f"by_{each}"]))
        for campaign_id, posting in open_postings(boards.values(), at).get(NAME, [])
        for each in sources
        if posting.settings.get(f"by_{each}")
    ]


def earn_by_payment(tx: Transaction, order: Order) -> None:
    """The order was paid: chances for it, and for one of the plays that a draw names having made its price."""
    if order.paid_at is None:
        return
    plays = {each.kind for each in order.adjustments if each.group == GROUP}
    sources = [Source.ORDER, Source.CAMPAIGN_ORDER] if plays else [Source.ORDER]
    ways = [each for each in open_ways(order.paid_at, *sources) if _pays(each.rule, order, "paid", plays)]
    earn(tx, order.member_id, order.id, ways)


def earn_by_completion(tx: Transaction, order: Order) -> None:
    """The goods are kept. The order was paid while the draw ran, or it earns nothing."""
    if order.paid_at is not None:
        found = open_ways(order.paid_at, Source.ORDER)
        earn(tx, order.member_id, order.id, [each for each in found if _pays(each.rule, order, "completed", set())])


def earn(tx: Transaction, member_id: str, cause: str, ways: Iterable[Way]) -> None:
    """Chances for *cause*, once each way, as far as the day's limit goes. One read, one write of each account.

    :raises ChancesMoved: (at commit) the member draws or earns at the same moment: the reaction comes again.
    """
    ways = list(ways)
    if not ways:
        return
    found = batch_get(
        {
            Member: [member_id],
            DrawAccount: list(dict.fromkeys((member_id, each.campaign_id) for each in ways)),
            DrawChance: [(member_id, each.chance_id(cause)) for each in ways],
        },
        consistent=True,
    )
    member: Member | None = found[Member].get(member_id)
    if member is None or member.status is not MemberStatus.ACTIVE:
        return
    new = [each for each in ways if (member_id, each.chance_id(cause)) not in found[DrawChance]]
    mine = [each for each in new if is_for(each.segment_id, member)]
    for campaign_id in dict.fromkeys(each.campaign_id for each in mine):
        account = today_of(found[DrawAccount].get((member_id, campaign_id)), member_id, campaign_id)
        earned = [_credit(tx, account, each, cause) for each in mine if each.campaign_id == campaign_id]
        if any(earned):
            write(tx, account)


def _pays(rule: Rule, order: Order, step: str, plays: set[str]) -> bool:
    """Whether the order that has come to *step* (``paid``, ``completed``), of campaigns of *plays*, earns by *rule*."""
    if isinstance(rule, OrderRule):
        return rule.when == step and order.payable_amount >= rule.min_amount
    return isinstance(rule, CampaignOrderRule) and bool(plays & set(rule.plays))


def _credit(tx: Transaction, account: DrawAccount, way: Way, cause: str) -> int:
    """Add the chances to *account*, which the caller writes. :returns: how many."""
    had = account.earned_today.get(way.source, 0)
    chances = min(way.rule.chances, way.rule.daily_max - had)
    if chances <= 0:
        return 0
    row = DrawChance(member_id=account.member_id, id=way.chance_id(cause), chances=chances, at=clock.now())
    tx.put(row, only_if=DrawChance.id.does_not_exist(), otherwise=AlreadyPosted())
    account.chances += chances
    account.earned_today = {**account.earned_today, way.source.value: had + chances}
    return chances


def today_of(account: DrawAccount | None, member_id: str, campaign_id: str) -> DrawAccount:
    """The account with the numbers of today; an empty one for none."""
    found = account or DrawAccount(member_id=member_id, campaign_id=campaign_id, wins={}, version=0)
    today = clock.today().isoformat()
    if found.day != today:
        found.day, found.drawn_today, found.free_today, found.earned_today = today, 0, 0, {}
    return found


def left(account: DrawAccount, settings: LuckyDrawSettings) -> int:
    """Chances that the member has now, those of the day included."""
    return account.chances + max(settings.free_daily - account.free_today, 0)


def spend(account: DrawAccount, settings: LuckyDrawSettings) -> None:
    """Take one chance of *account*, the day's free ones first. :raises DrawLimitReached, NoChance:"""
    limits = ((settings.draws_daily_max, account.drawn_today), (settings.draws_max, account.drawn))
    for limit, drawn in limits:
        if limit is not None and drawn >= limit:
            raise DrawLimitReached(limit=limit)
    if account.free_today < settings.free_daily:
        account.free_today += 1
    elif account.chances > 0:
        account.chances -= 1
    else:
        raise NoChance()
    account.drawn += 1
    account.drawn_today += 1


def write(tx: Transaction, account: DrawAccount) -> None:
    """Put *account*, changed, unless it moved since it was read. :raises ChancesMoved: (at commit)"""
    read = account.version
    account.version = read + 1
    unmoved = DrawAccount.version == read if read else DrawAccount.version.does_not_exist()
    tx.put(account, only_if=unmoved, otherwise=ChancesMoved())


def forget(member_id: str) -> None:
    """A closed account has no chances. Running it twice does no harm."""
    for model in (DrawAccount, DrawChance):
        model.delete_under(member_id)
