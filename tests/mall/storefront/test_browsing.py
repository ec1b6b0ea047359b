"""The tree, the brands, and the page of a product."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import ProductStatus
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.schemas import CategoryFields
from chalicelib.mall.inventory import service as inventory
from infra.local import faults
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories as catalog


def test_the_tree_is_in_order_and_without_what_is_hidden(http: Client) -> None:
    catalog.category("餐厨", sort=2)
    catalog.category("居家/床品/被芯")
    catalog.category("居家/毛巾", sort=-1)
    catalog.category("内部/样品")
    taxonomy.save_category(CategoryFields(name="内部", visible=False), catalog.category("内部").id)
    items = http.get("/categories").ok()["items"]
    assert [each["name"] for each in items] == ["居家", "餐厨"]
    assert [each["name"] for each in items[0]["children"]] == ["毛巾", "床品"]
    assert items[0]["children"][1]["children"][0]["name"] == "被芯"
    assert items[1]["children"] == []


def test_the_tree_and_the_brands_are_kept_in_the_process(http: Client) -> None:
    catalog.category("居家/床品")
    catalog.brand("罗莱")
    for path in ("/categories", "/brands"):
        http.get(path).ok()
        with faults.watched() as watch:
            reply = http.get(path)
        assert watch.steps == []
        assert reply.headers["cache-control"] == "public, max-age=30"


def test_a_change_of_the_tree_shows(http: Client) -> None:
    catalog.category("居家")
    assert len(http.get("/categories").ok()["items"]) == 1
    catalog.category("餐厨")
    assert len(http.get("/categories").ok()["items"]) == 2


def test_brands(http: Client) -> None:
    catalog.brand("罗莱", logo="https://media.test/l.png")
    catalog.brand("内部", visible=False)
    (item,) = http.get("/brands").ok()["items"]
    assert item == {"id": catalog.brand("罗莱").id, "name": "罗莱", "summary": None, "logo": "https://media.test/l.png"}


def test_a_product_s_page(http: Client) -> None:
    product = catalog.product(brand_id=catalog.brand("罗莱").id, per_order_max=5, description="好\n很好")
    with Transaction() as tx:
        inventory.take(tx, product.stock_keys()[0], 100, "ord_1")
    with Transaction() as tx:
        products.record_sale(tx, {(product.id, product.skus[0].id): 7})
    page = http.get(f"/products/{product.id}").ok()
    assert page["name"] == "轻奢纯棉刺绣水洗四件套"
    assert [each["name"] for each in page["categories"]] == ["居家", "床品件套"]
    assert page["brand"]["name"] == "罗莱"
    assert (page["price_amount"], page["price_max_amount"]) == (89_900, 99_900)
    assert [(sku["values"], sku["price_amount"], sku["available"]) for sku in page["skus"]] == [
        (["白", "1.5m"], 89_900, 0),
        (["白", "1.8m"], 99_900, 100),
    ]
    assert page["specs"][1] == {"name": "尺寸", "values": ["1.5m", "1.8m"]}
    assert page["attributes"] == [{"name": "材质", "value": "100%棉"}]
    assert page["detail_pictures"] == ["https://media.test/1.jpg", "https://media.test/2.jpg"]
    assert (page["services"], page["description"]) == (["7天无理由退换"], "好\n很好")
    assert (page["in_stock"], page["sold_quantity"], page["per_order_max"], page["min_quantity"]) == (True, 7, 5, 1)
    assert "cost_amount" not in page["skus"][1]


def test_a_page_costs_two_round_trips(http: Client) -> None:
    product = catalog.product()
    http.get(f"/products/{product.id}").ok()
    with faults.watched() as watch:
        http.get(f"/products/{product.id}").ok()
    assert watch.steps == ["dynamodb BatchGetItem", "dynamodb BatchGetItem"]


def test_sold_out_is_said(http: Client) -> None:
    product = catalog.product(**catalog.plain(stock=0))
    page = http.get(f"/products/{product.id}").ok()
    assert (page["in_stock"], page["skus"][0]["available"], page["brand"]) == (False, 0, None)


def test_what_is_not_on_sale_is_not_found(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    draft = catalog.product(listed=False)
    gone = catalog.product()
    editing.set_status(gone.id, ProductStatus.UNLISTED)
    later = catalog.product(list_at=frozen.at + timedelta(hours=1), unlist_at=frozen.at + timedelta(hours=2))
    with cloud.unchanged():
        for product_id in (draft.id, gone.id, later.id, "prd_unknown", "x" * 500):
            assert http.get(f"/products/{product_id}").status == 404
        frozen.move(hours=1)
        assert http.get(f"/products/{later.id}").status == 200
        frozen.move(hours=1)
        assert http.get(f"/products/{later.id}").status == 404


@pytest.mark.parametrize("path", ["suggestions?prefix=x", "hot-words"])
def test_words_of_the_path_are_no_product_ids(http: Client, path: str) -> None:
    assert "items" in http.get(f"/products/{path}").ok()
