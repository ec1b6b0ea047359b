"""What nobody fetches in time: once, by the clock, by the rule; money, stock and order agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from chalicelib.core import outbox
from chalicelib.core.events import Event
from chalicelib.core.settings import settings
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.events import EntitlementLapsed
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus, Expiry
from chalicelib.trade.orders.events import UnitsRefunded
from chalicelib.trade.orders.models import Order, OrderStatus
from tests.harness import Cloud
from tests.trade.fulfillment.entitlements.conftest import Counter
from tests.trade.fulfillment.entitlements.factories import NEAR, available
from tests.trade.payments.factories import now_of, payments, refunds


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shop keeps the money."""
    monkeypatch.setenv("SIYU_PICKUP_EXPIRY", "keep")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_at_the_very_moment_the_code_is_refused_before_any_sweep(counter: Counter, cloud: Cloud) -> None:
    _, found = counter.ready()
    assert found.expires_at - found.opened_at == timedelta(days=7)
    counter.clock.set(found.expires_at - timedelta(milliseconds=1))  # a request takes one
    staff = counter.staff(NEAR)
    with cloud.unchanged():
        assert counter.verify(staff, found.code).code == "entitlement_expired"


def test_until_then_it_is_good(counter: Counter) -> None:
    _, found = counter.ready()
    counter.clock.set(found.expires_at - timedelta(milliseconds=2))
    assert counter.verify(counter.staff(NEAR), found.code).status == 201


def test_nothing_was_fetched_all_goes_back(counter: Counter, announced: list[Event]) -> None:
    order, found = counter.ready()
    counter.pass_time(days=8)
    order = now_of(order)
    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELED, "超时未取，自动退款")
    assert counter.of(order).status is EntitlementStatus.EXPIRED
    assert [each.amount for each in refunds(order)] == [9900]
    assert (available("sku_1"), available("sku_2")) == (102, 101)
    assert [each.pieces for each in announced if isinstance(each, EntitlementLapsed)] == [3]
    assert counter.verify(counter.staff(NEAR), found.code).code == "entitlement_canceled"


def test_some_was_fetched_the_rest_goes_back_to_the_fen(counter: Counter, announced: list[Event]) -> None:
    order, found = counter.ready()
    counter.verify(counter.staff(NEAR), found.code, (0, 1)).ok()
    counter.pass_time(days=8)
    order = now_of(order)
    assert order.status is OrderStatus.COMPLETED
    assert order.refunded_units == {"0": 1, "1": 1}
    # 60.01 for two pieces: the first one that goes back costs 30.01.
    assert [each.amount for each in refunds(order)] == [3001 + 3899]
    assert (available("sku_1"), available("sku_2")) == (101, 101)
    assert [each.units for each in announced if isinstance(each, UnitsRefunded)] == [{"0": 1, "1": 1}]


def test_the_rule_to_keep(counter: Counter, keep: None) -> None:
    order, found = counter.ready()
    assert found.expiry is Expiry.KEEP
    counter.pass_time(days=8)
    assert (now_of(order).status, refunds(order)) == (OrderStatus.COMPLETED, [])
    assert counter.of(order).status is EntitlementStatus.EXPIRED
    assert available("sku_1") == 100


def test_a_rule_that_changes_later_changes_no_promise(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    order, _ = counter.ready()
    monkeypatch.setenv("SIYU_PICKUP_EXPIRY", "keep")
    settings.cache_clear()
    counter.pass_time(days=8)
    assert [each.amount for each in refunds(order)] == [9900]
    settings.cache_clear()


def test_the_deadline_twice_is_one_end(counter: Counter) -> None:
    order, _ = counter.ready()
    kept = [each for each in outbox.OutboxItem.scan() if each.kind == "CloseEntitlement"]
    counter.pass_time(days=8)
    for each in kept:
        outbox.send([each])
    counter.drain(twice=True)
    (payment,) = payments(order)
    assert (len(refunds(order)), payment.refunded_amount, available("sku_1")) == (1, 9900, 102)


def test_more_time_by_staff(counter: Counter, cloud: Cloud) -> None:
    order, found = counter.ready()
    counter.pass_time(days=6)
    staff = counter.staff(NEAR)
    path = f"/admin/orders/{order.number}/entitlements"
    (seen,) = staff.get(path).ok()["items"]
    until = (found.expires_at + timedelta(days=3)).isoformat()
    body = {"entitlement_id": found.id, "expires_at": until, "version": seen["version"]}
    longer, stranger = staff.post(path, json=body).ok(), counter.staff("sto_far")
    assert longer["version"] == seen["version"] + 1
    with cloud.unchanged():
        assert staff.post(path, json=body).code == "entitlement_changed"
        again = {**body, "version": longer["version"]}
        assert staff.post(path, json=again).code == "expiry_in_past"
        far = {**again, "expires_at": (found.expires_at + timedelta(days=400)).isoformat()}
        assert staff.post(path, json=far).code == "expiry_in_past"
        assert stranger.post(path, json=body).code == "wrong_store"
    counter.pass_time(days=2)
    assert counter.of(order).status is EntitlementStatus.OPEN
    counter.verify(counter.staff(NEAR), found.code).ok()
    counter.pass_time(days=5)
    assert (now_of(order).status, refunds(order)) == (OrderStatus.COMPLETED, [])


def test_lists_of_the_store(counter: Counter) -> None:
    first, _ = counter.ready()
    counter.clock.move(hours=1)
    second, _ = counter.ready()
    query = {"store_id": NEAR, "limit": 1}
    page = counter.staff(NEAR).get("/admin/entitlements", query=query).ok()
    assert [each["order_number"] for each in page["items"]] == [first.number]
    rest = counter.staff(NEAR).get("/admin/entitlements", query={**query, "cursor": page["cursor"]}).ok()
    assert [each["order_number"] for each in rest["items"]] == [second.number]
    counter.pass_time(days=8)
    expired = counter.staff(NEAR).get("/admin/entitlements", query={"store_id": NEAR, "status": "expired"}).ok()
    assert {each["order_number"] for each in expired["items"]} == {first.number, second.number}
    assert counter.staff(NEAR).get("/admin/entitlements", query={"store_id": NEAR}).ok()["items"] == []


def test_fetched_while_it_ends_one_of_them_wins(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the till is a moment behind: the version decides."""
    order, found = counter.ready()
    voided, did = service.voided, list[bool]()

    def meanwhile(at: Order, of: Sequence[Entitlement]) -> set[str]:
        if not did:  # what ends it has read it
            did.append(True)
            now = counter.clock.at
            counter.clock.set(found.expires_at - timedelta(seconds=1))
            counter.verify(counter.staff(NEAR), found.code).ok()
            counter.clock.set(now)
        return voided(at, of)

    monkeypatch.setattr(service, "voided", meanwhile)
    counter.clock.set(found.expires_at + timedelta(minutes=1))
    counter.desk.send_due()
    counter.drain(redeliver=True)
    assert (now_of(order).status, refunds(order)) == (OrderStatus.COMPLETED, [])
    assert counter.of(order).status is EntitlementStatus.USED
