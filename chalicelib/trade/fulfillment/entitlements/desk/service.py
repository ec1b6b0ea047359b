"""How staff find what waits at a store. Every question has a key; none scans."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.settings import settings
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.clerks.service import require_served
from chalicelib.mall.stores.models import StoreKind
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.counters import service as counters
from chalicelib.trade.fulfillment.entitlements.desk.schemas import (
    CompareStores,
    ExtendEntitlement,
    ListEntitlements,
    ListVerifications,
    StoreDayView,
    StoreOfDayView,
)
from chalicelib.trade.fulfillment.entitlements.errors import EntitlementChanged, ExpiryInPast
from chalicelib.trade.fulfillment.entitlements.models import (
    Entitlement,
    EntitlementStatus,
    StoreDay,
    Verification,
    store_day,
    store_status,
)
from chalicelib.trade.fulfillment.entitlements.opening import service as opening
from chalicelib.trade.fulfillment.entitlements.schemas import DeskEntitlementView, VerificationView
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.models import Order

MOST_DAYS = timedelta(days=180)


def waiting(staff: Staff, asked: ListEntitlements) -> Page[DeskEntitlementView]:
    """One page of a store's entitlements of a status, in three round trips: open ones the most urgent first.

    :raises NotYourStore: *staff* do not work there.
    """
    require_served(staff, asked.store_id)
    is_open = asked.status is EntitlementStatus.OPEN
    keys, cursor = pages.query(
        Entitlement.by_store,
        store_status(asked.store_id, asked.status),
        limit=asked.limit,
        cursor=asked.cursor,
        newest_first=not is_open,
    )
    found = [each for each in service.load_all(keys) if each.status is asked.status]
    return Page(items=_views(found), cursor=cursor)


def handed_over(staff: Staff, asked: ListVerifications) -> Page[VerificationView]:
    """One page of what a store handed over on a day, the newest first. :raises NotYourStore:"""
    require_served(staff, asked.store_id)
    key = store_day(asked.store_id, (asked.day or clock.today()).isoformat())
    found, cursor = pages.query(Verification.by_store_day, key, limit=asked.limit, cursor=asked.cursor)
    return Page(items=[VerificationView.of(each) for each in found], cursor=cursor)


def days(staff: Staff, store_id: str, first: date, last: date) -> list[StoreDayView]:
    """The counters of some business days of a store. One read. :raises NotYourStore:"""
    require_served(staff, store_id)
    found = StoreDay.query(store_id, StoreDay.day.between(first.isoformat(), last.isoformat()))
    known = {each.day: each for each in found}
    wanted = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return [StoreDayView(day=day, **_counted(known.get(day.isoformat()))) for day in wanted]


def compare(staff: Staff, asked: CompareStores) -> Page[StoreOfDayView]:
    """One page of the stores that *staff* serve, each on one business day, in the stores' order. One read."""
    day = asked.day or clock.today()
    mine = [
        each for each in stores.directory().by_id.values() if each.kind is StoreKind.STORE and staff.serves(each.id)
    ]
    scope = f"store-days/{day}"
    start = pages.decode(asked.cursor, scope) or 0
    page, end = mine[start : start + asked.limit], start + asked.limit
    found = batch_get({StoreDay: [(each.id, day.isoformat()) for each in page]})[StoreDay] if page else {}
    items = [
        StoreOfDayView(
            store_id=each.id, store_name=each.name, day=day, **_counted(found.get((each.id, day.isoformat())))
        )
        for each in page
    ]
    return Page(items=items, cursor=pages.encode(end, scope) if end < len(mine) else None)


def _counted(found: StoreDay | None) -> dict[str, int]:
    names = [name for name in StoreDayView.model_fields if name != "day"]
    return {name: getattr(found, name, None) or 0 for name in names}


def of_order(staff: Staff, number: str) -> list[DeskEntitlementView]:
    """Those of an order that are fetched where *staff* work. :raises OrderNotFound:"""
    order = by_number(number)
    return [DeskEntitlementView.of(each, order) for each in service.of_order(order.id) if counters.serves(staff, each)]


def extend(staff: Staff, number: str, asked: ExtendEntitlement) -> DeskEntitlementView:
    """Give the buyer more time, as long as it is open; the older deadline then does nothing.

    :raises OrderNotFound, EntitlementNotFound, WrongStore: :raises ExpiryInPast: no more time, or beyond 180 days.
    :raises EntitlementChanged: it is closed, or not as *staff* saw it.
    """
    order = by_number(number)
    found = service.load(order.id, asked.entitlement_id)
    counters.require_served(staff, found)
    if found.status is not EntitlementStatus.OPEN or found.version != asked.version:
        raise EntitlementChanged()
    now = clock.now()
    if not max(now, found.expires_at) < asked.expires_at <= now + MOST_DAYS:
        raise ExpiryInPast()
    with Transaction() as tx:
        service.step(tx, found, EntitlementStatus.OPEN, Entitlement.expires_at.set(asked.expires_at))
        orders.note(tx, order, staff.name, f"核销截止时间延至 {_local(asked.expires_at)}")
        opening.schedule(tx, found, asked.expires_at)
    return DeskEntitlementView.of(service.load(order.id, found.id), order)


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(settings().time_zone)):%Y-%m-%d %H:%M}"


def _views(found: list[Entitlement]) -> list[DeskEntitlementView]:
    keys = [(each.member_id, each.order_id) for each in found]
    known = batch_get({Order: keys}, consistent=True)[Order]
    return [DeskEntitlementView.of(each, known[key]) for each, key in zip(found, keys, strict=True) if key in known]
