"""How groups react: to their orders, to their clock, to their campaign."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import CampaignClosed
from chalicelib.growth.campaigns.base.models import CampaignDay, CampaignStatus
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.group_buy.deciding import service as deciding
from chalicelib.growth.campaigns.group_buy.events import DecideGroup, EndGroups, GroupDecided, SettleSeat
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, campaign_status
from chalicelib.growth.campaigns.group_buy.notices import service as notices
from chalicelib.growth.campaigns.group_buy.seats import service as seats
from chalicelib.growth.campaigns.group_buy.service import NAME, group_of
from chalicelib.growth.campaigns.group_buy.settling import service as settling
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderPaid

MANY = 90
"""Events of one transaction."""
INDEX_LAG = timedelta(minutes=5)


@subscribe(OrderPaid, queue="reactions")
def seat_paid(event: OrderPaid, tx: Transaction) -> None:
    """The money for a seat is there."""
    seats.paid(orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(OrderCanceled, queue="reactions")
def seat_freed(event: OrderCanceled, tx: Transaction) -> None:
    """Others may have the seat."""
    seats.freed(orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(DecideGroup, queue="reactions")
def decide_group(event: DecideGroup, tx: Transaction) -> None:
    """Something changed, or time is up."""
    deciding.decide(event.group_id)


@subscribe(GroupDecided, queue="reactions")
def follow_decision(event: GroupDecided, tx: Transaction) -> None:
    """The orders follow, each alone; and it counts."""
    group = group_of(event.group_id, consistent=True)
    settling.follow(tx, group)
    decided = CampaignDay.completed_count if group.status is GroupStatus.COMPLETE else CampaignDay.failed_count
    statistics.count(tx, group.campaign_id, group.id, decided.add(1))


@subscribe(SettleSeat, queue="payments")
def settle_seat(event: SettleSeat, tx: Transaction) -> None:
    """Send the goods, or the money back."""
    settling.settle(tx, event)


@subscribe(SettleSeat, queue="notifications")
def tell_decided(event: SettleSeat, tx: Transaction) -> None:
    """The member hears what became of the group."""
    notices.tell_decided(tx, event.group_id, event.member_id)


@subscribe(CampaignClosed, queue="reactions")
def end_stopped(event: CampaignClosed, tx: Transaction) -> None:
    """Nobody joins a stopped campaign's groups any more. (At its ordinary end they have ended by themselves.)"""
    if event.play == NAME and event.status == CampaignStatus.STOPPED:
        tx.emit(EndGroups(campaign_id=event.campaign_id))


@subscribe(EndGroups, queue="reactions")
def end_groups(event: EndGroups, tx: Transaction) -> None:
    """Each open group is decided by itself."""
    found = list(Group.by_status.query(campaign_status(event.campaign_id, GroupStatus.OPEN)))
    for start in range(0, len(found), MANY):
        with Transaction() as own:
            for each in found[start : start + MANY]:
                own.emit(DecideGroup(group_id=each.id))
    if event.again:
        tx.emit(EndGroups(campaign_id=event.campaign_id, again=False), at=clock.now() + INDEX_LAG)
