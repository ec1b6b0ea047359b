"""What came back is looked at: accepted whole, in part, or not at all."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.claims import service as claims
from chalicelib.trade.after_sales.errors import AfterSaleMovedOn, PiecesNotThere, ReasonNeeded
from chalicelib.trade.after_sales.inspecting.schemas import Inspect
from chalicelib.trade.after_sales.models import AfterSale, Kind, Status
from chalicelib.trade.after_sales.refunding import service as refunding
from chalicelib.trade.after_sales.replacing import service as replacing
from chalicelib.trade.after_sales.service import Case


def inspect(tx: Transaction, case: Case, asked: Inspect, *, actor: str) -> None:
    """Staff have looked at the goods: what is accepted is refunded or replaced; what is not, goes to the buyer again.

    :raises AfterSaleMovedOn, PiecesNotThere, ReasonNeeded, AmountAboveDue, FreightAboveLeft, OutOfStock:
    :raises BookMoved, OrderChanged, RefundMoved, AccountMoved: (at commit) read and decide again.
    """
    sale = case.sale
    if sale.status not in (Status.SENT, Status.RECEIVED):
        raise AfterSaleMovedOn(status=sale.status.value)
    accepted, sellable = _found(sale, asked)
    text = asked.note or ""
    if not text and (accepted != sale.units or asked.amount is not None):
        raise ReasonNeeded()
    if not any(accepted.values()):
        service.move(tx, sale, Status.REFUSED, AfterSale.goods_back.set(True), actor=actor, text=text)
        claims.release(tx, case.book, sale.units)
    elif sale.kind is Kind.EXCHANGE and not asked.refund_instead:
        replacing.accept(tx, sale, accepted, sellable=sellable, actor=actor, text=text)
    else:
        settled = refunding.settle(tx, case, accepted, asked.terms, sellable=sellable, actor=actor)
        refunding.finish(tx, sale, settled, actor=actor, text=text)


def accept_unseen(tx: Transaction, case: Case, *, actor: str, text: str) -> None:
    """Nobody looked in time: all of it is accepted. None of it goes back on sale before somebody has looked.

    An exchange whose replacement is sold out is refunded.
    """
    sale = case.sale
    if sale.kind is Kind.EXCHANGE and replacing.in_stock(sale):
        replacing.accept(tx, sale, sale.units, sellable={}, actor=actor, text=text)
        return
    settled = refunding.settle(tx, case, sale.units, refunding.Terms(), sellable={}, actor=actor)
    refunding.finish(tx, sale, settled, actor=actor, text=text)


def _found(sale: AfterSale, asked: Inspect) -> tuple[dict[int, int], dict[int, int]]:
    """Accepted and sellable pieces by line."""
    if asked.pieces is None:
        return sale.units, sale.units
    accepted = dict.fromkeys(sale.units, 0) | {each.line: each.accepted for each in asked.pieces}
    for number, pieces in accepted.items():
        if pieces > sale.units.get(number, 0):
            raise PiecesNotThere(line=number, left=sale.units.get(number, 0))
    return accepted, {each.line: each.sellable for each in asked.pieces}
