"""Staff see what was sent, by member, by order, by day."""

from __future__ import annotations

import pytest

from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import buyer, order_of, pay, ship
from tests.trade.factories import staff_token

pytestmark = pytest.mark.usefixtures("_app")
MESSAGES, DAYS = "/admin/notifications/messages", "/admin/notifications/days"


def test_by_member_by_order_by_day(shop: Shop) -> None:
    shop.tell("order_paid", "parcel_shipped")
    one, other = buyer("one"), buyer("other")
    for each in (one, other):
        shop.agree(each, "order_paid", "parcel_shipped")
    orders = []
    for person in (one, one, other):
        orders.append(order := order_of(person))
        pay(order)
        ship(order)
        shop.drain()
        shop.clock.move(seconds=1)
    first, second, _ = orders
    found = shop.staff.get(f"{MESSAGES}?member_id={one.id}").ok()["items"]
    assert [each["id"].partition("-")[0] for each in found] == [second.id] * 2 + [first.id] * 2
    found = shop.staff.get(f"{MESSAGES}?member_id={one.id}&order_id={first.id}").ok()["items"]
    assert {each["kind"]: each["status"] for each in found} == {"order_paid": "sent", "parcel_shipped": "sent"}
    seen, cursor = [], ""
    while True:
        page = shop.staff.get(f"{MESSAGES}?day=2026-11-24&limit=4{cursor}").ok()
        seen += page["items"]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert len({each["id"] for each in seen}) == len(seen) == 6
    assert [each["made_at"] for each in seen] == sorted((each["made_at"] for each in seen), reverse=True)
    assert shop.staff.get(f"{MESSAGES}?day=2026-11-23").ok()["items"] == []


def test_counted_by_day_and_kind(shop: Shop) -> None:
    shop.tell("order_paid")
    one, other = buyer("one"), buyer("other")
    shop.agree(one, "order_paid")
    for each in (one, other):
        pay(order_of(each))
    shop.drain()
    answer = shop.staff.get(f"{DAYS}?first=2026-11-20&last=2026-11-24").ok()["items"]
    nothing = dict.fromkeys(("refused", "failed", "uncertain", "undelivered"), 0)
    assert answer == [{"day": "2026-11-24", "kind": "order_paid", "sent": 1, "skipped": 1, **nothing}]


@pytest.mark.parametrize(
    "path",
    [
        MESSAGES,
        f"{MESSAGES}?member_id=mem_1&day=2026-11-24",
        f"{MESSAGES}?order_id=ord_1",
        f"{MESSAGES}?day=yesterday",
        f"{MESSAGES}?member_id=mem_1&limit=101",
        f"{MESSAGES}?member_id=mem_1&cursor=x",
        DAYS,
        f"{DAYS}?first=2026-11-24&last=2026-11-23",
        f"{DAYS}?first=2026-01-01&last=2026-11-23",
        f"{DAYS}?first=0001-01-01&last=0001-01-02",
    ],
)
def test_unclear_questions(shop: Shop, path: str) -> None:
    assert shop.staff.get(path).status == 422


def test_others_may_not_look(shop: Shop) -> None:
    for path in (f"{MESSAGES}?member_id=mem_1", f"{DAYS}?first=2026-11-24&last=2026-11-24"):
        assert shop.http.get(path).status == 401
        assert shop.http.as_(staff_token("orders.read")).get(path).status == 403
