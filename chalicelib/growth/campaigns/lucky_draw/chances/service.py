"""Chances: a member's account in a draw is one item, written as it was read."""

from __future__ import annotations

from collections.abc import Iterable
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


def open_rules(source: Source, at: datetime) -> list[tuple[str, str | None, Rule]]:
    """The draws that ran at that moment and give chances for *source*: (id, segment, rule). One read."""
    boards = batch_get({Board: [NAME, EVERYWHERE]}, consistent=True)[Board]
    return [
        (campaign_id, posting.segment_id, RULES.get(source, Rule).model_validate(posting.settings[f"by_{source}"]))
        for campaign_id, posting in open_postings(boards.values(), at).get(NAME, [])
        if posting.settings.get(f"by_{source}")
    ]


def earn_by_order(tx: Transaction, order: Order, step: str) -> None:
    """The order has come to *step* (``paid``, ``completed``). It was paid while the draw ran, or it earns nothing."""
    if order.paid_at is None:
        return
    found = open_rules(Source.ORDER, order.paid_at)
    kept = [
        each
        for each in found
        if isinstance(each[2], OrderRule) and each[2].when == step and order.payable_amount >= each[2].min_amount
    ]
    earn(tx, order.member_id, Source.ORDER, order.id, kept)


def earn_by_campaign_order(tx: Transaction, order: Order) -> None:
    """The order was paid; it counts if one of the plays that the draw names made its price."""
    plays = {each.kind for each in order.adjustments if each.group == GROUP}
    if order.paid_at is None or not plays:
        return
    found = open_rules(Source.CAMPAIGN_ORDER, order.paid_at)
    kept = [each for each in found if isinstance(each[2], CampaignOrderRule) and plays & set(each[2].plays)]
    earn(tx, order.member_id, Source.CAMPAIGN_ORDER, order.id, kept)


def earn(
    tx: Transaction, member_id: str, source: Source, cause: str, rules: Iterable[tuple[str, str | None, Rule]]
) -> None:
    """Chances for *cause*, once in each of the draws, as far as the day's limit goes. One read.

    :raises ChancesMoved: (at commit) the member draws or earns at the same moment: the reaction comes again.
    """
    rules = list(rules)
    if not rules:
        return
    ids = [campaign_id for campaign_id, _, _ in rules]
    found = batch_get(
        {
            Member: [member_id],
            DrawAccount: [(member_id, each) for each in ids],
            DrawChance: [(member_id, _chance_id(each, source, cause)) for each in ids],
        },
        consistent=True,
    )
    member: Member | None = found[Member].get(member_id)
    if member is None or member.status is not MemberStatus.ACTIVE:
        return
    for campaign_id, segment_id, rule in rules:
        known = (member_id, _chance_id(campaign_id, source, cause)) in found[DrawChance]
        if not known and is_for(segment_id, member):
            account = today_of(found[DrawAccount].get((member_id, campaign_id)), member_id, campaign_id)
            _credit(tx, account, source, cause, rule)


def _credit(tx: Transaction, account: DrawAccount, source: Source, cause: str, rule: Rule) -> None:
    had = account.earned_today.get(source, 0)
    chances = min(rule.chances, rule.daily_max - had)
    if chances <= 0:
        return
    row = DrawChance(
        member_id=account.member_id,
        id=_chance_id(account.campaign_id, source, cause),
        chances=chances,
        at=clock.now(),
    )
    tx.put(row, only_if=DrawChance.id.does_not_exist(), otherwise=AlreadyPosted())
    account.chances += chances
    account.earned_today = {**account.earned_today, source.value: had + chances}
    write(tx, account)


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
        with model.batch_write() as batch:
            for each in model.query(member_id, consistent_read=True):
                batch.delete(each)


def _chance_id(campaign_id: str, source: Source, cause: str) -> str:
    return f"{campaign_id}#{source}#{cause}"
