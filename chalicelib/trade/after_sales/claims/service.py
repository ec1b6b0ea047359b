"""Which pieces of an order are being asked for: every change goes through the order's one book."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.transaction import Transaction
from chalicelib.trade.after_sales.errors import BookMoved
from chalicelib.trade.after_sales.models import AfterSaleBook
from chalicelib.trade.orders.models import Order

Units = Mapping[int, int]


def available(order: Order, book: AfterSaleBook) -> dict[int, int]:
    """The pieces that nobody asked for yet and that did not go back, by line."""
    return {
        number: line.quantity - order.refunded_units.get(str(number), 0) - book.claimed.get(str(number), 0)
        for number, line in enumerate(order.lines)
    }


def asks_for_pieces(order_id: str) -> bool:
    """Whether an after-sale of the order is open, and its money not decided yet. Registered with completion."""
    book = AfterSaleBook.find(order_id, consistent=True)
    return book is not None and bool(book.claimed)


def claim(tx: Transaction, book: AfterSaleBook, units: Units) -> None:
    """One more after-sale asks for *units*. :raises BookMoved: (at commit) another one came in between."""
    _write(tx, book, units, sign=1, opened=1)


def claim_again(tx: Transaction, book: AfterSaleBook, units: Units) -> None:
    """An after-sale that had let go of its *units* asks for them again. :raises BookMoved: (at commit)"""
    _write(tx, book, units, sign=1)


def release(tx: Transaction, book: AfterSaleBook, units: Units) -> None:
    """An after-sale asks for *units* no more. :raises BookMoved: (at commit)"""
    _write(tx, book, units, sign=-1)


def pass_through(tx: Transaction, book: AfterSaleBook) -> None:
    """One more after-sale that is decided in the moment in which it comes. :raises BookMoved: (at commit)"""
    _write(tx, book, {}, sign=1, opened=1)


def _write(tx: Transaction, book: AfterSaleBook, units: Units, *, sign: int, opened: int = 0) -> None:
    claimed = dict(book.claimed)
    for number, pieces in units.items():
        claimed[str(number)] = claimed.get(str(number), 0) + sign * pieces
    unmoved = AfterSaleBook.version == book.version if book.version else AfterSaleBook.order_id.does_not_exist()
    left = {number: pieces for number, pieces in sorted(claimed.items()) if pieces}
    written = AfterSaleBook(
        order_id=book.order_id, claimed=left, applications=book.applications + opened, version=book.version + 1
    )
    tx.put(written, only_if=unmoved, otherwise=BookMoved())
