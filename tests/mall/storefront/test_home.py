"""The first screen: other routes' answers side by side, and what may be kept of the shop window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.products.models import Product, ProductStatus
from chalicelib.mall.storefront.searches import service as searches
from chalicelib.mall.storefront.searches.schemas import EditHotWords
from infra.local import faults
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories as catalog
from tests.mall.storefront.factories import buyer
from tests.trade.factories import shopper

Refresh = Callable[[], object]
PARTS = {"categories": "/categories", "products": "/products", "hot_words": "/products/hot-words"}


@pytest.fixture
def shop(http: Client, refresh: Refresh) -> list[Product]:
    """Three products, two categories, a hot word."""
    kitchen = catalog.category("餐厨")
    made = [catalog.product(name=f"毛巾 {number}", **catalog.plain(2_900)) for number in range(2)]
    made.append(catalog.product(name="珐琅锅", category_id=kitchen.id, **catalog.plain(49_900)))
    searches.edit_hot_words(EditHotWords(pinned=["毛巾"]))
    refresh()
    return made


def asked(client: Client, path: str, **query: Any) -> Any:
    return client.get(path, query=query).ok()


def test_each_part_is_what_its_own_route_answers(http: Client, shop: list[Product]) -> None:
    home = asked(http, "/home")
    assert {name: home[name] for name in PARTS} == {name: asked(http, path) for name, path in PARTS.items()}
    assert home["member"] is None
    assert len(home["products"]["items"]) == 3
    assert [each["term"] for each in home["hot_words"]["items"]] == ["毛巾"]


def test_its_cursor_goes_on_in_the_list(http: Client, shop: list[Product]) -> None:
    first = asked(http, "/home", limit=2)["products"]
    assert first == asked(http, "/products", limit=2)
    rest = asked(http, "/products", limit=2, cursor=first["cursor"])
    assert {each["id"] for each in [*first["items"], *rest["items"]]} == {each.id for each in shop}


def test_a_member_sees_who_they_are(http: Client, shop: list[Product], cloud: Cloud) -> None:
    me = buyer(http, shopper().id)
    with cloud.unchanged():
        home = asked(me, "/home")
    assert home["member"] == asked(me, "/me")
    assert home["products"] == asked(http, "/products")


def test_a_closed_member_logs_in_anew(http: Client, shop: list[Product]) -> None:
    reply = buyer(http, "mbr_nobody").get("/home")
    assert (reply.status, reply.code) == (401, "unauthorized")


@pytest.mark.parametrize("limit", ["0", "101", "x", ""])
def test_how_many_is_bounded(http: Client, limit: str) -> None:
    assert http.get("/home", query={"limit": limit}).status == 422


def test_it_costs_one_read_and_one_more_for_a_member(http: Client, shop: list[Product]) -> None:
    me = buyer(http, shopper().id)
    asked(http, "/home")
    for client, reads in ((http, 1), (me, 2)):
        with faults.watched() as watch:
            asked(client, "/home")
        assert watch.steps == ["dynamodb GetItem"] * reads


def test_a_mall_without_anything_answers(http: Client) -> None:
    home = asked(http, "/home")
    assert (home["categories"]["items"], home["products"]["items"], home["hot_words"]["items"]) == ([], [], [])


class TestKept:
    @pytest.mark.parametrize("path", ["/home", "/products", "/products/suggestions?prefix=x", "/categories"])
    def test_asked_again_nothing_is_sent(self, http: Client, shop: list[Product], path: str) -> None:
        tag = http.get(path).headers["etag"]
        assert http.get(path, headers={"If-None-Match": tag}).status == 304

    def test_a_sale_or_a_price_shows_in_the_product_s_tag(self, http: Client, shop: list[Product]) -> None:
        path = f"/products/{shop[0].id}"
        first = http.get(path)
        assert first.headers["cache-control"] == "public, max-age=10"
        editing.set_status(shop[0].id, ProductStatus.UNLISTED)
        gone = http.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (gone.status, gone.headers["cache-control"]) == (404, "no-store")

    def test_a_change_shows_in_the_list_s_tag(
        self, http: Client, shop: list[Product], refresh: Refresh, frozen: MovableClock
    ) -> None:
        known = {path: http.get(path).headers["etag"] for path in ("/home", "/products")}
        editing.set_status(shop[0].id, ProductStatus.UNLISTED)
        refresh()
        for path, tag in known.items():
            assert http.get(path, headers={"If-None-Match": tag}).status == 200
