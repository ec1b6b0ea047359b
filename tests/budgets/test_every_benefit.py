"""An order with a member price, a coupon and points, partly paid by the wallet: no round trip more than without."""

from __future__ import annotations

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service as points
from infra.local.partners import Partners
from tests.bench.meter import metered
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons.factories import give as give_coupon
from tests.loyalty.membership.factories import give as give_growth
from tests.loyalty.membership.factories import ladder
from tests.loyalty.wallet.factories import fill
from tests.trade import factories

pytestmark = pytest.mark.usefixtures("stored_value")


def test_no_round_trip_more(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners) -> None:
    shopper = factories.shopper()
    buyer = http.as_(shopper.token)
    ladder(benefits={"gold": {"discount_bps": 9_000}})
    give_growth(shopper.id, 1_000)
    give_coupon(shopper.id, threshold_amount=0, off_amount=500)
    with Transaction() as tx:
        points.earn(tx, shopper.id, "gift", "1", 300)
    fill(shopper.id, 5_000)
    line = factories.line(factories.product(price=10_000))
    ask = {"lines": [line], "address_id": shopper.address_id, "options": {"points": "max"}}
    quote = buyer.post("/checkout/preview", json=ask).ok()
    assert {each["kind"] for each in quote["adjustments"]} >= {"member_price", "coupon", "points"}
    body = {**ask, "expected_payable_amount": quote["payable_amount"]}
    with metered() as placing:
        order = buyer.post("/orders", json=body, key="order-0001").ok()
    assert (placing.reads, placing.transactions) == (2, 1), placing.text()
    part = {"parts": [{"tender": "wallet", "amount": 4_000}]}
    with metered() as paying:
        paid = buyer.post(f"/orders/{order['id']}/pay", json=part).ok()
    assert (paid["parts"][0]["amount"], paying.transactions) == (4_000, 1), paying.text()
