"""One order as staff see it, and the days they count. How orders are found: ``searching``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from chalicelib.core.tables import batch_get
from chalicelib.trade.orders import service
from chalicelib.trade.orders.desk.schemas import DayView, DeskOrder, DeskOrderView, NoteView
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.orders.models import Order, OrderDay


def by_number(number: str) -> Order:
    """The order of that number. :raises OrderNotFound:"""
    for key in Order.by_number.query(number, limit=1):
        return service.load(key.member_id, key.id, consistent=True)
    raise OrderNotFound()


def by_numbers(numbers: Iterable[str]) -> dict[str, Order]:
    """The orders of these numbers that exist, this moment, as asked."""
    named = {each: key for each in dict.fromkeys(numbers) for key in Order.by_number.query(each, limit=1)}
    pairs = {number: (key.member_id, key.id) for number, key in named.items()}
    found = batch_get({Order: list(pairs.values())}, consistent=True)[Order] if pairs else {}
    return {number: found[pair] for number, pair in pairs.items() if pair in found}


def show(number: str) -> DeskOrder:
    """The order with its notes."""
    order = by_number(number)
    notes = [NoteView.of(entry) for entry in service.entries(order.id)]
    return DeskOrder(order=DeskOrderView.of(order), notes=notes)


def days(first: date, last: date) -> list[DayView]:
    """The counters of some business days."""
    return [_day(first + timedelta(days=i)) for i in range((last - first).days + 1)]


def _day(day: date) -> DayView:
    shards = list(OrderDay.query(day.isoformat()))
    names = [name for name in DayView.model_fields if name != "day"]
    return DayView(day=day, **{name: sum(getattr(shard, name) or 0 for shard in shards) for name in names})
