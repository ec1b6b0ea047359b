"""Seats. Every step is conditional on what it needs; what reacts to events looks again when somebody was quicker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock, states
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import CampaignDay, CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.group_buy.errors import (
    AlreadyInGroup,
    GroupFull,
    GroupMoved,
    GroupNotFound,
    GroupOver,
    StayInGroup,
    TooManyGroups,
)
from chalicelib.growth.campaigns.group_buy.events import DecideGroup, SettleSeat
from chalicelib.growth.campaigns.group_buy.models import (
    STEPS,
    UNDECIDED,
    Group,
    GroupCount,
    GroupStatus,
    Seat,
    SeatStatus,
    campaign_status,
)
from chalicelib.growth.campaigns.group_buy.schemas import GroupBuySettings
from chalicelib.growth.campaigns.group_buy.service import group_in, rules_of
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.giving_back import service as giving_back
from chalicelib.trade.payments.refunds.errors import RefundMoved

TRIES = 5
LEFT = "退出拼团"


def start(
    tx: Transaction,
    campaign_id: str,
    rules: GroupBuySettings,
    until: datetime,
    group_id: str,
    member_id: str,
    order_id: str,
) -> None:
    """Add to the order's *tx*: a new group, and its leader's seat. :raises TooManyGroups: (at commit)"""
    now = clock.now()
    group = Group(
        id=group_id,
        campaign_id=campaign_id,
        campaign_status=campaign_status(campaign_id, GroupStatus.PENDING),
        leader_id=member_id,
        status=GroupStatus.PENDING,
        least=rules.sizes[0],
        capacity=rules.sizes[-1],
        taken=1,
        began_at=now,
        ends_at=min(now + timedelta(minutes=rules.minutes), until),
    )
    tx.put(group, only_if=Group.id.does_not_exist(), otherwise=TooBusy())
    _hold(tx, rules, group, member_id, order_id, is_leader=True)


def join(
    tx: Transaction, rules: GroupBuySettings, group: Group, member_id: str, order_id: str, brought_by: str | None
) -> None:
    """Add to the order's *tx*: a seat in *group*.

    :raises AlreadyInGroup, TooManyGroups, GroupFull, GroupOver: (at commit)
    """
    _hold(tx, rules, group, member_id, order_id, brought_by=brought_by)
    tx.update(
        Group(id=group.id),
        [Group.taken.add(1)],
        only_if=(Group.status == GroupStatus.OPEN) & (Group.taken < group.capacity) & (Group.ends_at > clock.now()),
        otherwise=_why_not,
    )


def _hold(
    tx: Transaction,
    rules: GroupBuySettings,
    group: Group,
    member_id: str,
    order_id: str,
    *,
    is_leader: bool = False,
    brought_by: str | None = None,
) -> None:
    seat = Seat(
        group_id=group.id,
        member_id=member_id,
        order_id=order_id,
        status=SeatStatus.HELD,
        is_leader=is_leader,
        counted=rules.groups_max is not None,
        brought_by=brought_by,
        held_at=clock.now(),
    )
    free = Seat.status.does_not_exist() | (Seat.status == SeatStatus.FREED)
    tx.put(seat, only_if=free, otherwise=AlreadyInGroup())
    if rules.groups_max is not None:
        tx.update(
            GroupCount(campaign_id=group.campaign_id, member_id=member_id),
            [GroupCount.groups.add(1)],
            only_if=GroupCount.groups.does_not_exist() | (GroupCount.groups < rules.groups_max),
            otherwise=TooManyGroups(limit=rules.groups_max),
        )


def _why_not(old: dict[str, Any] | None) -> DomainError:
    if not old:
        return GroupNotFound()
    group = Group.from_raw_data(old)
    return GroupFull() if group.status is GroupStatus.OPEN and group.taken >= group.capacity else GroupOver()


def paid(order: Order) -> None:
    """The order of a seat is paid: so is the seat, once; the leader's payment opens the group.

    :raises TooBusy: nothing was written, say it again.
    """
    _insist(order, _pay)


def freed(order: Order) -> None:
    """The order of a seat was canceled: the seat is free, once. :raises TooBusy: nothing was written, say it again."""
    _insist(order, _free)


def leave(member_id: str, group_id: str) -> None:
    """The paid member leaves the open group: seat free, order canceled, money on its way back, or nothing of it.

    :raises GroupNotFound: there is none, or they are not in it. :raises GroupOver: it is decided, or its time is over.
    :raises StayInGroup: they have not paid, or the campaign lets nobody leave. :raises TooBusy:
    """
    for _ in range(TRIES):
        group, seat = _load(group_id, member_id)
        if seat is None or seat.status is SeatStatus.FREED:
            raise GroupNotFound()
        if group.status is not GroupStatus.OPEN or clock.now() >= group.ends_at:
            raise GroupOver()
        order = orders.load(member_id, seat.order_id, consistent=True)
        may = rules_of(campaign_of(group.campaign_id).settings).may_leave
        if not may or seat.status is not SeatStatus.PAID or order.status is not OrderStatus.PAID:
            raise StayInGroup()
        try:
            with Transaction() as tx:
                _give_up(tx, group, seat)
                giving_back.call_off(tx, order, LEFT)
            return
        except (GroupMoved, OrderChanged, RefundMoved, AccountMoved):
            continue
    raise TooBusy()


def _insist(order: Order, act: Callable[[Transaction, Group, Seat], None]) -> None:
    group_id = group_in(order)
    if group_id is None:
        return
    for _ in range(TRIES):
        group, seat = _load(group_id, order.member_id)
        if seat is None or seat.order_id != order.id or seat.status is SeatStatus.FREED:
            return
        try:
            with Transaction() as tx:
                act(tx, group, seat)
            return
        except GroupMoved:
            continue
    raise TooBusy()


def _load(group_id: str, member_id: str) -> tuple[Group, Seat | None]:
    found = batch_get({Group: [group_id], Seat: [(group_id, member_id)]}, consistent=True)
    if group_id not in found[Group]:
        raise GroupNotFound()
    return found[Group][group_id], found[Seat].get((group_id, member_id))


def _pay(tx: Transaction, group: Group, seat: Seat) -> None:
    if seat.status is not SeatStatus.HELD:
        return
    now = clock.now()
    _step(tx, seat, SeatStatus.PAID, Seat.paid_at.set(now))
    if group.status is GroupStatus.PENDING:
        _open(tx, group, now)
    elif group.status is GroupStatus.OPEN:
        only_if = Group.status == GroupStatus.OPEN
        tx.update(Group(id=group.id), [Group.paid.add(1)], only_if=only_if, otherwise=GroupMoved())
        joined = [CampaignDay.joined_count.add(1), CampaignDay.stranger_count.add(int(seat.brought_by is None))]
        statistics.count(tx, group.campaign_id, seat.member_id, *joined)
        tx.emit(DecideGroup(group_id=group.id))
    else:
        tx.emit(SettleSeat(group_id=group.id, member_id=seat.member_id))


def _open(tx: Transaction, group: Group, now: datetime) -> None:
    """The leader has paid. A campaign that was stopped meanwhile gives the group no time at all."""
    campaign = campaign_of(group.campaign_id, consistent=True)
    until = now if campaign.status is CampaignStatus.STOPPED else campaign.ends_at
    ends_at = min(now + timedelta(minutes=rules_of(campaign.settings).minutes), until)
    states.move(
        tx,
        Group(id=group.id),
        Group.status,
        STEPS,
        GroupStatus.OPEN,
        Group.campaign_status.set(campaign_status(group.campaign_id, GroupStatus.OPEN)),
        Group.undecided.set(UNDECIDED),
        Group.paid.set(1),
        Group.ends_at.set(ends_at),
        otherwise=GroupMoved(),
    )
    statistics.count(tx, group.campaign_id, group.id, CampaignDay.opened_count.add(1))
    tx.emit(DecideGroup(group_id=group.id), at=ends_at if ends_at > now else None)


def _free(tx: Transaction, group: Group, seat: Seat) -> None:
    if group.status is GroupStatus.OPEN:
        _give_up(tx, group, seat)
        return
    _step(tx, seat, SeatStatus.FREED, Seat.freed_at.set(clock.now()))
    _uncount(tx, group, seat)
    if group.status is GroupStatus.PENDING:
        states.move(
            tx,
            Group(id=group.id),
            Group.status,
            STEPS,
            GroupStatus.FAILED,
            Group.campaign_status.set(campaign_status(group.campaign_id, GroupStatus.FAILED)),
            Group.taken.set(0),
            Group.decided_at.set(clock.now()),
            Group.reason.set("unpaid"),
            also=Group.status == GroupStatus.PENDING,
            otherwise=GroupMoved(),
        )


def _give_up(tx: Transaction, group: Group, seat: Seat) -> None:
    """A seat of an open group is free again, for others or for nobody."""
    _step(tx, seat, SeatStatus.FREED, Seat.freed_at.set(clock.now()))
    _uncount(tx, group, seat)
    tx.update(
        Group(id=group.id),
        [Group.taken.add(-1), *([Group.paid.add(-1)] if seat.status is SeatStatus.PAID else [])],
        only_if=Group.status == GroupStatus.OPEN,
        otherwise=GroupMoved(),
    )
    tx.emit(DecideGroup(group_id=group.id))


def _step(tx: Transaction, seat: Seat, to: SeatStatus, *actions: Any) -> None:
    tx.update(
        Seat(group_id=seat.group_id, member_id=seat.member_id),
        [Seat.status.set(to), *actions],
        only_if=(Seat.status == seat.status) & (Seat.order_id == seat.order_id),
        otherwise=GroupMoved(),
    )


def _uncount(tx: Transaction, group: Group, seat: Seat) -> None:
    if seat.counted:
        tx.update(GroupCount(campaign_id=group.campaign_id, member_id=seat.member_id), [GroupCount.groups.add(-1)])
