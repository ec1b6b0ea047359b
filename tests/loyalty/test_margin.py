"""What an order leaves the shop is shown to staff, with every benefit taken off; buyers never see it."""

from __future__ import annotations

import json

import pytest

from chalicelib.mall.catalog.products.models import Product
from tests.harness import Client
from tests.loyalty.coupons.factories import give
from tests.loyalty.factories import Counter, staff
from tests.loyalty.points.factories import give as give_points
from tests.trade import factories


def costing(code: str, price: int, cost: int | None) -> Product:
    item = factories.product(code, price=price)
    item.skus[0].cost_amount = cost
    item.save()
    return item


def test_after_coupon_and_points_without_freight(counter: Counter, http: Client) -> None:
    quilt, towel = costing("quilt", 6000, 4000), costing("towel", 3000, 1000)
    give(counter.shopper.id, off_amount=1000, threshold_amount=0)
    give_points(counter.shopper.id, 500)
    order = counter.order(factories.line(quilt), factories.line(towel, 2), points="max")
    assert order["payable_amount"] - order["freight_amount"] == 12_000 - 1000 - 500
    shown = staff(http, "orders.read").get(f"/admin/orders/{order['number']}").ok()["order"]
    assert (shown["cost_amount"], shown["margin_amount"]) == (6000, 4500)
    assert "cost" not in json.dumps(order) + json.dumps(counter.preview(factories.line(quilt)))


@pytest.mark.parametrize("cost", [None, 0])
def test_a_cost_that_nobody_knows_is_no_zero(counter: Counter, http: Client, cost: int | None) -> None:
    known, other = costing("quilt", 6000, 4000), costing("towel", 3000, cost)
    order = counter.order(factories.line(known), factories.line(other))
    shown = staff(http, "orders.read").get(f"/admin/orders/{order['number']}").ok()["order"]
    assert (shown["cost_amount"], shown["margin_amount"]) == ((None, None) if cost is None else (4000, 5000))
