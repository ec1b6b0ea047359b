"""Staff: find, decide, refund without being asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.core import ids, pages
from chalicelib.core.once import Once
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.applying import service as applying
from chalicelib.trade.after_sales.applying.schemas import WantedPieces
from chalicelib.trade.after_sales.desk.schemas import DeskAfterSaleView, FindAfterSales, RefundOrder
from chalicelib.trade.after_sales.errors import AfterSaleClosed, AfterSaleNotFound, NothingBack, PiecesNotThere
from chalicelib.trade.after_sales.models import AfterSale, Kind, Status, Step, status_day
from chalicelib.trade.after_sales.refunding import service as refunding
from chalicelib.trade.after_sales.refunding.service import Settled
from chalicelib.trade.after_sales.service import Case
from chalicelib.trade.orders.desk.service import by_number as order_of
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.orders.models import Order
from chalicelib.trade.orders.refunding.service import REFUNDABLE

MOST = 48
"""Of an order, with the buyer's: WeChat Pay takes 50 refunds of a payment."""


def by_number(number: str) -> AfterSale:
    """The after-sale of that number, this moment. :raises AfterSaleNotFound:"""
    for key in AfterSale.by_number.query(number, limit=1):
        return service.load(key.member_id, key.id)
    raise AfterSaleNotFound()


def show(number: str) -> DeskAfterSaleView:
    """:raises AfterSaleNotFound:"""
    return DeskAfterSaleView.of(by_number(number))


def find(asked: FindAfterSales) -> Page[DeskAfterSaleView]:
    """One page, newest first. What an index names is read again: an index lags."""
    keys, cursor = _keys(asked)
    pairs = [(key.member_id, key.id) for key in keys]
    found = batch_get({AfterSale: pairs}, consistent=True)[AfterSale]
    sales = [found[pair] for pair in pairs if pair in found]
    fitting = [sale for sale in sales if _fits(sale, asked)]
    return Page[DeskAfterSaleView](items=[DeskAfterSaleView.of(sale) for sale in fitting], cursor=cursor)


def decide(number: str, act: Callable[[Transaction, Case], None]) -> DeskAfterSaleView:
    """One step of staff, in one transaction, decided anew when something moved in between.

    :raises AfterSaleNotFound: and whatever *act* raises
    """

    def attempt() -> None:
        case = service.case_of(by_number(number))
        with Transaction() as tx:
            act(tx, case)

    service.insistently(attempt)
    return show(number)


def refund(number: str, asked: RefundOrder, key: str, staff: Staff) -> DeskAfterSaleView:
    """Give the money of pieces back without being asked; once per *key*. It is an after-sale like all others.

    :raises OrderNotFound, AfterSaleClosed, OrderOnHold, PiecesNotThere, NothingBack, AmountAboveDue, FreightAboveLeft:
    """
    order = order_of(number)
    once = Once(staff.staff_id, f"refund/{number}", key, asked)
    after_sale_id = ids.new("afs")
    made = once.carry_out(lambda: service.insistently(lambda: _refund(order, asked, once, after_sale_id, staff)))
    return DeskAfterSaleView.of(service.load(order.member_id, made))


def _refund(order: Order, asked: RefundOrder, once: Once, after_sale_id: str, staff: Staff) -> str:
    around = applying.begin(order.member_id, order.id)
    if around.order.holds:
        applying.require_open(around.order)
    if around.order.status not in REFUNDABLE or around.book.applications >= MOST:
        raise AfterSaleClosed()
    kind = Kind.REFUND_ONLY
    wanted = [WantedPieces(line=each.line, quantity=each.quantity) for each in asked.pieces]
    units = applying.chosen(around, kind, wanted) if wanted else {}
    if not units and not asked.freight_amount:
        raise NothingBack()
    done = Status.REFUNDED
    sale = applying.new(around, kind, units, asked.reason, status=done, after_sale_id=after_sale_id, actor=staff.name)
    case = Case(around.order, around.book, around.planned, around.entitled, sale)
    with once.writing(sale.id) as tx:
        settled = refunding.settle(
            tx, case, units, asked.terms, sellable=_sellable(sale, asked), held=False, actor=staff.name
        )
        tx.put(_settled(sale, settled, staff.name, asked.note))
        service.announce(tx, sale, sale.status, None, sale.version)
    return after_sale_id


def _settled(sale: AfterSale, settled: Settled, actor: str, note: str) -> AfterSale:
    """The after-sale that was decided in the moment in which it came."""
    sale.by_staff, sale.description, sale.status = True, note, settled.status
    sale.status_day = status_day(settled.status, sale.status_day.rpartition("#")[2])
    sale.pieces, sale.refund_id, sale.refund_amount = settled.pieces, settled.refund_id, settled.total
    sale.goods_amount, sale.withheld_amount = settled.goods_amount, settled.withheld_amount
    sale.freight_amount, sale.proposed_amount = settled.freight_amount, settled.total
    sale.steps = [Step(at=sale.opened_at, status=settled.status, actor=actor, text=note)]
    return sale


def _sellable(sale: AfterSale, asked: RefundOrder) -> dict[int, int]:
    """What had left and is back as good as new. :raises PiecesNotThere: more than had left"""
    left = {piece.line: piece.quantity - piece.unshipped for piece in sale.pieces}
    for each in asked.pieces:
        if each.sellable > left.get(each.line, 0):
            raise PiecesNotThere(line=each.line, left=left.get(each.line, 0))
    return {each.line: each.sellable for each in asked.pieces}


def _keys(asked: FindAfterSales) -> tuple[list[Any], str | None]:
    if asked.number is not None:
        return list(AfterSale.by_number.query(asked.number, limit=1)), None
    if asked.member_id is not None:
        return pages.query(AfterSale, asked.member_id, limit=asked.limit, cursor=asked.cursor)
    if asked.order_number is not None:
        try:
            order = order_of(asked.order_number)
        except OrderNotFound:
            return [], None
        return pages.query(AfterSale.by_order, order.id, limit=asked.limit, cursor=asked.cursor)
    key = status_day(asked.status or Status.REQUESTED, str(asked.day))
    return pages.query(AfterSale.by_status, key, limit=asked.limit, cursor=asked.cursor)


def _fits(sale: AfterSale, asked: FindAfterSales) -> bool:
    return (
        asked.status in (None, sale.status)
        and asked.kind in (None, sale.kind)
        and (not asked.overdue or sale.overdue_at is not None)
    )
