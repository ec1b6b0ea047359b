"""Agreed or refused, by staff, by time or by the owner; canceled or appealed by the buyer."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.models import DEFAULT_ORIGIN, Store
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.applying.service import room
from chalicelib.trade.after_sales.claims import service as claims
from chalicelib.trade.after_sales.deciding.schemas import Agree, Appeal, JudgeAppeal
from chalicelib.trade.after_sales.errors import (
    AfterSaleMovedOn,
    AppealOver,
    NoReturnAddress,
    PiecesNotThere,
    ReasonNeeded,
)
from chalicelib.trade.after_sales.models import BUYER, STEPS, SYSTEM, AfterSale, Contact, Kind, Piece, Status
from chalicelib.trade.after_sales.refunding import service as refunding
from chalicelib.trade.after_sales.refunding.service import Terms
from chalicelib.trade.after_sales.replacing import service as replacing
from chalicelib.trade.after_sales.schemas import AfterSaleView, may_appeal
from chalicelib.trade.after_sales.service import Case
from chalicelib.trade.after_sales.unsent import service as unsent
from chalicelib.trade.fulfillment.shipments.withdrawals import service as withdrawals
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.refunding.service import REFUNDABLE

NO_TERMS = Terms()
OVERTAKEN = "商品已另行退款，售后关闭"


def agree(tx: Transaction, case: Case, asked: Agree, *, refund_instead: bool = False, actor: str) -> None:
    """The buyer gets what they ask for: the money now, or an address to send the goods to; what the shop has had back
    by then is refunded, or replaced. What was refunded another way meanwhile is closed.

    :param refund_instead: of an exchange whose goods the shop has had: the money, since no replacement is there.
    :raises AfterSaleMovedOn, NoReturnAddress, StoreNotFound, AmountAboveDue, FreightAboveLeft, OutOfStock:
    :raises ReasonNeeded: less than is due is given, and nobody says why.
    """
    sale, text = case.sale, asked.note or ""
    if asked.amount is not None and not text:
        raise ReasonNeeded()
    if sale.status not in (Status.REQUESTED, Status.APPEALED):
        raise AfterSaleMovedOn(status=sale.status.value)
    if overtaken(case):
        let_go(tx, case, Status.CLOSED, actor=SYSTEM, text=OVERTAKEN)
    elif sale.kind is Kind.EXCHANGE and sale.goods_back and not refund_instead:
        replacing.accept(tx, sale, sale.units, sellable={}, actor=actor, text=text)
    elif sale.kind is Kind.REFUND_ONLY or sale.goods_back:
        settled = refunding.settle(tx, case, sale.units, asked.terms, sellable={}, actor=actor)
        refunding.finish(tx, sale, settled, actor=actor, text=text)
    else:
        to = _address(case, asked)
        service.move(tx, sale, Status.RETURNING, AfterSale.return_to.set(to), actor=actor, text=text)


def refuse(tx: Transaction, case: Case, reason: str, *, actor: str) -> None:
    """The buyer does not get it; the pieces are free again, and what was held may leave. :raises AfterSaleMovedOn:"""
    sale = case.sale
    to = {Status.REQUESTED: Status.REFUSED, Status.APPEALED: Status.REJECTED}.get(sale.status)
    if to is None:
        raise AfterSaleMovedOn(status=sale.status.value)
    let_go(tx, case, to, actor=actor, text=reason)


def let_go(tx: Transaction, case: Case, to: Status, *, actor: str, text: str) -> None:
    """It ends without money: its pieces can be asked for again, and may leave. :raises AfterSaleMovedOn:"""
    service.move(tx, case.sale, to, actor=actor, text=text)
    claims.release(tx, case.book, case.sale.units)
    if case.sale.held:
        withdrawals.release(tx, case.planned, case.sale.held)


def agree_to_request(tx: Transaction, case: Case, asked: Agree, *, actor: str) -> None:
    """As :func:`agree`, of what nobody has decided yet: an appeal is the owner's. :raises AfterSaleMovedOn:"""
    _require(case, Status.REQUESTED)
    agree(tx, case, asked, actor=actor)


def refuse_request(tx: Transaction, case: Case, reason: str, *, actor: str) -> None:
    """As :func:`refuse`, the same. :raises AfterSaleMovedOn:"""
    _require(case, Status.REQUESTED)
    refuse(tx, case, reason, actor=actor)


def judge(tx: Transaction, case: Case, asked: JudgeAppeal, *, actor: str) -> None:
    """The owner decides an appeal. :raises AfterSaleMovedOn: and those of :func:`agree`"""
    _require(case, Status.APPEALED)
    if asked.uphold:
        agree(tx, case, asked, refund_instead=asked.refund_instead, actor=actor)
    else:
        refuse(tx, case, asked.note or "申诉未通过", actor=actor)


def cancel(member_id: str, after_sale_id: str) -> AfterSaleView:
    """The buyer does not want it any more. Said twice: nothing. :raises AfterSaleNotFound, AfterSaleMovedOn:"""

    def act() -> None:
        case = service.open_case(member_id, after_sale_id)
        if case.sale.status is Status.CANCELED:
            return
        if not STEPS.allows(case.sale.status, Status.CANCELED):
            raise AfterSaleMovedOn(status=case.sale.status.value)
        with Transaction() as tx:
            let_go(tx, case, Status.CANCELED, actor=BUYER, text="")

    service.insistently(act)
    return service.view(member_id, after_sale_id)


def appeal(member_id: str, after_sale_id: str, asked: Appeal) -> AfterSaleView:
    """The buyer asks the owner, once. The pieces are asked for again; what has left meanwhile, has left.

    :raises AfterSaleNotFound, AfterSaleMovedOn: :raises AppealOver: it was appealed before, or too long ago.
    :raises PiecesNotThere: they went another way meanwhile.
    """

    def act() -> None:
        case = service.open_case(member_id, after_sale_id)
        sale = case.sale
        if not STEPS.allows(sale.status, Status.APPEALED):
            raise AfterSaleMovedOn(status=sale.status.value)
        if not may_appeal(sale):
            raise AppealOver()
        pieces = _claimable(case)
        with Transaction() as tx:
            more = (AfterSale.appealed_at.set(clock.now()), AfterSale.pieces.set(pieces))
            service.move(tx, sale, Status.APPEALED, *more, actor=BUYER, text=asked.reason)
            orders.require_refunds_as_read(tx, case.order)
            claims.claim_again(tx, case.book, sale.units)
            if held := {piece.line: piece.unshipped for piece in pieces if piece.unshipped}:
                withdrawals.hold(tx, case.planned, held)

    service.insistently(act)
    return service.view(member_id, after_sale_id)


def _address(case: Case, asked: Agree) -> Contact:
    """Where the goods are sent back to. :raises NoReturnAddress: neither said nor known, or it is closed."""
    if asked.return_to is not None:
        return asked.return_to.contact()
    store_id = asked.store_id or _left_from(case)
    found = stores.find(store_id) if store_id != DEFAULT_ORIGIN else None
    if found is None or not found.active:
        raise NoReturnAddress()
    return _contact(found)


def _left_from(case: Case) -> str:
    """The place that the goods left, or where they were fetched."""
    if case.order.place is not None:
        return case.order.place.store_id
    return next((each.origin_id for each in case.planned), DEFAULT_ORIGIN)


def _require(case: Case, status: Status) -> None:
    if case.sale.status is not status:
        raise AfterSaleMovedOn(status=case.sale.status.value)


def _contact(store: Store) -> Contact:
    place = store.province + store.city + store.district + store.detail
    return Contact(name=store.name, phone=store.phone or settings().after_sale_phone, address=place)


def overtaken(case: Case) -> bool:
    """Whether its pieces went back another way: nobody fetched them in time, say, and their money was given back."""
    order, units = case.order, case.sale.units
    there = {
        number: line.quantity - order.refunded_units.get(str(number), 0) for number, line in enumerate(order.lines)
    }
    return order.status not in REFUNDABLE or any(pieces > there[number] for number, pieces in units.items())


def _claimable(case: Case) -> list[Piece]:
    """The same pieces, if they are still there; what has not left is taken first, as at the beginning."""
    sale, may = case.sale, room(case, case.sale.kind)
    free = unsent.holdable(case) if sale.kind is Kind.REFUND_ONLY else {}
    for piece in sale.pieces:
        if piece.quantity > may.get(piece.line, 0):
            raise PiecesNotThere(line=piece.line, left=may.get(piece.line, 0))
    return [
        piece.model_copy(update={"unshipped": min(piece.quantity, free.get(piece.line, 0))}) for piece in sale.pieces
    ]
