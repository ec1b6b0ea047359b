"""The browse history: each product once, newest first, cheap to write, bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.events import MembersMerged
from chalicelib.mall.storefront.history import service
from chalicelib.mall.storefront.history.models import BrowseHistory
from tests.harness import Client, Cloud, MovableClock
from tests.trade.factories import Shopper, product, shopper

Do = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("frozen")


def look(http: Client, buyer: Shopper, *items: Product) -> None:
    for each in items:
        assert http.as_(buyer.token).post("/me/history", json={"product_id": each.id}).status == 204


def seen(http: Client, buyer: Shopper) -> list[str]:
    return [each["product"]["id"] for each in http.as_(buyer.token).get("/me/history").ok()["items"]]


def test_each_product_once_newest_first(http: Client, frozen: MovableClock) -> None:
    buyer, one, two = shopper(), product("one"), product("two")
    look(http, buyer, one, two)
    assert seen(http, buyer) == [two.id, one.id]
    frozen.move(minutes=2)
    look(http, buyer, one)
    assert seen(http, buyer) == [one.id, two.id]


def test_again_within_a_minute_writes_nothing(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    buyer, item = shopper(), product()
    look(http, buyer, item)
    frozen.move(seconds=50)
    with cloud.unchanged():
        look(http, buyer, item)
    frozen.move(seconds=11)
    look(http, buyer, item)
    (row,) = BrowseHistory.query(buyer.id)
    assert (frozen.at - row.viewed_at).total_seconds() < 1


def test_what_is_no_product(http: Client, cloud: Cloud) -> None:
    buyer = http.as_(shopper().token)
    with cloud.unchanged():
        assert buyer.post("/me/history", json={"product_id": "prd_none"}).code == "product_not_found"
        assert buyer.post("/me/history", json={"product_id": "a b"}).status == 422
        assert buyer.post("/me/history", json={}).status == 422


def test_it_is_bounded(http: Client, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST", 3)
    buyer, items = shopper(), [product(f"p{each}") for each in range(5)]
    look(http, buyer, *items)
    assert seen(http, buyer) == [each.id for each in items[:1:-1]]
    assert len(list(BrowseHistory.query(buyer.id))) == 3


def test_it_is_forgotten_after_90_days(http: Client, frozen: MovableClock) -> None:
    buyer, item = shopper(), product()
    look(http, buyer, item)
    (row,) = BrowseHistory.query(buyer.id)
    assert row.expires_at == int((row.viewed_at + service.KEEP).timestamp())
    frozen.move(days=90)
    assert seen(http, buyer) == []


def test_clearing(http: Client) -> None:
    buyer, other, one, two = shopper("a"), shopper("b"), product("one"), product("two")
    look(http, buyer, one, two)
    look(http, other, one)
    assert http.as_(buyer.token).delete("/me/history", query={"product_id": one.id}).status == 204
    assert seen(http, buyer) == [two.id]
    assert http.as_(buyer.token).delete("/me/history").status == 204
    assert seen(http, buyer) == []
    assert seen(http, other) == [one.id]


def test_accounts_that_end(http: Client, frozen: MovableClock, drain: Do) -> None:
    one, two, both, only = shopper("one"), shopper("two"), product("both"), product("only")
    look(http, one, both)
    frozen.move(minutes=5)
    look(http, two, both, only)
    with Transaction() as tx:
        tx.emit(MembersMerged(member_id=one.id, from_member_id=two.id))
    drain(twice=True)
    assert seen(http, one) == [only.id, both.id]
    assert list(BrowseHistory.query(two.id)) == []
    parts = http.as_(one.token).get("/me/export").ok()["parts"]
    assert [each["product_id"] for each in parts["history"]] == [only.id, both.id]
    http.as_(one.token).delete("/me", query={"confirm": True}).ok()
    drain()
    assert list(BrowseHistory.query(one.id)) == []
