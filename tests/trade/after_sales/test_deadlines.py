"""Nobody acts: time does, for each side; and couriers have their word."""

from __future__ import annotations

import pytest

from chalicelib.core.settings import settings
from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.orders.models import OrderStatus
from infra.local.partners import Partners
from tests.loyalty.points import factories as points
from tests.loyalty.wallet import factories as wallet
from tests.mall.stores.factories import warehouse
from tests.trade.after_sales.factories import RETURN_TO, Counter, book, refunded, waybill
from tests.trade.payments.factories import now_of, staff_token


def silence(monkeypatch: pytest.MonkeyPatch, means: str) -> None:
    monkeypatch.setenv("SIYU_AFTER_SALE_SILENCE", means)
    settings.cache_clear()


def test_staff_are_silent_it_is_agreed(counter: Counter) -> None:
    order = counter.order((5_000, 2))
    sale = counter.apply(order, (0, 1))
    counter.wait(hours=47, minutes=55)
    assert counter.status(sale) is Status.REQUESTED
    counter.wait(minutes=10)
    counter.settle()
    assert (counter.status(sale), refunded(order)) == (Status.REFUNDED, 5_000)
    assert counter.sale(sale).steps[1].actor == "system"


def test_staff_are_silent_and_each_part_goes_back_where_it_came_from(counter: Counter) -> None:
    wallet.fill(counter.shopper.id, 3_000, 1_000)
    order = counter.order((5_000, 2), parts=[{"tender": "wallet", "amount": 4_000}])
    counter.apply(order, (0, 1))
    counter.wait(hours=48, minutes=5)
    counter.settle()
    assert (sum(wallet.buckets(counter.shopper.id)), counter.back_by_wechat()) == (2_000, 3_000)
    wallet.require_sound(counter.shopper.id)


def test_staff_are_silent_it_is_refused(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    silence(monkeypatch, "refuse")
    order = counter.order((5_000, 2))
    sale = counter.apply(order, (0, 1))
    counter.wait(hours=48, minutes=5)
    assert (counter.status(sale), book(order)) == (Status.REFUSED, {})
    counter.say(sale, "appeal", reason="没人理我").ok()
    counter.wait(hours=48, minutes=5)
    assert (counter.status(sale), refunded(order)) == (Status.REJECTED, 0)


def test_staff_are_silent_and_are_waited_for(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    silence(monkeypatch, "wait")
    sale = counter.apply(counter.order((5_000, 2)), (0, 1))
    counter.wait(hours=48, minutes=5)
    assert (counter.status(sale), counter.sale(sale).overdue_at is not None) == (Status.REQUESTED, True)
    found = counter.staff.get("/admin/after-sales", query={"status": "requested", "overdue": "true"}).ok()["items"]
    assert [each["id"] for each in found] == [sale["id"]]
    counter.agree(sale)
    assert counter.sale(sale).overdue_at is None


def test_a_return_without_an_address_waits_for_staff(counter: Counter) -> None:
    sale = counter.apply(counter.shipped((5_000, 1)), (0, 1), kind="return_and_refund")
    counter.wait(hours=48, minutes=5)
    assert (counter.status(sale), counter.sale(sale).overdue_at is not None) == (Status.REQUESTED, True)


def test_a_return_is_agreed_to_by_time_with_the_address_of_its_place(counter: Counter) -> None:
    made = counter.http.as_(staff_token("stores.read", "stores.write"))
    made.post("/admin/stores", json=warehouse("售后仓")).ok()
    sale = counter.apply(counter.shipped((5_000, 1)), (0, 1), kind="return_and_refund")
    counter.wait(hours=48, minutes=5)
    stored = counter.sale(sale)
    assert (stored.status, stored.return_to and stored.return_to.name) == (Status.RETURNING, "售后仓")


def test_nothing_is_sent_back_to_a_place_that_is_closed(counter: Counter) -> None:
    made = counter.http.as_(staff_token("stores.read", "stores.write"))
    first, other = (made.post("/admin/stores", json=warehouse(name)).ok() for name in ("售后仓", "新仓"))
    sale = counter.apply(counter.shipped((5_000, 1)), (0, 1), kind="return_and_refund")
    made.put("/admin/stores/default-origin", json={"store_id": other["id"]}).ok()
    closed = {
        **warehouse("售后仓"),
        "active": False,
        "version": made.get(f"/admin/stores/{first['id']}").ok()["version"],
    }
    made.put(f"/admin/stores/{first['id']}", json=closed).ok()
    with counter.cloud.unchanged():
        assert counter.decide(sale, "agree").code == "no_return_address"
    counter.wait(hours=48, minutes=5)
    assert (counter.status(sale), counter.sale(sale).overdue_at is not None) == (Status.REQUESTED, True)


def test_the_buyer_does_not_send_it_is_closed(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.agree(sale, return_to=RETURN_TO)
    counter.wait(days=7, minutes=5)
    assert (counter.status(sale), book(order), refunded(order)) == (Status.CLOSED, {}, 0)
    day = counter.sale(sale).status_day.partition("#")[2]
    found = counter.staff.get("/admin/after-sales", query={"status": "closed", "day": day}).ok()["items"]
    assert [each["id"] for each in found] == [sale["id"]]


def test_a_number_that_nobody_knows_brings_no_money_by_itself(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1))
    counter.wait(days=10, minutes=5)
    counter.wait(days=15)
    assert (counter.status(sale), refunded(order)) == (Status.SENT, 0)
    assert counter.sale(sale).overdue_at is not None


def test_received_and_not_looked_at_it_is_refunded_but_not_sold_again(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1))
    counter.decide(sale, "receive").ok()
    counter.wait(days=3, minutes=5)
    counter.settle()
    assert (counter.status(sale), refunded(order), counter.available()) == (Status.REFUNDED, 5_000, 9)


def test_an_exchange_is_not_looked_at(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1), kind="exchange")
    counter.decide(sale, "receive").ok()
    counter.wait(days=3, minutes=5)
    assert (counter.status(sale), counter.available()) == (Status.REPLACING, 8)
    counter.wait(days=2, minutes=5)
    assert counter.sale(sale).overdue_at is not None


def watched(partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    """Couriers tell of parcels."""
    for name, value in partners.settings_environment().items():
        if name.startswith("SIYU_KUAIDI100_"):
            monkeypatch.setenv(name, value)
    settings.cache_clear()


def test_a_number_that_was_signed_for_long_ago_brings_no_money_by_itself(
    counter: Counter, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's parcel: it arrived before anybody had agreed to a return."""
    watched(partners, monkeypatch)
    order = counter.shipped((5_000, 1))
    old = waybill(4_711)
    partners.kuaidi100.move(old["tracking_number"], state="signed", company="shunfeng")
    counter.clock.move(days=1)
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.agree(sale, return_to=RETURN_TO)
    counter.say(sale, "send-back", **old).ok()
    counter.drain()
    partners.kuaidi100.callbacks.deliver_due()
    counter.wait(days=30)
    counter.settle()
    assert (counter.status(sale), refunded(order)) == (Status.SENT, 0)
    assert "运单在同意退货之前已签收，请与买家核实" in [step.text for step in counter.sale(sale).steps]
    assert counter.sale(sale).overdue_at is not None


def test_the_courier_says_that_it_is_back(
    counter: Counter, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(partners, monkeypatch)
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1))
    counter.drain()
    number = counter.sale(sale).sent_back.tracking_number  # type: ignore[union-attr]
    for state, text in (("collected", "已揽收"), ("signed", "已签收")):
        counter.clock.move(hours=5)
        partners.kuaidi100.move(number, state=state, text=text)
        partners.kuaidi100.callbacks.deliver_due()
        counter.drain()
    assert counter.status(sale) is Status.RECEIVED
    ways = counter.buyer.get(f"/after-sales/{sale['id']}/tracks").ok()["items"]
    assert ways[0]["status"] == "delivered"
    counter.wait(days=3, minutes=5)
    counter.settle()
    assert (counter.status(sale), refunded(order)) == (Status.REFUNDED, 5_000)


def test_a_deadline_of_an_earlier_status_does_nothing(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.wait(hours=47)
    counter.agree(sale, return_to=RETURN_TO)
    counter.wait(hours=2, twice=True)
    assert counter.status(sale) is Status.RETURNING


def test_an_order_is_not_completed_by_time_while_it_has_an_after_sale(counter: Counter) -> None:
    """Of a parcel that nobody ever heard of, time decides after 30 days; here the after-sale ends on the 35th."""
    order = counter.shipped((5_000, 2))
    counter.wait(days=28)
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.agree(sale, return_to=RETURN_TO)
    counter.wait(days=6)
    now = now_of(order)
    assert (now.status, now.complete_by > counter.clock.at) == (OrderStatus.SHIPPED, True)  # type: ignore[operator]
    counter.wait(days=3)
    assert (counter.status(sale), now_of(order).status) == (Status.CLOSED, OrderStatus.COMPLETED)


def test_the_buyer_may_still_say_that_it_is_complete(counter: Counter) -> None:
    order = counter.shipped((5_000, 2))
    sale = counter.returned(order, (0, 1))
    assert counter.complete(order).status is OrderStatus.COMPLETED
    counter.decide(sale, "inspect").ok()
    counter.settle()
    assert (counter.status(sale), refunded(order)) == (Status.REFUNDED, 5_000)


def test_points_are_not_free_before_it_is_decided(counter: Counter) -> None:
    """What is taken back is still there, and the rest is free a day after it."""
    points.rules(freeze_days=7)
    me = counter.shopper.id
    order = counter.shipped((50_000, 2))
    counter.complete(order)
    earned = points.posted(me, "earned", order.id)
    counter.wait(days=6)
    sale = counter.returned(order, (0, 1))
    counter.wait(days=3)
    assert points.buckets(me) == {"frozen": earned}
    counter.decide(sale, "inspect").ok()
    counter.settle()
    assert points.buckets(me) == {"frozen": earned // 2}
    counter.wait(days=1)
    assert points.buckets(me) == {"2027-12": earned // 2}
