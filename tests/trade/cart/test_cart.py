"""The cart shows today's truth and refuses what can not be ordered."""

from __future__ import annotations

import pytest

from chalicelib.mall.catalog.products.models import Product, ProductStatus
from tests.trade import factories


@pytest.fixture
def buyer(cloud, frozen, http):
    return http.as_(factories.shopper().token)


def test_adding_the_same_sku_twice_is_one_line(buyer):
    quilt = factories.product()
    assert buyer.post("/cart/items", json=factories.line(quilt, 2)).ok() == {"line_count": 1, "quantity": 2}
    assert buyer.post("/cart/items", json=factories.line(quilt, 3)).ok() == {"line_count": 1, "quantity": 5}
    cart = buyer.get("/cart").ok()
    assert [(each["quantity"], each["selected"], each["trouble"]) for each in cart["items"]] == [(5, True, None)]
    assert cart["selected_goods_amount"] == 5 * 5000
    assert cart["items"][0]["spec"] == "颜色:白"


def test_lines_show_todays_price_and_what_it_was(buyer):
    quilt = factories.product(price=5000)
    buyer.post("/cart/items", json=factories.line(quilt)).ok()
    factories_sku = quilt.skus[0].model_copy(update={"price_amount": 4500})
    Product(id=quilt.id).update([Product.skus.set([factories_sku])])
    shown = buyer.get("/cart").ok()["items"][0]
    assert (shown["unit_amount"], shown["seen_amount"]) == (4500, 5000)


@pytest.mark.parametrize(
    ("stock", "more", "quantity", "reason"),
    [
        (0, {}, 1, "out_of_stock"),
        (3, {}, 4, "insufficient_stock"),
        (9, {"per_order_max": 2}, 3, "over_order_limit"),
        (9, {"status": ProductStatus.UNLISTED}, 1, "unlisted"),
    ],
)
def test_what_can_not_be_ordered_does_not_go_in(cloud, buyer, stock, more, quantity, reason):
    quilt = factories.product(stock=stock)
    if more:
        Product(id=quilt.id).update([getattr(Product, name).set(value) for name, value in more.items()])
    with cloud.unchanged():
        reply = buyer.post("/cart/items", json=factories.line(quilt, quantity))
    assert (reply.status, reply.code, reply.json["details"]["reason"]) == (409, "cart_line_refused", reason)


def test_unknown_product_and_unknown_sku(cloud, buyer):
    quilt = factories.product()
    with cloud.unchanged():
        gone = buyer.post("/cart/items", json={"product_id": "prd_x", "sku_id": "sku_x"})
        odd = buyer.post("/cart/items", json={"product_id": quilt.id, "sku_id": "sku_x"})
    assert (gone.json["details"]["reason"], odd.json["details"]["reason"]) == ("unlisted", "sku_gone")


def test_what_became_impossible_is_kept_apart(buyer):
    quilt, towel = factories.product("quilt"), factories.product("towel")
    for item in (quilt, towel):
        buyer.post("/cart/items", json=factories.line(item)).ok()
    Product(id=quilt.id).update([Product.status.set(ProductStatus.UNLISTED)])
    cart = buyer.get("/cart").ok()
    assert [each["product_id"] for each in cart["items"]] == [towel.id]
    assert [(each["product_id"], each["trouble"]) for each in cart["invalid"]] == [(quilt.id, "unlisted")]
    assert cart["selected_quantity"] == 1


def test_minimum_is_told_in_the_cart(buyer):
    pack = factories.product(min_quantity=3)
    buyer.post("/cart/items", json=factories.line(pack, 1)).ok()
    assert buyer.get("/cart").ok()["invalid"][0]["trouble"] == "under_minimum"
    buyer.patch(f"/cart/items/{pack.skus[0].id}", json={"quantity": 3}).ok()
    assert buyer.get("/cart").ok()["invalid"] == []


def test_change_select_remove(cloud, buyer):
    items = [factories.product(code) for code in ("a", "b", "c")]
    for item in items:
        buyer.post("/cart/items", json=factories.line(item)).ok()
    buyer.patch(f"/cart/items/{items[0].skus[0].id}", json={"quantity": 4, "selected": False}).ok()
    assert buyer.get("/cart").ok()["selected_quantity"] == 2
    assert buyer.put("/cart/selection", json={"selected": True}).ok()["selected_quantity"] == 6
    left = buyer.post("/cart/remove", json={"sku_ids": [items[0].skus[0].id, "sku_unknown"]}).ok()
    assert [each["product_id"] for each in left["items"]] == [items[2].id, items[1].id]
    with cloud.unchanged():
        assert buyer.patch("/cart/items/sku_unknown", json={"quantity": 1}).code == "cart_line_not_found"


def test_the_cart_has_an_end(cloud, buyer):
    many = factories.product(values=tuple(f"色{i}" for i in range(101)))
    for index in range(100):
        buyer.post("/cart/items", json=factories.line(many, index=index)).ok()
    with cloud.unchanged():
        assert buyer.post("/cart/items", json=factories.line(many, index=100)).code == "cart_full"
    assert buyer.post("/cart/items", json=factories.line(many, index=0)).ok()["line_count"] == 100


def test_another_members_cart_is_another_cart(http, buyer):
    buyer.post("/cart/items", json=factories.line(factories.product())).ok()
    other = http.as_(factories.shopper("two").token)
    assert other.get("/cart").ok()["items"] == []


@pytest.mark.parametrize("quantity", [0, -1, 1000, 1.5, "2x", None, 10**30])
def test_odd_quantities(cloud, buyer, quantity):
    quilt = factories.product()
    with cloud.unchanged():
        assert buyer.post("/cart/items", json={**factories.line(quilt), "quantity": quantity}).status == 422
