"""What waits in a store: not held, but looked at in the moment that refunds it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus
from chalicelib.trade.orders.models import OrderStatus
from tests.harness import Reply
from tests.loyalty.wallet import factories as wallet
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
