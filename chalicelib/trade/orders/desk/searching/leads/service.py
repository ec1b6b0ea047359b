"""Leads: the keys under which orders lie, the most particular first. No search begins anywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from chalicelib.core import clock, ids
from chalicelib.core.errors import Invalid
from chalicelib.core.plugs import PlugMap
from chalicelib.core.tables import batch_get
from chalicelib.trade.orders.desk.schemas import MAX_DAYS
from chalicelib.trade.orders.desk.searching.schemas import FindOrders
from chalicelib.trade.orders.models import Order, OrderProduct, status_day

DEFAULT_DAYS = 31
PAID_WITHIN = timedelta(days=2)
"""An order is paid so long after it was placed, at most: within a day (``unpaid_close_minutes``), and while a channel
that does not answer keeps it open."""
Key = tuple[str, str]
"""Member and order."""


class Finder(Protocol):
    """Finds orders by a number that its feature knows. It is named as the field of the question."""

    def fits(self, text: str) -> bool:
        """Whether *text* has the form of such a number. No read."""

    def find(self, text: str) -> Sequence[Key]:
        """The orders of that number, this moment; none, if there is no such number."""


order_finders: PlugMap[Finder] = PlugMap("order_finders")


@dataclass(frozen=True)
class Indexed:
    """Orders under one key of a table or index whose range is the order's id, newest first."""

    source: Any
    key: str
    answers: frozenset[str]
    """Fields of the question that all of them fulfill."""
    day: date | None = None
    """Of placing, where the lead is a day."""

    def read(self, below: str, limit: int) -> tuple[Sequence[str], list[Order]]:
        """The ids of the next *limit* below that id, and those orders of them that exist, this moment."""
        name = "order_id" if self.source is OrderProduct else "id"
        of = OrderProduct.order_id if self.source is OrderProduct else Order.id
        found = self.source.query(
            self.key,
            range_key_condition=of < below,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            **({"consistent_read": True} if self.source is Order else {}),
        )
        items = list(found)
        if self.source is Order:
            return [each.id for each in items], items
        keys = [(each.member_id, getattr(each, name)) for each in items]
        return [each for _, each in keys], _load(keys)


@dataclass(frozen=True)
class Named:
    """Orders whose keys are known, as :class:`Indexed`."""

    keys: Sequence[Key]
    answers: frozenset[str]
    day: date | None = None

    def read(self, below: str, limit: int) -> tuple[Sequence[str], list[Order]]:
        ordered = sorted((each for each in self.keys if each[1] < below), key=lambda each: each[1], reverse=True)
        return [each for _, each in ordered[:limit]], _load(ordered[:limit])


Lead = Indexed | Named


def leads(asked: FindOrders, first: date, last: date) -> Iterator[Lead]:
    """Where to look for what is *asked*, in order. *first* to *last*: the days, where nothing more particular leads."""
    if (named := _named(asked)) is not None:
        yield named
    elif asked.member_id is not None:
        yield Indexed(Order, asked.member_id, frozenset({"member_id"}))
    elif asked.phone is not None:
        yield Indexed(Order.by_phone, asked.phone, frozenset({"phone"}))
    elif asked.product_id is not None:
        yield Indexed(OrderProduct, asked.product_id, frozenset({"product_id"}))
    else:
        yield from _days(asked, first, last)


def is_keyed(asked: FindOrders) -> bool:
    """Whether a key leads to what is asked, and no days need to be walked through."""
    names = ("number", "member_id", "phone", "product_id", *order_finders)
    return any(getattr(asked, name) is not None for name in names)


def window(asked: FindOrders) -> tuple[date, date]:
    """The days of placing in which to look. :raises Invalid: more than a search walks through, or none."""
    last = min(filter(None, (asked.to_day, asked.paid_to_day)), default=clock.today())
    paid_from = asked.paid_from_day - PAID_WITHIN if asked.paid_from_day else None
    first = max(filter(None, (asked.from_day, paid_from)), default=last - timedelta(days=DEFAULT_DAYS - 1))
    if not is_keyed(asked) and not 0 <= (last - first).days < MAX_DAYS + PAID_WITHIN.days:
        raise Invalid(errors=[{"field": "from_day", "issue": f"at most {MAX_DAYS} days, and not after to_day"}])
    return first, last


def newest(asked: FindOrders, last: date) -> str:
    """An id above which nothing that is asked for lies."""
    bounded = asked.to_day is not None or asked.paid_to_day is not None
    # A day more: an order's id is made a moment before or after the time of placing is read.
    return ids.first_at("ord", clock.day_start(last + timedelta(days=2))) if bounded else "ord_~"


def oldest(asked: FindOrders, first: date) -> str:
    """An id below which nothing that is asked for lies."""
    bounded = asked.from_day is not None or asked.paid_from_day is not None
    return ids.first_at("ord", clock.day_start(first - timedelta(days=1))) if bounded else ""


def _named(asked: FindOrders) -> Named | None:
    sets = []
    if asked.number is not None:
        sets.append({(each.member_id, each.id) for each in Order.by_number.query(asked.number, limit=1)})
    wanted = {name: getattr(asked, name) for name in order_finders if getattr(asked, name) is not None}
    for name, text in wanted.items():
        sets.append(set(order_finders[name].find(text)))
    if not sets:
        return None
    return Named(sorted(set.intersection(*sets)), frozenset({"number", *wanted}))


def _days(asked: FindOrders, first: date, last: date) -> Iterator[Lead]:
    fields = {"from_day", "to_day"}
    for back in range((last - first).days + 1):
        day = last - timedelta(days=back)
        if asked.status is None:
            yield Indexed(Order.by_day, day.isoformat(), frozenset(fields), day)
        else:
            key = status_day(asked.status, day.isoformat())
            yield Indexed(Order.by_status, key, frozenset({*fields, "status"}), day)


def _load(keys: Sequence[Key]) -> list[Order]:
    found = batch_get({Order: keys}, consistent=True)[Order] if keys else {}
    return [found[key] for key in keys if key in found]
