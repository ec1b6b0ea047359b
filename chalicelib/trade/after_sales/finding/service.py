"""How an order is found by its after-sales: a finder and a filter of the order desk (orders/desk/searching)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from chalicelib.core import ids
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import batch_get
from chalicelib.trade.after_sales.desk import service as desk
from chalicelib.trade.after_sales.errors import AfterSaleNotFound
from chalicelib.trade.after_sales.models import OPEN, AfterSale, AfterSaleBook, Kind, Status
from chalicelib.trade.orders.models import Order

E = TypeVar("E", bound=StrEnum)
HAS_OPEN, KIND, STATUS = "has_open_after_sale", "after_sale_kind", "after_sale_status"


class ByAfterSale:
    """By the number of one of its after-sales."""

    def fits(self, text: str) -> bool:
        return re.fullmatch(r"\d{20}", text) is not None

    def find(self, text: str) -> list[tuple[str, str]]:
        try:
            sale = desk.by_number(text)
        except AfterSaleNotFound:
            return []
        return [(sale.member_id, sale.order_id)]


class WithAfterSale:
    """By what its after-sales are: open or not, of a kind, in a status. What is asked together must hold of one.

    An order without a book never had one. The others' after-sales are read where they lie, under the buyer: one query
    a buyer, from the oldest of the orders on.
    """

    def sift(self, asked: Mapping[str, Any]) -> Callable[[Sequence[Order]], Collection[str]]:
        """:raises Invalid: no such kind or status."""
        kind, status, is_open = _word(Kind, KIND, asked), _word(Status, STATUS, asked), asked.get(HAS_OPEN)

        def fits(sales: Sequence[AfterSale]) -> bool:
            if is_open is False and any(sale.status in OPEN for sale in sales):
                return False
            if is_open is False and kind is None and status is None:
                return True
            return any(
                kind in (None, sale.kind) and status in (None, sale.status) and (not is_open or sale.status in OPEN)
                for sale in sales
            )

        def sifted(orders: Sequence[Order]) -> Collection[str]:
            known = _sales_of(orders)
            return {order.id for order in orders if fits(known.get(order.id, []))}

        return sifted


WITH_AFTER_SALE = WithAfterSale()
"""One, for several fields of the question."""


def _word(words: type[E], field: str, asked: Mapping[str, Any]) -> E | None:
    value = asked.get(field)
    if value is not None and value not in set(words):
        raise Invalid(errors=[{"field": field, "issue": f"one of {', '.join(words)}"}])
    return words(value) if value is not None else None


def _sales_of(orders: Sequence[Order]) -> dict[str, list[AfterSale]]:
    books = batch_get({AfterSaleBook: [order.id for order in orders]}, consistent=True)[AfterSaleBook]
    oldest: dict[str, str] = {}
    for order in orders:
        if order.id in books:
            begin = ids.first_at("afs", order.placed_at)
            oldest[order.member_id] = min(begin, oldest.get(order.member_id, begin))
    found: dict[str, list[AfterSale]] = {}
    for member_id, begin in oldest.items():
        for sale in AfterSale.query(member_id, AfterSale.id >= begin, consistent_read=True):
            found.setdefault(sale.order_id, []).append(sale)
    return found
