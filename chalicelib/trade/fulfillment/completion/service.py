"""Completing orders: by the buyer, by time, by staff. Algorithm: docs/algorithms/delivery.md."""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableSequence
from datetime import datetime, timedelta

from chalicelib.core import clock, pages
from chalicelib.core.plugs import PlugList
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.completion.deadlines.service import earliest
from chalicelib.trade.fulfillment.completion.errors import AlreadyExtended, OrderNotShipped
from chalicelib.trade.fulfillment.completion.events import CompleteByTime, ReceiptDue, RemindOfReceipt
from chalicelib.trade.fulfillment.completion.models import HELD, Receipt
from chalicelib.trade.fulfillment.completion.schemas import CompleteOrder, HeldView, ReceiptView, WechatReceipt
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.wechat import service as wechat_payments

log = logging.getLogger(__name__)
TRIES = 4
NEXT_LOOK = timedelta(days=1)

completion_checks: MutableSequence[Callable[[str], bool]] = PlugList("completion_checks")
"""Whether something about the order of that id is undecided: time does not complete it meanwhile. Filled by
``chalicelib/extensions.py``."""


def show(member_id: str, order_id: str) -> ReceiptView:
    """How far the receipt of the member's order is. :raises OrderNotFound:"""
    return _view(orders.load(member_id, order_id, consistent=True))


def confirm(member_id: str, order_id: str) -> ReceiptView:
    """The buyer has the goods. Saying it again changes nothing, whoever said it first.

    :raises OrderNotShipped: not all of it has left. :raises OrderChanged: it kept changing; say it again.
    """
    for _ in range(TRIES):
        order = orders.load(member_id, order_id, consistent=True)
        if order.status is OrderStatus.COMPLETED:
            return _view(order)
        _require_shipped(order)
        try:
            with Transaction() as tx:
                orders.complete(tx, order, by="buyer")
        except OrderChanged:
            continue  # perhaps time, or WeChat, was faster
        return show(member_id, order_id)
    raise OrderChanged()


def extend(member_id: str, order_id: str) -> ReceiptView:
    """The buyer needs more time: the order completes by itself some days later, once.

    :raises OrderNotShipped: there is no time to extend. :raises AlreadyExtended: it was extended before.
    :raises OrderChanged: it was completed or postponed in this very moment.
    """
    order = orders.load(member_id, order_id, consistent=True)
    _require_shipped(order)
    now = clock.now()
    complete_by = max(order.complete_by or now, now) + timedelta(days=settings().receipt_extension_days)
    with Transaction() as tx:
        tx.update(
            Receipt(order_id=order.id),
            [
                Receipt.member_id.set(order.member_id),
                Receipt.number.set(order.number),
                Receipt.extended_at.set(now),
                Receipt.held.remove(),
                Receipt.held_at.remove(),
            ],
            only_if=Receipt.extended_at.does_not_exist(),
            otherwise=AlreadyExtended(),
        )
        _postpone(tx, order, complete_by)
    return show(member_id, order_id)


def complete_by_staff(number: str, wanted: CompleteOrder, actor: str) -> None:
    """Staff decide that the buyer has the goods.

    :raises OrderNotShipped: not all of it has left, or it is completed. :raises OrderChanged: it changed just now.
    """
    order = by_number(number)
    _require_shipped(order)
    with Transaction() as tx:
        orders.complete(tx, order, by="staff")
        orders.note(tx, order, actor, f"确认完成：{wanted.reason}")


def held(question: PageQuery) -> Page[HeldView]:
    """One page of the orders that wait for staff, those that wait longest first."""
    found, cursor = pages.query(Receipt.by_held, HELD, limit=question.limit, cursor=question.cursor, newest_first=False)
    return Page[HeldView](items=[HeldView.of(receipt) for receipt in found], cursor=cursor)


def begin(tx: Transaction, order: Order) -> None:
    """The order was just shipped: it has its deadlines; or it completes now, if it was handed over in person."""
    if order.status is not OrderStatus.SHIPPED or order.complete_by is None:
        return
    if order.shipped_at is not None and order.complete_by <= order.shipped_at:
        orders.complete(tx, order, by="handover")
    else:
        schedule(tx, order, order.complete_by)


def schedule(tx: Transaction, order: Order, complete_by: datetime) -> None:
    """Set the deadlines of a shipped order: the reminder, and completion by itself."""
    names = {"member_id": order.member_id, "order_id": order.id}
    tx.emit(CompleteByTime(**names), at=complete_by)
    remind_at = complete_by - timedelta(days=settings().receipt_reminder_days)
    tx.emit(RemindOfReceipt(**names, complete_by=complete_by), at=max(remind_at, clock.now()))


def time_is_up(tx: Transaction, order: Order) -> None:
    """The deadline of a shipped order has come: complete it, or give its parcels more time, or leave it to staff; or
    look again tomorrow, as long as something about it is undecided."""
    now = clock.now()
    if order.status is not OrderStatus.SHIPPED or now < (order.complete_by or now):
        return  # done, or postponed: the later deadline has its own message
    may = earliest(order, _parcels(order), now)
    if may is not None and may > now:
        _postpone(tx, order, may)
    elif undecided(order):
        _postpone(tx, order, now + NEXT_LOOK)
    elif may is None:
        _hold(tx, order)
    else:
        orders.complete(tx, order, by="time")


def arrived(tx: Transaction, order: Order) -> None:
    """A parcel has arrived: if it was the last one, the buyer gets some days with the goods, held orders go on."""
    if order.status is not OrderStatus.SHIPPED:
        return
    now = clock.now()
    may = earliest(order, _parcels(order), now)
    receipt = Receipt.find(order.id, consistent=True)
    if may is not None and receipt is not None and receipt.held:
        _release(tx, order)
        _postpone(tx, order, max(may, now))
    elif may is not None and order.complete_by is not None and may > order.complete_by:
        _postpone(tx, order, may)


def remind(tx: Transaction, order: Order, complete_by: datetime) -> None:
    """Announce that *order* completes soon, if it still does, all of it has arrived, and nothing is undecided."""
    if order.status is not OrderStatus.SHIPPED or order.complete_by != complete_by or undecided(order):
        return
    if earliest(order, _parcels(order), clock.now()) == complete_by:
        tx.emit(ReceiptDue(member_id=order.member_id, order_id=order.id, complete_by=complete_by))


def undecided(order: Order) -> bool:
    """Whether somebody still has to decide something about it: an after-sale is open, say."""
    return any(check(order.id) for check in completion_checks)


def completed(tx: Transaction, order_id: str) -> None:
    """Nothing is left to decide about a completed order."""
    receipt = Receipt.find(order_id, consistent=True)
    if receipt is not None and receipt.held:
        tx.update(Receipt(order_id=order_id), [Receipt.held.remove(), Receipt.held_at.remove()])


def _postpone(tx: Transaction, order: Order, complete_by: datetime) -> None:
    orders.postpone(tx, order, complete_by)
    schedule(tx, order, complete_by)


def _hold(tx: Transaction, order: Order) -> None:
    log.error("order does not complete by itself", extra={"alarm": True, "order_id": order.id})
    orders.note(tx, order, "系统", "包裹长时间未签收或异常，订单不再自动完成，请人工处理")
    tx.update(
        Receipt(order_id=order.id),
        [
            Receipt.member_id.set(order.member_id),
            Receipt.number.set(order.number),
            Receipt.held.set(HELD),
            Receipt.held_at.set(clock.now()),
        ],
    )


def _release(tx: Transaction, order: Order) -> None:
    tx.update(Receipt(order_id=order.id), [Receipt.held.remove(), Receipt.held_at.remove()])


def _parcels(order: Order) -> list[Parcel]:
    return list(Parcel.query(order.id, consistent_read=True))


def _require_shipped(order: Order) -> None:
    if order.status is not OrderStatus.SHIPPED:
        raise OrderNotShipped()


def _view(order: Order) -> ReceiptView:
    shipped = order.status is OrderStatus.SHIPPED
    receipt = Receipt.find(order.id, consistent=True) if shipped else None
    payment = wechat_payments.payment_of(order) if shipped else None
    wechat = None
    if payment is not None and payment.transaction_id:
        wechat = WechatReceipt(
            transaction_id=payment.transaction_id,
            merchant_id=settings().wechat_pay_merchant_id,
            merchant_trade_no=payment.id,
        )
    return ReceiptView(
        status=order.status,
        complete_by=order.complete_by if shipped else None,
        may_extend=shipped and (receipt is None or receipt.extended_at is None),
        completed_at=order.completed_at,
        wechat=wechat,
    )
