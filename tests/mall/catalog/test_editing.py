"""Products: what staff make, change, list; what is refused; what buyers may be sold and when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.editing.schemas import ProductFields
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.errors import StaleProduct
from chalicelib.mall.catalog.products.models import Product, ProductStatus, product_id_of, sku_id_of
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories


@pytest.fixture
def staff(http: Client) -> Client:
    return http.as_(factories.staff_token("catalog.read", "catalog.write"))


def stock(product_id: str, *values: str) -> int | None:
    key = StockKey(product_id, sku_id_of(product_id, list(values)))
    found = inventory.stocks([key], consistent=True).get(key)
    return found.available if found else None


def test_a_product_is_made_whole(staff: Client) -> None:
    brand = factories.brand()
    body = {**factories.fields(brand_id=brand.id, keywords=["床品"], per_member_max=5), "code": "1006002"}
    made = staff.post("/admin/products", json=body)
    assert made.status == 201
    view = staff.get(f"/admin/products/{made.json['id']}").ok()
    assert view == made.json
    assert (view["status"], view["on_sale"], view["version"], view["code"]) == ("draft", False, 1, "1006002")
    assert (view["category_path"], view["brand_name"]) == ("居家/床品件套", "罗莱制造商")
    assert [(sku["values"], sku["available"]) for sku in view["skus"]] == [(["白", "1.5m"], 100), (["白", "1.8m"], 100)]
    assert (view["price_amount"], view["price_max_amount"], view["sold_quantity"]) == (89_900, 99_900, 0)
    listed = staff.post(f"/admin/products/{view['id']}/list").ok()
    assert (listed["status"], listed["on_sale"]) == ("listed", True)


def test_the_same_code_is_the_same_product(staff: Client, cloud: Cloud) -> None:
    body = {**factories.fields(), "code": "A-1"}
    staff.post("/admin/products", json=body).ok()
    with cloud.unchanged():
        assert staff.post("/admin/products", json=body).code == "product_code_taken"
        assert staff.post("/admin/products", json={**body, "code": "prd_1"}).code == "product_code_taken"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "长" * 10_000}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"category_id": "cat_no"}, "category_id"),
    ({"brand_id": "brd_no"}, "brand_id"),
    ({"skus": []}, "skus"),
    (factories.plain(price_amount=0), "skus.0.price_amount"),
    (factories.plain(price_amount=-1), "skus.0.price_amount"),
    (factories.plain(price_amount=10**15), "skus.0.price_amount"),
    (factories.plain(price_amount=1.5), "skus.0.price_amount"),  # type: ignore[arg-type]
    (factories.plain(stock=-1), "skus.0.stock"),
    (factories.plain(stock=10**12), "skus.0.stock"),
    ({"skus": [{"values": ["红", "1.5m"], "price_amount": 1}]}, ""),
    ({"skus": [{"values": ["白"], "price_amount": 1}]}, ""),
    ({"skus": [{"values": ["白", "1.5m"], "price_amount": 1}] * 2}, ""),
    ({"specs": [{"name": "颜色", "values": ["白", "黑"]}], "skus": [{"values": ["白"], "price_amount": 1}]}, ""),
    ({"specs": [{"name": "色", "values": ["白"]}] * 2, "skus": [{"values": ["白", "白"], "price_amount": 1}]}, ""),
    ({"specs": [{"name": "色", "values": ["白", "白"]}], "skus": [{"values": ["白"], "price_amount": 1}]}, ""),
    ({"pictures": ["javascript:alert(1)"]}, "pictures.0"),
    ({"pictures": ['https://a.test/x"onload="y']}, "pictures.0"),
    ({"min_quantity": 3, "per_order_max": 2}, ""),
    ({"list_at": "2026-12-02T00:00:00Z", "unlist_at": "2026-12-01T00:00:00Z"}, ""),
    ({"list_at": "2026-12-02T00:00:00"}, "list_at"),
    ({"prise": 1}, "prise"),
]


@pytest.mark.parametrize(("wrong", "field"), BAD)
def test_bad_products_are_refused(staff: Client, cloud: Cloud, wrong: dict[str, Any], field: str) -> None:
    body = factories.fields(**wrong)
    with cloud.unchanged():
        answer = staff.post("/admin/products", json=body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert field in [error["field"] for error in answer.json["details"]["errors"]]


def test_values_that_stay_keep_their_stock(staff: Client) -> None:
    product = factories.product()
    with Transaction() as tx:
        inventory.take(tx, product.stock_keys()[0], 30, "ord_1")
    body = factories.fields(name="改名")
    body["specs"][1]["values"] = ["1.8m", "1.5m", "2.0m"]
    body["skus"] = [{**sku, "stock": 7} for sku in body["skus"]]
    body["skus"].append({"values": ["白", "2.0m"], "price_amount": 109_900, "stock": 5})
    view = staff.put(f"/admin/products/{product.id}", json={**body, "version": product.version}).ok()
    assert [(sku["values"][1], sku["available"]) for sku in view["skus"]] == [("1.5m", 70), ("1.8m", 100), ("2.0m", 5)]
    assert [sku["id"] for sku in view["skus"]][:2] == [sku.id for sku in product.skus]
    # A SKU that is taken out and put back is the same SKU, with its stock.
    less = {**body, "specs": [], "skus": [{"values": [], "price_amount": 1, "stock": 1}], "version": view["version"]}
    view = staff.put(f"/admin/products/{product.id}", json=less).ok()
    view = staff.put(f"/admin/products/{product.id}", json={**body, "version": view["version"]}).ok()
    assert [sku["available"] for sku in view["skus"]] == [70, 100, 5]


def test_an_editor_who_read_an_old_version_is_told(staff: Client, cloud: Cloud) -> None:
    product = factories.product()
    path, body = f"/admin/products/{product.id}", factories.fields(name="新名字")
    staff.put(path, json={**body, "version": product.version}).ok()
    with cloud.unchanged():
        answer = staff.put(path, json={**body, "name": "更新", "version": product.version})
    assert (answer.code, answer.json["details"]) == ("product_changed", {"version": product.version + 1})
    with cloud.unchanged():
        assert staff.put("/admin/products/prd_no", json={**body, "version": 1}).code == "product_not_found"


def test_saving_the_same_again_is_no_change(staff: Client, cloud: Cloud) -> None:
    product = factories.product()
    body = {**factories.fields(), "version": product.version}
    with cloud.unchanged():
        assert staff.put(f"/admin/products/{product.id}", json=body).ok()["version"] == product.version


def test_two_editors_at_once(cloud: Cloud) -> None:
    product = factories.product()

    def edit(number: int) -> bool:
        fields = ProductFields.model_validate(factories.fields(name=f"名字{number}", category_id=product.category_id))
        try:
            editing.update(product.id, fields, product.version)
        except StaleProduct:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(edit, range(8))) == 1
    assert products.product(product.id, consistent=True).version == product.version + 1


def test_steps(staff: Client, cloud: Cloud) -> None:
    product = factories.product(listed=False)
    path = f"/admin/products/{product.id}"
    with cloud.unchanged():
        assert staff.post(f"{path}/unlist").code == "illegal_product_step"
    assert staff.post(f"{path}/list").ok()["status"] == "listed"
    with cloud.unchanged():
        assert staff.post(f"{path}/list").code == "illegal_product_step"
    assert staff.post(f"{path}/unlist").ok()["status"] == "unlisted"
    assert staff.post(f"{path}/list").ok()["version"] == 4
    with cloud.unchanged():
        assert staff.post("/admin/products/prd_no/list").code == "product_not_found"


def test_a_schedule_is_asked_of_the_clock(staff: Client, frozen: MovableClock, cloud: Cloud) -> None:
    product = factories.product()
    start, end = frozen.at + timedelta(hours=1), frozen.at + timedelta(hours=2)
    times = {"list_at": start.isoformat(), "unlist_at": end.isoformat()}
    path = f"/admin/products/{product.id}/schedule"
    staff.put(path, json={**times, "version": product.version}).ok()
    product = products.product(product.id, consistent=True)
    moments = [start - timedelta(seconds=1), start, end - timedelta(seconds=1), end]
    assert [product.is_on_sale(at) for at in moments] == [False, True, True, False]
    assert {item["due_at"]["S"][:16] for item in cloud.items("outbox")} >= {
        start.isoformat()[:16],
        end.isoformat()[:16],
    }
    with cloud.unchanged():
        assert staff.put(path, json={**times, "version": product.version + 1}).code == "product_changed"
        wrong = {"list_at": times["unlist_at"], "unlist_at": times["list_at"], "version": product.version}
        assert staff.put(path, json=wrong).code == "invalid"
    never = {"list_at": None, "unlist_at": None, "version": product.version}
    assert staff.put(path, json=never).ok()["on_sale"] is True


def test_finding(staff: Client, frozen: MovableClock) -> None:
    bed, pot = factories.category("居家/床品"), factories.category("餐厨/锅具")
    brand = factories.brand()
    made = []
    for number in range(5):
        frozen.move(seconds=1)
        where = {"category_id": (bed if number % 2 else pot).id, "brand_id": brand.id if number == 4 else None}
        made.append(factories.product(f"P{number}", listed=number != 3, **where).id)

    def found(**question: Any) -> list[str]:
        return [item["id"] for item in staff.get("/admin/products", query=question).ok()["items"]]

    assert found() == [made[4], made[2], made[1], made[0]]
    assert found(status="draft") == [made[3]]
    assert found(category_id=bed.id) == [made[3], made[1]]
    assert found(category_id=bed.id, status="listed") == [made[1]]
    assert found(brand_id=brand.id) == [made[4]]
    assert found(code="P2") == [made[2]]
    assert found(code="nothing") == []
    page = staff.get("/admin/products", query={"limit": 3}).ok()
    rest = staff.get("/admin/products", query={"limit": 3, "cursor": page["cursor"]}).ok()
    assert [item["id"] for item in page["items"] + rest["items"]] == found()
    assert staff.get("/admin/products", query={"code": "P1", "brand_id": brand.id}).code == "invalid"
    assert staff.get("/admin/products/prd_no").code == "product_not_found"


def test_permissions(http: Client, cloud: Cloud) -> None:
    product = factories.product()
    body = factories.fields()
    reader = http.as_(factories.staff_token("catalog.read"))
    with cloud.unchanged():
        assert reader.post("/admin/products", json=body).status == 403
        assert reader.post(f"/admin/products/{product.id}/unlist").status == 403
        assert http.get("/admin/products").status == 401


def test_two_hundred_skus_and_a_death_before_the_product_stands(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stocks go first, forty at a time; the product last. Whoever dies in between is taken over."""
    sizes = [f"{i}码" for i in range(200)]
    fields = factories.fields(
        specs=[{"name": "尺码", "values": sizes}],
        skus=[{"values": [size], "price_amount": 100 + i, "stock": i} for i, size in enumerate(sizes)],
    )
    whole = ProductFields.model_validate(fields)
    commits = []
    commit = Transaction.commit

    def dying(tx: Transaction) -> None:
        commits.append(len(tx._writes))
        if len(commits) == 5:
            raise ConnectionError
        commit(tx)

    monkeypatch.setattr(Transaction, "commit", dying)
    with pytest.raises(ConnectionError):
        editing.create("BIG", whole)
    assert products.products([product_id := product_id_of("BIG")]) == {}
    monkeypatch.setattr(Transaction, "commit", commit)
    assert editing.create("BIG", whole) == product_id
    assert [stock(product_id, size) for size in sizes] == list(range(200))
    assert max(commits) <= 100
    for status in ProductStatus:
        assert [each.id for each in products.each(status)] == ([product_id] if status is ProductStatus.DRAFT else [])


def test_the_fullest_transaction_there_can_be(staff: Client, frozen: MovableClock) -> None:
    sizes = [f"{i}码" for i in range(editing.DECLARED_AT_ONCE)]
    body = factories.fields(
        specs=[{"name": "尺码", "values": sizes}],
        skus=[{"values": [size], "price_amount": 1} for size in sizes],  # nothing there: low from the start
        list_at=(frozen.at + timedelta(hours=1)).isoformat(),
        unlist_at=(frozen.at + timedelta(hours=2)).isoformat(),
    )
    made = staff.post("/admin/products", json=body).ok()
    assert [sku["available"] for sku in made["skus"]] == [0] * editing.DECLARED_AT_ONCE


def test_sold_pieces_are_counted_and_low_stock_is_listed(http: Client, drain: Any, cloud: Cloud) -> None:
    product = factories.product(**factories.plain(stock=12))
    key = product.stock_keys()[0]
    staff = http.as_(factories.staff_token())
    drain()

    def sell(quantity: int, ref: str) -> None:
        with Transaction() as tx:
            inventory.take(tx, key, quantity, ref)
            products.record_sale(tx, {key: quantity})
        drain()

    sell(1, "ord_1")
    assert staff.get("/admin/low-stock").ok()["items"] == []
    sell(2, "ord_2")
    assert products.sales([product.id]) == {product.id: 3}
    low = staff.get("/admin/low-stock").ok()["items"]
    assert [(item["owner"], item["available"], item["low"]) for item in low] == [(product.id, 9, True)]
    with Transaction() as tx:  # filled up without anybody noticing: the list looks at the stock itself
        inventory.give_back(tx, key, 2, "ord_2")
    assert staff.get("/admin/low-stock").ok()["items"] == []
    path = f"/admin/stocks/{product.id}/{key.sku_id}"
    staff.put(f"{path}/warning", json={"low_at": 5}).ok()
    drain()
    assert cloud.items("low_stock") == []


def test_what_begins_low_is_listed_and_can_be_silenced(http: Client, cloud: Cloud, drain: Any) -> None:
    product = factories.product(**factories.plain(stock=0))
    staff = http.as_(factories.staff_token("inventory.read", "inventory.write"))
    assert [item["owner"] for item in staff.get("/admin/low-stock").ok()["items"]] == [product.id]
    key = product.stock_keys()[0]
    staff.put(f"/admin/stocks/{key.text}/warning", json={"low_at": -1}).ok()
    drain()
    assert cloud.items("low_stock") == []


def test_a_sale_does_not_touch_the_product(cloud: Cloud) -> None:
    product = factories.product()
    before = cloud.items("products")
    with Transaction() as tx:
        products.record_sale(tx, dict.fromkeys(product.stock_keys(), 1))
    assert cloud.items("products") == before
    assert Product.find(product.id) is not None
