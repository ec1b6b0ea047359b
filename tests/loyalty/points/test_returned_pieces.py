"""Pieces of the points mall that are paid for and come back: who has them no more may have them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.loyalty.points.models import Exchanged, Item
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.factories import staff
from tests.loyalty.points.factories import buckets, give, require_sound
from tests.trade import factories
from tests.trade.after_sales.factories import Counter

Do = Callable[..., Any]


@pytest.fixture
def counter(http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners, drain: Do) -> Counter:
    return Counter(http, cloud, frozen, partners, drain)


def item(counter: Counter, sku_of: Any, **more: Any) -> str:
    named = {"product_id": sku_of.id, "sku_id": sku_of.skus[0].id}
    body = {"kind": "goods", "title": "积分换毛巾", "points": 500, "stock": 3, "active": True, **named, **more}
    return str(staff(counter.http, "points.write").post("/admin/points-items", json=body).ok()["id"])


def counted(item_id: str, member_id: str) -> tuple[int, int]:
    """Left of the item, and had by the member."""
    stored, had = Item.find("mall", item_id), Exchanged.find(member_id, item_id)
    assert stored is not None
    assert had is not None
    return stored.stock, had.quantity


def test_what_never_left(counter: Counter) -> None:
    me, towel = counter.shopper.id, factories.product("towel", price=3000)
    made = item(counter, towel, amount=900, per_member_limit=2)
    give(me, 1000)
    order = counter.pay(counter.place_of([towel], [2], points_item=made).id)
    assert counted(made, me) == (1, 2)
    counter.refund(order, (0, 1)).ok()
    counter.settle()
    assert (counted(made, me), buckets(me)) == ((2, 1), {"2027-11": 500})
    counter.refund(order, (0, 1)).ok()
    counter.settle()
    assert (counted(made, me), buckets(me)) == ((3, 0), {"2027-11": 1000})
    require_sound(me)


def test_an_item_that_staff_have_edited_since(counter: Counter) -> None:
    """The order says which of its pieces were exchanged, and not what the item is today."""
    me, towel, quilt = counter.shopper.id, factories.product("towel", price=3000), factories.product("quilt")
    made = item(counter, towel, amount=900)
    give(me, 500)
    order = counter.pay(counter.place_of([towel], [1], points_item=made).id)
    stored = Item.find("mall", made)
    assert stored is not None
    stored.update([Item.product_id.set(quilt.id), Item.sku_id.set(quilt.skus[0].id)])
    counter.refund(order, (0, 1)).ok()
    counter.settle()
    assert buckets(me) == {"2027-11": 500}


def test_what_costs_as_much_in_money(counter: Counter) -> None:
    me, towel = counter.shopper.id, factories.product("towel", price=900)
    made = item(counter, towel, amount=900)
    give(me, 500)
    order = counter.pay(counter.place_of([towel], [1], points_item=made).id)
    counter.refund(order, (0, 1)).ok()
    counter.settle()
    assert (counted(made, me), buckets(me)) == ((3, 0), {"2027-11": 500})


@pytest.mark.parametrize(("kind", "after"), [("exchange", (2, 1)), ("return_and_refund", (3, 0))])
def test_what_left_and_came_back(counter: Counter, kind: str, after: tuple[int, int]) -> None:
    """Others can have it, and so can the member; but in an exchange another piece takes its place."""
    me, towel = counter.shopper.id, factories.product("towel", price=3000)
    made = item(counter, towel, amount=900)
    give(me, 500)
    order = counter.pay(counter.place_of([towel], [1], points_item=made).id)
    counter.ship(order).ok()
    assert counted(made, me) == (2, 1)
    sale = counter.returned(order, (0, 1), kind=kind)
    counter.decide(sale, "inspect").ok()
    counter.settle()
    assert counted(made, me) == after
    require_sound(me)


def test_an_exchange_that_ends_in_a_refund(counter: Counter) -> None:
    me, towel = counter.shopper.id, factories.product("towel", price=3000)
    made = item(counter, towel, amount=900, per_member_limit=1)
    give(me, 500)
    order = counter.pay(counter.place_of([towel], [1], points_item=made).id)
    counter.ship(order).ok()
    changed = counter.returned(order, (0, 1), kind="exchange")
    counter.decide(changed, "inspect").ok()
    counter.settle()
    assert counted(made, me) == (2, 1)  # another piece takes its place
    counter.decide(changed, "refund-instead", reason="仓库找不到").ok()
    counter.settle()
    assert (counted(made, me), buckets(me)) == ((3, 0), {"2027-11": 500})
    require_sound(me)
