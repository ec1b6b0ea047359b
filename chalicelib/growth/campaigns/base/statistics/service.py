"""Counting from events, in shards of a day. Each event counts once: the inbox sees to it."""

from __future__ import annotations

import csv
import io
import random
import zlib
from datetime import date

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.errors import TooBusy
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Campaign, CampaignDay, CampaignOrder, Participant
from chalicelib.growth.campaigns.base.reminders.models import Reminder
from chalicelib.growth.campaigns.base.service import campaign_of, campaigns_of
from chalicelib.growth.campaigns.base.statistics.schemas import DayNumbers, Numbers, StatisticsView
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.schemas import Adjustment
from chalicelib.trade.pricing.service import unit_amounts

SHARDS = 8


def viewed(campaign_id: str) -> None:
    """Somebody looked. The one number that is not exact: it is counted beside the answer."""
    with Transaction() as tx:
        count(tx, campaign_id, str(random.random()), CampaignDay.view_count.add(1))


def join(tx: Transaction, campaign: Campaign, member_id: str, *actions: Action, invited_by: str | None = None) -> None:
    """The member takes part: counted once, however often they come. One write on the day's numbers a transaction:
    what else is to be counted of the campaign goes along as *actions*.

    :param invited_by: who brought them; by default whoever brought them to the mall since the campaign began.
    :raises TooBusy: (at commit) they joined in the same moment in another way; the reaction comes again.
    """
    found = batch_get({Participant: [(campaign.id, member_id)], Member: [member_id]}, consistent=True)
    member: Member | None = found[Member].get(member_id)
    if not found[Participant]:
        new = member is not None and member.registered_at >= campaign.starts_at
        inviter = invited_by or (member.source.inviter_id if new and member is not None and member.source else None)
        row = Participant(campaign_id=campaign.id, member_id=member_id, joined_at=clock.now(), invited_by=inviter)
        tx.put(row, only_if=Participant.member_id.does_not_exist(), otherwise=TooBusy())
        actions += (
            CampaignDay.participant_count.add(1),
            CampaignDay.new_member_count.add(int(new)),
            CampaignDay.invited_count.add(int(inviter is not None)),
        )
    if actions:
        count(tx, campaign.id, member_id, *actions)


def placed(tx: Transaction, campaign_id: str, member_id: str, invited_by: str | None = None) -> None:
    """An order was placed."""
    join(tx, campaign_of(campaign_id), member_id, CampaignDay.placed_count.add(1), invited_by=invited_by)


def paid(tx: Transaction, order: Order) -> None:
    """An order was paid: its goods and its discount, under each of its campaigns; whether its buyer had asked to be
    reminded of it.

    :raises TooBusy: (at commit) another order of theirs was paid in the same moment; the reaction comes again.
    """
    cuts = _cuts(order)
    for row in _rows(order):
        mine = [number for number, line in enumerate(order.lines) if line.sku_id in row.skus]
        back = -sum(each.shares[number] for each in cuts for number in mine)
        paid_amount = sum(order.lines[number].payable_amount for number in mine) + back
        given = [each for each in order.adjustments if each.source_id == row.campaign_id and each not in cuts]
        off = -sum(each.amount for each in given)
        count(
            tx,
            row.campaign_id,
            order.id,
            CampaignDay.order_count.add(1),
            CampaignDay.piece_count.add(sum(row.skus.values())),
            CampaignDay.paid_amount.add(paid_amount),
            CampaignDay.discount_amount.add(off),
            *_reminded(tx, row, paid_amount),
        )


def refunded(tx: Transaction, order: Order, units: dict[str, int], so_far: dict[str, int], refund_id: str) -> None:
    """Pieces went back: by the running total, so that any sequence of refunds sums to the line."""
    for row in _rows(order):
        pieces = amount = 0
        for number, gone in units.items():
            line = order.lines[int(number)]
            if line.sku_id in row.skus:
                end = so_far.get(number, gone)
                pieces, amount = pieces + gone, amount + sum(unit_amounts(line)[end - gone : end])
        if pieces:
            counted = CampaignDay.refunded_piece_count.add(pieces), CampaignDay.refunded_amount.add(amount)
            count(tx, row.campaign_id, refund_id or order.id, *counted)


def _cuts(order: Order) -> list[Adjustment]:
    """What made the order cost less after it was paid, the newest first: each is counted when it happens, and so must
    not be counted again by a sale that is heard of later."""
    cuts, back = [], order.paid_amount - order.payable_amount
    for each in reversed(order.adjustments):
        if back <= 0:
            break
        cuts.append(each)
        back += each.amount
    return cuts


def called_off(tx: Transaction, order: Order) -> None:
    """A paid order was canceled whole: all of it went back."""
    pieces = {str(number): line.quantity for number, line in enumerate(order.lines)}
    refunded(tx, order, pieces, pieces, order.id)


def lowered(tx: Transaction, order: Order, campaign_id: str, amount: int) -> None:
    """A paid order costs *amount* less by the campaign: it was discount, and not paid."""
    cut = CampaignDay.paid_amount.add(-amount), CampaignDay.discount_amount.add(amount)
    count(tx, campaign_id, order.id, *cut)


def show(campaign_id: str) -> StatisticsView:
    """The whole and the days. One query: a campaign lasts a year at most. :raises CampaignNotFound:"""
    campaign_of(campaign_id)
    days: dict[str, DayNumbers] = {}
    whole = Numbers()
    for shard in CampaignDay.query(campaign_id):
        text = shard.id.partition("#")[0]
        day = days.setdefault(text, DayNumbers(day=date.fromisoformat(text)))
        for name in Numbers.model_fields:
            setattr(day, name, getattr(day, name) + getattr(shard, name))
            setattr(whole, name, getattr(whole, name) + getattr(shard, name))
    return StatisticsView(
        **whole.model_dump(),
        **_rates(whole),
        days=[days[text] for text in sorted(days)],
    )


def sheet(view: StatisticsView) -> str:
    """The days as CSV, a line each, the whole last; each with its rates."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["day", *Numbers.model_fields, *_rates(view)])
    lines: list[tuple[object, Numbers]] = [*((day.day, day) for day in view.days), ("total", view)]
    for name, numbers in lines:
        writer.writerow([name, *(getattr(numbers, each) for each in Numbers.model_fields), *_rates(numbers).values()])
    return out.getvalue()


def count(tx: Transaction, campaign_id: str, cause: str, *actions: Action) -> None:
    """Add to *tx* that today's numbers change. *cause* says in which shard: what is counted together, at once."""
    day = clock.today().isoformat()
    shard = zlib.crc32(cause.encode()) % SHARDS
    tx.update(CampaignDay(campaign_id=campaign_id, id=f"{day}#{shard}"), list(actions))


def _rates(numbers: Numbers) -> dict[str, int]:
    """The shares of :class:`StatisticsView`."""
    return {
        "refund_rate_bps": bps(numbers.refunded_amount, numbers.paid_amount),
        "viral_factor_bps": bps(numbers.invited_count, numbers.participant_count - numbers.invited_count),
        "completion_bps": bps(numbers.completed_count, numbers.completed_count + numbers.failed_count),
        "conversion_bps": bps(numbers.participant_count, numbers.view_count),
    }


def bps(part: int, whole: int) -> int:
    """*part* of *whole* in 1/10,000; nothing of nothing."""
    return part * 10_000 // whole if whole > 0 else 0


def _rows(order: Order) -> list[CampaignOrder]:
    keys = [(campaign_id, order.id) for campaign_id in campaigns_of(order)]
    return list(batch_get({CampaignOrder: keys}, consistent=True)[CampaignOrder].values()) if keys else []


def _reminded(tx: Transaction, row: CampaignOrder, paid_amount: int) -> list[Action]:
    """What is counted beside, if the buyer had asked to be reminded; as a buyer once."""
    asked = list(Reminder.query(row.member_id, Reminder.occasion.startswith(row.campaign_id), consistent_read=True))
    if not asked:
        return []
    counted: list[Action] = [CampaignDay.reminder_order_count.add(1), CampaignDay.reminder_paid_amount.add(paid_amount)]
    if all(each.bought_at is None for each in asked):
        first = Reminder(member_id=row.member_id, occasion=asked[0].occasion)
        unmarked = Reminder.bought_at.does_not_exist() & Reminder.asked_at.exists()
        tx.update(first, [Reminder.bought_at.set(clock.now())], only_if=unmarked, otherwise=TooBusy())
        counted.append(CampaignDay.reminder_buyer_count.add(1))
    return counted
