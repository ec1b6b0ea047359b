"""Edits of an order by staff. Each is one transaction with its timeline entry and operation log row."""

from __future__ import annotations

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.money import yuan
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.regions.service import place
from chalicelib.trade.orders import service
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.edits.schemas import EditNotes, EditReceiver, Reprice
from chalicelib.trade.orders.errors import OrderChanged, OrderNotEditable, OrderNotPending
from chalicelib.trade.orders.events import OrderRepriced
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus, Receiver
from chalicelib.trade.pricing.schemas import Target
from chalicelib.trade.pricing.service import Quote

BEFORE_SHIPPING = (OrderStatus.PENDING_PAYMENT, OrderStatus.PAID, OrderStatus.PROCESSING)


def reprice(number: str, edit: Reprice, actor: str) -> None:
    """Let an unpaid order cost ``edit.payable_amount``: one more adjustment, spread like any other.

    The goods give first, then the freight; a payment begun for the old price is closed by reaction.

    :raises OrderNotPending: it is paid or closed. :raises OrderChanged: someone edited it meanwhile.
    """
    order = by_number(number)
    if order.status is not OrderStatus.PENDING_PAYMENT:
        raise OrderNotPending()
    if order.version != edit.version:
        raise OrderChanged()
    quote = Quote(order.member_id, order.placed_at, order.lines, adjustments=order.adjustments)
    delta = edit.payable_amount - order.payable_amount
    if delta:
        _shift(quote, delta)
    actions: list[Action] = [
        Order.adjustments.set(quote.adjustments),
        Order.lines.set(quote.lines),
        Order.discount_amount.set(quote.discount_amount),
        Order.freight_amount.set(quote.freight_amount),
        Order.payable_amount.set(quote.payable_amount),
    ]
    text = f"改价 {yuan(order.payable_amount)} → {yuan(edit.payable_amount)}：{edit.reason}"
    with Transaction() as tx:
        _edit(tx, order, actions, Order.status == OrderStatus.PENDING_PAYMENT)
        service.note(tx, order, actor, text)
        tx.emit(OrderRepriced(member_id=order.member_id, order_id=order.id))


def edit_receiver(number: str, edit: EditReceiver, actor: str) -> None:
    """Send an order somewhere else. Freight stays as it was agreed.

    :raises OrderNotEditable: shipped, completed or canceled, or it is not sent at all. :raises OrderChanged: edited
        meanwhile.
    """
    order = by_number(number)
    if order.status not in BEFORE_SHIPPING or order.fulfillment is not Fulfillment.PARCEL:
        raise OrderNotEditable()
    if order.version != edit.version:
        raise OrderChanged()
    to = place(edit.region_code)
    receiver = Receiver(
        name=edit.name,
        phone=edit.phone,
        region_code=to.district_code,
        province=to.province,
        city=to.city,
        district=to.district,
        detail=edit.detail,
    )
    with Transaction() as tx:
        actions: list[Action] = [Order.receiver.set(receiver), Order.phone.set(edit.phone)]
        _edit(tx, order, actions, Order.status.is_in(*BEFORE_SHIPPING))
        service.note(tx, order, actor, "修改收货信息")


def edit_notes(number: str, edit: EditNotes, actor: str) -> None:
    """Set the remark (the buyer sees it) and the memo (staff only); fields left out stay."""
    order = by_number(number)
    actions: list[Action] = []
    if edit.remark is not None:
        actions.append(Order.remark.set(edit.remark))
    if edit.memo is not None:
        actions.append(Order.memo.set(edit.memo))
    if not actions:
        return
    with Transaction() as tx:
        tx.update(
            Order(member_id=order.member_id, id=order.id),
            actions,
            only_if=Order.id.exists(),
            otherwise=OrderChanged(),
        )
        service.note(tx, order, actor, "修改备注")


def _edit(tx: Transaction, order: Order, actions: list[Action], still: Condition) -> None:
    tx.update(
        Order(member_id=order.member_id, id=order.id),
        [*actions, Order.version.add(1)],
        only_if=(Order.version == order.version) & still,
        otherwise=OrderChanged(),
    )


def _shift(quote: Quote, delta: int) -> None:
    before = quote.payable_amount
    if delta > 0 or sum(quote.discounted()) > 0:
        quote.adjust("staff_price", "客服改价", delta, target=Target.GOODS)
    rest = before + delta - quote.payable_amount
    if rest:
        quote.adjust("staff_price", "客服改运费", rest, target=Target.FREIGHT)
    quote.settle()
