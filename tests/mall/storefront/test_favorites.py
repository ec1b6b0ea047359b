"""Favorites: the list, the number of a product, and what happens to them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product, ProductStatus
from chalicelib.mall.identity.members.events import MembersMerged
from chalicelib.mall.storefront.favorites.models import Favorite, FavoriteCount
from tests.harness import Client, Cloud, MovableClock
from tests.trade.factories import Shopper, product, shopper

Do = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("frozen")


def like(http: Client, buyer: Shopper, item: Product) -> dict[str, Any]:
    found: dict[str, Any] = http.as_(buyer.token).put(f"/me/favorites/{item.id}").ok()
    return found


def number(item: Product) -> int:
    return sum(row.members for row in FavoriteCount.query(item.id, consistent_read=True))


def test_a_story(http: Client, frozen: MovableClock) -> None:
    one, two, quilt, pan = shopper("one"), shopper("two"), product("quilt"), product("pan")
    assert like(http, one, quilt) == {"favorite": True, "count": 1}
    like(http, one, pan)
    assert like(http, two, quilt) == {"favorite": True, "count": 2}
    mine = http.as_(one.token).get("/me/favorites").ok()["items"]
    assert [each["product"]["id"] for each in mine] == [pan.id, quilt.id]
    assert mine[0]["product"]["on_sale"]
    assert http.as_(one.token).get(f"/me/favorites/{quilt.id}").ok() == {"favorite": True, "count": 2}
    assert http.as_(one.token).delete(f"/me/favorites/{quilt.id}").ok() == {"favorite": False, "count": 1}
    assert [each["product"]["id"] for each in http.as_(one.token).get("/me/favorites").ok()["items"]] == [pan.id]


def test_twice_is_once(http: Client, cloud: Cloud) -> None:
    buyer, item = shopper(), product()
    like(http, buyer, item)
    with cloud.unchanged():
        like(http, buyer, item)
    http.as_(buyer.token).delete(f"/me/favorites/{item.id}").ok()
    with cloud.unchanged():
        assert http.as_(buyer.token).delete(f"/me/favorites/{item.id}").ok()["count"] == 0


@pytest.mark.dynoxide
def test_many_taps_at_once_count_once(http: Client) -> None:
    buyer, item = shopper(), product()
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: http.as_(buyer.token).put(f"/me/favorites/{item.id}").status, range(4)))
    assert set(replies) <= {200, 409}
    assert number(item) == 1


def test_what_is_no_product(http: Client, cloud: Cloud) -> None:
    buyer = shopper()
    with cloud.unchanged():
        assert http.as_(buyer.token).put("/me/favorites/prd_none").code == "product_not_found"


def test_pages_and_products_that_changed(http: Client) -> None:
    buyer, items = shopper(), [product(f"p{each}") for each in range(3)]
    for each in items:
        like(http, buyer, each)
    items[2].status = ProductStatus.UNLISTED
    items[2].save()
    items[1].delete()
    first = http.as_(buyer.token).get("/me/favorites", query={"limit": 2}).ok()
    assert [(each["product"]["id"], each["product"]["on_sale"]) for each in first["items"]] == [(items[2].id, False)]
    rest = http.as_(buyer.token).get("/me/favorites", query={"limit": 2, "cursor": first["cursor"]}).ok()
    assert [each["product"]["id"] for each in rest["items"]] == [items[0].id]
    other = http.as_(shopper("two").token).get("/me/favorites", query={"cursor": first["cursor"]})
    assert other.status == 422


def test_a_closed_account_likes_nothing(http: Client, drain: Do) -> None:
    buyer, item = shopper(), product()
    like(http, buyer, item)
    http.as_(buyer.token).delete("/me", query={"confirm": True}).ok()
    drain(twice=True)
    assert (number(item), list(Favorite.query(buyer.id))) == (0, [])
    assert http.as_(buyer.token).put(f"/me/favorites/{item.id}").status == 401
    assert number(item) == 0


def test_two_accounts_become_one(http: Client, drain: Do) -> None:
    one, two, both, only = shopper("one"), shopper("two"), product("both"), product("only")
    for buyer, item in ((one, both), (two, both), (two, only)):
        like(http, buyer, item)
    with Transaction() as tx:
        tx.emit(MembersMerged(member_id=one.id, from_member_id=two.id))
    drain(twice=True)
    assert {each.product_id for each in Favorite.query(one.id)} == {both.id, only.id}
    assert list(Favorite.query(two.id)) == []
    assert (number(both), number(only)) == (1, 1)


def test_the_copy_of_personal_data_has_them(http: Client) -> None:
    buyer, item = shopper(), product()
    like(http, buyer, item)
    parts = http.as_(buyer.token).get("/me/export").ok()["parts"]
    assert [each["product_id"] for each in parts["favorites"]] == [item.id]
