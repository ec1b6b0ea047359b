"""What a decided group does to its orders: each in a transaction of its own, conditional on the order's hold."""

from __future__ import annotations

import logging
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.money import apply_bps
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import GROUP, Campaign
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.group_buy.events import SettleSeat
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, Seat, SeatStatus
from chalicelib.growth.campaigns.group_buy.service import NAME, hold_of, price_at, rules_of
from chalicelib.trade.checkout import service as checkout
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderNotPending
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.giving_back import service as giving_back
from chalicelib.trade.pricing.schemas import Adjustment, Target

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=5)
FAILED, COMPLETE, FREE = "拼团未成功，款项原路退回", "拼团成功，退还差价", "拼团免单，退还货款"


def follow(tx: Transaction, group: Group) -> None:
    """Ask for each seat of the decided group that its order is settled."""
    for seat in Seat.query(group.id, consistent_read=True):
        if seat.status is not SeatStatus.FREED:
            tx.emit(SettleSeat(group_id=group.id, member_id=seat.member_id))


def settle(tx: Transaction, event: SettleSeat) -> None:
    """Release the order, with what it was paid too much; or end it, with all of its money. Once.

    :raises OrderChanged, RefundMoved, AccountMoved: (at commit) the message comes again, and looks again.
    """
    key = (event.group_id, event.member_id)
    found = batch_get({Group: [event.group_id], Seat: [key]}, consistent=True)
    group: Group = found[Group][event.group_id]
    seat: Seat = found[Seat][key]
    order = orders.load(event.member_id, seat.order_id, consistent=True)
    if hold_of(group.id) not in order.holds or order.status is OrderStatus.CANCELED:
        return
    campaign = campaign_of(group.campaign_id)
    if group.status is GroupStatus.COMPLETE:
        _deliver(tx, group, seat, order, campaign)
    elif not rules_of(campaign.settings).full_price:
        _end(tx, event, order)
    elif order.status is OrderStatus.PAID:
        orders.release_hold(tx, order, hold_of(group.id))


def cut_of(group: Group, seat: Seat, order: Order, campaign: Campaign) -> Adjustment | None:
    """What the complete group gives back of the order, a share for each line; None: nothing."""
    shares = [-each for each in _too_much(group, order, campaign)]
    if is_free(group, seat):
        shares = [-line.payable_amount for line in order.lines]
    elif seat.is_leader:
        left = [line.payable_amount + share for line, share in zip(order.lines, shares, strict=True)]
        rebates = _rebates(left, campaign)
        shares = [share - rebate for share, rebate in zip(shares, rebates, strict=True)]
    if not any(shares):
        return None
    return Adjustment(
        kind=NAME,
        group=GROUP,
        source_id=campaign.id,
        title=f"{campaign.title} {'免单' if is_free(group, seat) else '成团返还'}",
        target=Target.GOODS,
        amount=sum(shares),
        shares=shares,
    )


def is_free(group: Group, seat: Seat) -> bool:
    """Whether the seat's order was drawn to cost nothing."""
    return bool(group.free_member_id == seat.member_id)


def _too_much(group: Group, order: Order, campaign: Campaign) -> list[int]:
    """Of each line: what it was priced at, less what it costs at the group's size; no more than was paid for it."""
    rules, amounts = rules_of(campaign.settings), []
    priced = next(each for each in order.adjustments if each.source_id == campaign.id)
    for line, share in zip(order.lines, priced.shares, strict=True):
        item = campaign.item(line.sku_id)
        final = price_at(rules, item, group.size) * line.quantity if item is not None else line.goods_amount
        amounts.append(min(max(line.goods_amount + share - final, 0), line.payable_amount))
    return amounts


def _rebates(left: list[int], campaign: Campaign) -> list[int]:
    """The leader's, off what the lines still cost."""
    rules = rules_of(campaign.settings)
    if rules.leader_rebate_bps:
        return [apply_bps(amount, rules.leader_rebate_bps) for amount in left]
    rebates, rest = [], rules.leader_rebate_amount
    for amount in left:
        rebates.append(min(amount, rest))
        rest -= rebates[-1]
    return rebates


def _deliver(tx: Transaction, group: Group, seat: Seat, order: Order, campaign: Campaign) -> None:
    cut = cut_of(group, seat, order, campaign)
    if cut is None:
        orders.release_hold(tx, order, hold_of(group.id))
        return
    reason = FREE if is_free(group, seat) else COMPLETE
    giving_back.lower(tx, order, cut, hold=hold_of(group.id), reason=reason)
    tx.update(Seat(group_id=seat.group_id, member_id=seat.member_id), [Seat.back_amount.set(-cut.amount)])


def _end(tx: Transaction, event: SettleSeat, order: Order) -> None:
    if order.status is OrderStatus.PAID:
        giving_back.call_off(tx, order, FAILED)
    elif order.status is OrderStatus.PENDING_PAYMENT:
        try:
            checkout.close(order, FAILED, tx)
        except OrderNotPending:
            tx.emit(event)  # the channel says: paid
        except PartnerUnavailable as error:
            log.warning("channel unreachable, closing later", extra={"order_id": order.id, "error": str(error)})
            tx.emit(event, at=clock.now() + TRY_AGAIN)
