"""Edits of an order by staff. Each is one transaction with its timeline entry and operation log row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.money import yuan
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.regions.service import place
from chalicelib.trade.orders import service
from chalicelib.trade.orders.desk.schemas import DeskOrderView
from chalicelib.trade.orders.desk.service import by_number, by_numbers
from chalicelib.trade.orders.edits.schemas import MAX_MEMO, AnnotateOrders, EditNotes, EditReceiver, Reprice
from chalicelib.trade.orders.errors import (
    MemoFull,
    OrderChanged,
    OrderNotEditable,
    OrderNotFound,
    OrderNotPending,
)
from chalicelib.trade.orders.events import OrderRepriced
from chalicelib.trade.orders.models import Change, Flag, Fulfillment, Order, OrderStatus, Receiver
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
    was, shall = yuan(order.payable_amount), yuan(edit.payable_amount)
    text = f"改价 {was} → {shall}：{edit.reason}"
    with Transaction() as tx:
        _edit(tx, order, actions, Order.status == OrderStatus.PENDING_PAYMENT)
        service.note(tx, order, actor, text, [Change(field="payable_amount", before=was, after=shall)])
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
        change = Change(field="receiver", before=_written(order.receiver), after=_written(receiver))
        service.note(tx, order, actor, "修改收货信息", [change])


def _written(to: Receiver) -> str:
    return f"{to.name} {to.phone} {to.province}{to.city}{to.district}{to.detail}"


def edit_notes(number: str, edit: EditNotes, actor: str) -> None:
    """Set the remark (the buyer sees it), the memo and the flag (staff only); fields left out stay.

    :raises OrderChanged: somebody wrote another one meanwhile.
    """
    order = by_number(number)
    with Transaction() as tx:
        _set_notes(tx, order, actor, {name: getattr(edit, name) for name in ("remark", "memo", "flag")})


def annotate(asked: AnnotateOrders, actor: str) -> list[DeskOrderView]:
    """Add a line to the memos of many orders, or flag them: all of them or none.

    :raises OrderNotFound: no order has one of the numbers. :raises MemoFull: one has no room for the line.
    :raises OrderChanged: somebody wrote into one of them meanwhile.
    """
    found = by_numbers(asked.numbers)
    if any(each not in found for each in asked.numbers):
        raise OrderNotFound()
    with Transaction() as tx:
        for order in found.values():
            _set_notes(tx, order, actor, {"memo": _longer_memo(order, asked.memo), "flag": asked.flag})
    return [DeskOrderView.of(order) for order in by_numbers(asked.numbers).values()]


def _longer_memo(order: Order, line: str | None) -> str | None:
    if line is None:
        return None
    memo = f"{order.memo}\n{line}" if order.memo else line
    if len(memo) > MAX_MEMO:
        raise MemoFull(number=order.number)
    return memo


def _set_notes(tx: Transaction, order: Order, actor: str, wanted: Mapping[str, str | None]) -> None:
    """Add to *tx* what differs, with its entry; null stays. Nothing, if nothing differs."""
    before = {"remark": order.remark or "", "memo": order.memo or "", "flag": order.flag or Flag.NONE}
    changed = {name: value for name, value in wanted.items() if value is not None and value != before[name]}
    if not changed:
        return
    tx.update(
        Order(member_id=order.member_id, id=order.id),
        [getattr(Order, name).set(value) for name, value in changed.items()],
        only_if=_as_read(order, changed),
        otherwise=OrderChanged(),
    )
    changes = [Change(field=name, before=before[name], after=value) for name, value in changed.items()]
    service.note(tx, order, actor, "修改备注", changes)


def _as_read(order: Order, names: Iterable[str]) -> Condition:
    """Holds while these notes are what they were when *order* was read: nobody's words are lost unseen."""
    still: Condition = Order.id.exists()
    for name in names:
        attribute, old = getattr(Order, name), getattr(order, name)
        still &= attribute.does_not_exist() if old is None else attribute == old
    return still


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
