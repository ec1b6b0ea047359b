"""How staff find orders. Every question has a key; none scans."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.errors import Invalid
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.trade.orders import service
from chalicelib.trade.orders.desk.schemas import MAX_DAYS, DayView, DeskOrder, DeskOrderView, FindOrders, NoteView
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.orders.models import Order, OrderDay, OrderProduct, OrderStatus, status_day

DEFAULT_DAYS = 31


def by_number(number: str) -> Order:
    """The order of that number. :raises OrderNotFound:"""
    for key in Order.by_number.query(number, limit=1):
        return service.load(key.member_id, key.id, consistent=True)
    raise OrderNotFound()


def show(number: str) -> DeskOrder:
    """The order with its notes."""
    order = by_number(number)
    notes = [NoteView.of(entry) for entry in service.entries(order.id)]
    return DeskOrder(order=DeskOrderView.of(order), notes=notes)


def find(question: FindOrders) -> Page[DeskOrderView]:
    """One page of orders, newest first. Two round trips, and one per empty day that is passed over."""
    if question.number is not None:
        keys, cursor = list(Order.by_number.query(question.number, limit=1)), None
    elif question.phone is not None:
        keys, cursor = pages.query(Order.by_phone, question.phone, limit=question.limit, cursor=question.cursor)
    elif question.product_id is not None:
        keys, cursor = pages.query(OrderProduct, question.product_id, limit=question.limit, cursor=question.cursor)
    else:
        keys, cursor = _by_days(question)
    orders = _load_all(keys)
    if question.status is not None:
        orders = [order for order in orders if order.status is question.status]
    return Page[DeskOrderView](items=[DeskOrderView.of(order) for order in orders], cursor=cursor)


def days(first: date, last: date) -> list[DayView]:
    """The counters of some business days."""
    return [_day(first + timedelta(days=i)) for i in range((last - first).days + 1)]


def _day(day: date) -> DayView:
    shards = list(OrderDay.query(day.isoformat()))
    names = [name for name in DayView.model_fields if name != "day"]
    return DayView(day=day, **{name: sum(getattr(shard, name) or 0 for shard in shards) for name in names})


def _by_days(question: FindOrders) -> tuple[list[Any], str | None]:
    last = question.to_day or clock.today()
    first = question.from_day or last - timedelta(days=DEFAULT_DAYS - 1)
    if not 0 <= (last - first).days < MAX_DAYS:
        raise Invalid(errors=[{"field": "from_day", "issue": f"at most {MAX_DAYS} days, and not after to_day"}])
    scope = f"orders/{first}/{last}/{question.status}"
    position = pages.decode(question.cursor, scope) or {"day": last.isoformat(), "inner": None}
    day, inner = date.fromisoformat(position["day"]), position["inner"]
    keys: list[Any] = []
    while day >= first:
        found, inner = _day_page(day, question.status, question.limit - len(keys), inner)
        keys += found
        if inner is None:
            day -= timedelta(days=1)
        if len(keys) >= question.limit:
            break
    more = day >= first
    return keys, pages.encode({"day": day.isoformat(), "inner": inner}, scope) if more else None


def _day_page(day: date, status: OrderStatus | None, limit: int, cursor: str | None) -> tuple[list[Any], str | None]:
    if status is None:
        return pages.query(Order.by_day, day.isoformat(), limit=limit, cursor=cursor)
    return pages.query(Order.by_status, status_day(status, day.isoformat()), limit=limit, cursor=cursor)


def _load_all(keys: list[Any]) -> list[Order]:
    pairs = [(key.member_id, key.order_id if isinstance(key, OrderProduct) else key.id) for key in keys]
    found = batch_get({Order: pairs}, consistent=True)[Order]
    return [found[pair] for pair in pairs if pair in found]
