"""Matching: whether an order is what was asked for, field by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from chalicelib.core import clock
from chalicelib.core.plugs import PlugMap
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.orders.desk.searching.schemas import FindOrders
from chalicelib.trade.orders.models import Flag, Order

Products = dict[str, Product]
_CODE = re.compile(r"[A-Za-z0-9_.\-]{2,64}")


class Filter(Protocol):
    """Knows of orders whether they are what is asked for, by what its feature keeps of them. It is named as each of
    the fields of the question that it answers; those that are asked together, it is asked together."""

    def sift(self, asked: Mapping[str, Any]) -> Callable[[Sequence[Order]], Collection[str]]:
        """What gives the ids of those that fit, of up to a hundred orders at once.

        :param asked: of its fields those that are asked. :raises Invalid: a word that means nothing to it.
        """


order_filters: PlugMap[Filter] = PlugMap("order_filters")


class Sieve:
    """What is asked of each order. It learns the products of the orders only where their codes are asked for, and asks
    other features only about those that are all else.

    :raises Invalid: a word that means nothing to the feature that it is for.
    """

    def __init__(self, asked: FindOrders) -> None:
        self._asked = {name: getattr(asked, name) for name in _TESTS if getattr(asked, name) is not None}
        may_be_code = asked.text is not None and _CODE.fullmatch(asked.text)
        self._by_code = bool(asked.sku_code is not None or may_be_code)
        self._products: Products = {}
        wanted = {name: getattr(asked, name) for name in order_filters if getattr(asked, name) is not None}
        filters = {id(order_filters[name]): order_filters[name] for name in wanted}
        self._sifts = [
            each.sift({name: value for name, value in wanted.items() if order_filters[name] is each})
            for each in filters.values()
        ]

    def is_loose_for(self, answered: frozenset[str]) -> bool:
        """Whether it asks for more than a lead has *answered*."""
        return bool(self._sifts) or not self._asked.keys() <= answered

    def passing(self, orders: Sequence[Order]) -> list[Order]:
        """Those that are what was asked for."""
        if self._by_code:
            self._learn(orders)
        fitting = [order for order in orders if self._fits(order)]
        for sift in self._sifts:
            if fitting:
                named = sift(fitting)
                fitting = [order for order in fitting if order.id in named]
        return fitting

    def _fits(self, order: Order) -> bool:
        return all(_TESTS[name](order, value, self._products) for name, value in self._asked.items())

    def _learn(self, orders: Iterable[Order]) -> None:
        wanted = {line.product_id for order in orders for line in order.lines} - self._products.keys()
        if wanted:
            self._products |= products.products(sorted(wanted))


def plain(text: str) -> str:
    """Text as it is compared: half-width, small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def _says(part: str, *texts: str | None) -> bool:
    return any(plain(part) in plain(text) for text in texts if text)


def _speaks(order: Order, text: str, known: Products) -> bool:
    names = (name for line in order.lines for name in (line.name, line.spec))
    is_tail = len(text) == 4 and text.isdigit() and order.phone.endswith(text)
    said = _says(text, order.receiver.name, order.remark, order.memo, *names)
    return is_tail or said or _has_code(order, text, known)


def _has_code(order: Order, code: str, known: Products) -> bool:
    for line in order.lines:
        product = known.get(line.product_id)
        sku = product.sku(line.sku_id) if product is not None else None
        codes = (product.code if product else None, sku.code if sku else None, sku.barcode if sku else None)
        if any(plain(code) == plain(each) for each in codes if each):
            return True
    return False


def _took_part(order: Order, source_id: str) -> bool:
    named = {each.source_id for each in order.adjustments} | {line.stock_owner for line in order.lines}
    return source_id in named | {hold.partition(":")[2] for hold in order.holds}


def _adjusted_by(order: Order, source_id: str) -> bool:
    return any(each.source_id == source_id for each in order.adjustments)


_TESTS: dict[str, Callable[[Order, Any, Products], bool]] = {
    "number": lambda order, asked, _: order.number == asked,
    "phone": lambda order, asked, _: order.phone == asked,
    "phone_tail": lambda order, asked, _: order.phone.endswith(asked),
    "receiver": lambda order, asked, _: _says(asked, order.receiver.name),
    "member_id": lambda order, asked, _: order.member_id == asked,
    "product_id": lambda order, asked, _: any(line.product_id == asked for line in order.lines),
    "product": lambda order, asked, _: _says(asked, *(line.name for line in order.lines)),
    "sku_id": lambda order, asked, _: any(line.sku_id == asked for line in order.lines),
    "sku_code": _has_code,
    "text": _speaks,
    "part_of": lambda order, asked, _: _took_part(order, asked),
    "adjustment": lambda order, asked, _: any(each.kind == asked for each in order.adjustments),
    "adjusted_by": lambda order, asked, _: _adjusted_by(order, asked),
    "amount_from": lambda order, asked, _: order.payable_amount >= asked,
    "amount_to": lambda order, asked, _: order.payable_amount <= asked,
    "fulfillment": lambda order, asked, _: order.fulfillment is asked,
    "store_id": lambda order, asked, _: order.place is not None and order.place.store_id == asked,
    "source": lambda order, asked, _: order.source == asked,
    "status": lambda order, asked, _: order.status is asked,
    "from_day": lambda order, asked, _: order.day >= asked.isoformat(),
    "to_day": lambda order, asked, _: order.day <= asked.isoformat(),
    "paid_from_day": lambda order, asked, _: order.paid_at is not None and clock.business_day(order.paid_at) >= asked,
    "paid_to_day": lambda order, asked, _: order.paid_at is not None and clock.business_day(order.paid_at) <= asked,
    "flag": lambda order, asked, _: (order.flag or Flag.NONE) is asked,
    "has_hold": lambda order, asked, _: bool(order.holds) is asked,
    "has_refund": lambda order, asked, _: bool(order.refunded_units) is asked,
    "has_memo": lambda order, asked, _: bool(order.memo) is asked,
    "has_remark": lambda order, asked, _: bool(order.remark) is asked,
}
