"""What waits in a store: not held, but looked at in the moment that refunds it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus
from chalicelib.trade.orders.models import Order, OrderStatus, PickupPlace
from tests.harness import Reply
from tests.loyalty.wallet import factories as wallet
from tests.mall.stores.factories import store
from tests.trade import factories
from tests.trade.after_sales.factories import Counter, refunded
from tests.trade.fulfillment.entitlements.factories import clerk
from tests.trade.payments.factories import now_of


def fetch(counter: Counter, found: Entitlement, pieces: int) -> Reply:
    store = counter.http.as_(clerk("sto_near", permissions=("pickup.verify", "pickup.read")))
    body: dict[str, Any] = {"verification_code": found.code, "lines": [{"line": 0, "quantity": pieces}]}
    reply = store.post("/admin/verifications", json=body, key=counter.tap())
    counter.drain()
    return reply


def test_nothing_was_fetched_and_everything_is_refunded(counter: Counter) -> None:
    order, found = counter.fetched((20_000, 2))
    sale = counter.apply(order, (0, 2))
    counter.agree(sale)
    counter.settle()
    assert (refunded(order), counter.available()) == (40_000, 10)
    stored = Entitlement.find(order.id, found.id)
    assert stored is not None
    assert (now_of(order).status, stored.status) == (OrderStatus.CANCELED, EntitlementStatus.CANCELED)
    assert fetch(counter, found, 1).code == "entitlement_canceled"


def test_one_is_fetched_while_both_are_asked_for(counter: Counter) -> None:
    order, found = counter.fetched((20_000, 2))
    sale = counter.apply(order, (0, 2))
    assert counter.try_apply(order, (0, 1), kind="return_and_refund").code == "pieces_not_there"
    fetch(counter, found, 1).ok()
    counter.agree(sale)
    counter.settle()
    assert (refunded(order), counter.available()) == (40_000, 9)
    assert now_of(order).status in (OrderStatus.SHIPPED, OrderStatus.COMPLETED)
    assert fetch(counter, found, 1).code in ("entitlement_used", "entitlement_canceled")


def test_one_is_fetched_and_brought_back_and_the_other_still_waits(counter: Counter) -> None:
    """What was brought back is refunded once, and is not taken off what is still to be fetched."""
    order, found = counter.fetched((20_000, 2))
    fetch(counter, found, 1).ok()
    sale = counter.returned(order, (0, 1))
    not_to_sell = {"line": 0, "accepted": 1, "sellable": 0}
    counter.decide(sale, "inspect", pieces=[not_to_sell], note="破损").ok()
    counter.settle()
    assert (refunded(order), counter.available(), now_of(order).status) == (20_000, 8, OrderStatus.PROCESSING)
    (seen,) = counter.buyer.get(f"/orders/{order.id}/entitlements").ok()["items"]
    assert [(each["taken"], each["returned"], each["left"]) for each in seen["lines"]] == [(1, 1, 1)]
    assert fetch(counter, found, 2).code == "more_than_left"
    fetch(counter, found, 1).ok()
    assert now_of(order).status is OrderStatus.COMPLETED
    assert fetch(counter, found, 1).code == "entitlement_used"
    last = counter.returned(order, (0, 1))
    counter.decide(last, "inspect").ok()
    counter.settle()
    assert (refunded(order), counter.available()) == (40_000, 9)


def test_one_is_brought_back_and_nobody_fetches_the_other(counter: Counter) -> None:
    order, found = counter.fetched((20_000, 2))
    fetch(counter, found, 1).ok()
    counter.decide(counter.returned(order, (0, 1)), "inspect").ok()
    counter.settle()
    counter.wait(days=8)
    counter.settle()
    assert (refunded(order), counter.available(), now_of(order).status) == (40_000, 10, OrderStatus.COMPLETED)


def test_one_is_brought_back_and_the_other_refunded_before_it_is_fetched(counter: Counter) -> None:
    order, found = counter.fetched((20_000, 2))
    fetch(counter, found, 1).ok()
    counter.decide(counter.returned(order, (0, 1)), "inspect").ok()
    counter.settle()
    counter.agree(counter.apply(order, (0, 1)))
    counter.settle()
    assert (refunded(order), counter.available(), now_of(order).status) == (40_000, 10, OrderStatus.COMPLETED)
    assert fetch(counter, found, 1).code == "entitlement_used"


def test_two_come_back_of_whom_only_one_was_fetched(counter: Counter) -> None:
    """However returns and fetching mix, no piece is refunded twice and none is fetched that was refunded."""
    order, found = counter.fetched((20_000, 3))
    fetch(counter, found, 1).ok()
    for sale in [counter.returned(order, (0, 1)) for _ in range(2)]:
        counter.decide(sale, "inspect").ok()
        counter.settle()
    assert refunded(order) == 40_000
    assert counter.try_apply(order, (0, 1), kind="return_and_refund").code == "pieces_not_there"
    fetch(counter, found, 1).ok()
    assert fetch(counter, found, 1).code == "entitlement_used"
    assert (now_of(order).status, counter.available()) == (OrderStatus.COMPLETED, 9)


def test_what_was_brought_back_is_not_looked_at_in_time(counter: Counter) -> None:
    """Time accepts it; the other piece still waits."""
    order, found = counter.fetched((20_000, 2))
    fetch(counter, found, 1).ok()
    sale = counter.returned(order, (0, 1))
    counter.decide(sale, "receive").ok()
    counter.wait(days=3, minutes=5)
    counter.settle()
    assert (counter.status(sale), refunded(order), counter.available()) == (Status.REFUNDED, 20_000, 8)
    assert fetch(counter, found, 1).ok()["entitlement"]["status"] == "used"


def test_it_is_brought_back_to_where_it_was_fetched(counter: Counter) -> None:
    made = counter.http.as_(factories.staff_token("stores.read", "stores.write"))
    store_id = made.post("/admin/stores", json=store("徐家汇店")).ok()["id"]
    order, found = counter.fetched((20_000, 1))
    order.update([Order.place.set(PickupPlace(store_id=store_id, name="徐家汇店", phone="021-62000000"))])
    fetch(counter, found, 1).ok()
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    assert counter.agree(sale)["return_to"]["name"] == "徐家汇店"


def test_time_was_over_first(counter: Counter) -> None:
    """The order gave the money back by itself: what is agreed to afterwards gives nothing more."""
    order, _ = counter.fetched((20_000, 2))
    counter.wait(days=6, hours=20)
    sale = counter.apply(order, (0, 1))
    counter.wait(hours=10)
    counter.settle()
    assert (refunded(order), now_of(order).status) == (40_000, OrderStatus.CANCELED)
    assert counter.agree(sale)["status"] == "closed"
    counter.settle()
    assert (counter.status(sale), refunded(order), counter.available()) == (Status.CLOSED, 40_000, 10)


@pytest.mark.parametrize("fetched", [0, 1])
def test_what_nobody_fetched_in_time_goes_back_to_each_that_paid(counter: Counter, fetched: int) -> None:
    """By whoever acts when the time is over: to the wallet what the wallet paid."""
    wallet.fill(counter.shopper.id, 3_000, 1_000)
    order, found = counter.fetched((10_000, 2), parts=[{"tender": "wallet", "amount": 4_000}])
    if fetched:
        fetch(counter, found, fetched).ok()
    counter.wait(days=8)
    counter.settle()
    back = 20_000 - 10_000 * fetched
    assert refunded(order) == back
    assert (sum(wallet.buckets(counter.shopper.id)), counter.back_by_wechat()) == (back // 5, back - back // 5)
    wallet.require_sound(counter.shopper.id)
