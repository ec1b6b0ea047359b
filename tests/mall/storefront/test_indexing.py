"""The index follows the catalog, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.search_index import service as search_index
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.editing.schemas import ProductFields, Schedule
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product, ProductStatus
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.schemas import BrandFields, CategoryFields
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.desk import service as stock_desk
from chalicelib.mall.inventory.schemas import AdjustStock
from chalicelib.mall.storefront.indexing import service
from chalicelib.mall.storefront.indexing.models import EVERYTHING, SearchChange
from infra.local import faults
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories as catalog
from tests.mall.storefront.factories import Drain, names

Refresh = Callable[[], Any]


def _card(http: Client, **query: Any) -> dict[str, Any]:
    (card,) = http.get("/products", query=query).ok()["items"]
    return dict(card)


def _edit(product: Product, **more: Any) -> None:
    now = products.product(product.id, consistent=True)
    editing.update(product.id, ProductFields.model_validate(catalog.fields(**more)), now.version)


def test_the_first_run_reads_everything(http: Client, refresh: Refresh, cloud: Cloud) -> None:
    catalog.product(name="毛巾")
    assert refresh()["rebuilt"]
    assert names(http) == ["毛巾"]
    assert cloud.items("search_changes") == []


def test_without_changes_nothing_is_published(http: Client, refresh: Refresh, cloud: Cloud) -> None:
    catalog.product()
    refresh()
    with cloud.unchanged():
        assert refresh() == {"changes": 0}


def test_products_come_change_and_go(http: Client, refresh: Refresh) -> None:
    refresh()
    product = catalog.product(name="毛巾")
    refresh()
    assert names(http) == ["毛巾"]
    _edit(product, name="浴巾", **catalog.plain(1_234))
    refresh()
    assert _card(http)["price_amount"] == 1_234
    assert names(http, keyword="浴巾") == ["浴巾"]
    assert names(http, keyword="毛巾") == []
    editing.set_status(product.id, ProductStatus.UNLISTED)
    refresh()
    assert names(http) == []
    editing.set_status(product.id, ProductStatus.LISTED)
    refresh()
    assert names(http) == ["浴巾"]


def test_stock_and_sales_are_followed(http: Client, refresh: Refresh) -> None:
    product = catalog.product(**catalog.plain(stock=3))
    refresh()
    assert (_card(http)["in_stock"], _card(http)["sold_quantity"]) == (True, 0)
    key = product.stock_keys()[0]
    with Transaction() as tx:
        inventory.take(tx, key, 3, "ord_1")
    with Transaction() as tx:
        products.record_sale(tx, {(product.id, key.sku_id): 3})
    refresh()
    assert (_card(http)["in_stock"], _card(http)["sold_quantity"]) == (False, 3)
    stock_desk.adjust("stf_1", "idempotency-1", key, AdjustStock(delta=5, note="到货"))
    refresh()
    assert _card(http)["in_stock"]


def test_less_than_the_least_quantity_is_not_in_stock(http: Client, refresh: Refresh) -> None:
    catalog.product(min_quantity=5, **catalog.plain(stock=4))
    refresh()
    assert not _card(http)["in_stock"]


def test_names_of_categories_and_brands_are_followed_without_reading_products(http: Client, refresh: Refresh) -> None:
    category, brand = catalog.category("居家/床品"), catalog.brand("罗莱")
    catalog.product(name="蚕丝被", category_id=category.id, brand_id=brand.id)
    refresh()
    other = catalog.category("卧室")
    taxonomy.save_category(CategoryFields(name="被芯", parent_id=other.id), category.id)
    taxonomy.save_brand(BrandFields(name="水星"), brand.id)
    with faults.watched() as watch:
        refresh()
    assert "dynamodb BatchGetItem" not in watch.steps
    assert names(http, keyword="水星") == names(http, keyword="被芯") == names(http, category_id=other.id) == ["蚕丝被"]
    assert names(http, keyword="罗莱") == names(http, category_id=catalog.category("居家").id) == []


def test_a_schedule_s_times_reach_the_index(http: Client, refresh: Refresh, frozen: MovableClock) -> None:
    product = catalog.product(name="毛巾")
    refresh()
    times = Schedule(list_at=frozen.at + timedelta(hours=1), unlist_at=frozen.at + timedelta(hours=2), version=2)
    editing.schedule(product.id, times)
    refresh()
    assert names(http) == []
    frozen.move(hours=1)
    assert names(http) == ["毛巾"]
    frozen.move(hours=1)
    assert names(http) == []


def test_a_change_while_the_index_is_built_is_not_lost(
    http: Client, refresh: Refresh, drain: Drain, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _: 0)  # the second mark falls on the first one
    product = catalog.product(name="毛巾")
    refresh()
    _edit(product, name="浴巾")
    drain()
    publish, later = search_index.publish, []

    def publish_slowly(*documents: Any, **more: Any) -> str:
        if not later:
            later.append(1)
            _edit(product, name="方巾")
            drain()
        return publish(*documents, **more)

    monkeypatch.setattr(search_index, "publish", publish_slowly)
    jobs.run("refresh_search_index")
    frozen.move(seconds=11)
    assert names(http) == ["浴巾"]
    refresh()
    assert names(http) == ["方巾"]
    assert list(SearchChange.scan()) == []


def test_of_two_runs_one_wins_and_the_marks_stay_for_the_next(
    http: Client, refresh: Refresh, cloud: Cloud, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.product(name="毛巾")
    refresh()
    catalog.product(name="锅")
    drain()
    publish = search_index.publish

    def overtaken(documents: Any, *, replaces: Any) -> str:
        monkeypatch.setattr(search_index, "publish", publish)
        publish([], replaces=search_index.published())
        return publish(documents, replaces=replaces)

    monkeypatch.setattr(search_index, "publish", overtaken)
    assert jobs.run("refresh_search_index") == {"changes": 1, "overtaken": True}
    marks = cloud.items("search_changes")
    assert marks
    monkeypatch.setattr(search_index, "publish", overtaken)
    assert jobs.run("rebuild_search_index") == {"rebuilt": False, "overtaken": True}
    assert cloud.items("search_changes") == marks
    jobs.run("rebuild_search_index")
    refresh()
    assert set(names(http)) == {"毛巾", "锅"}


def test_killed_at_any_step_the_next_run_makes_good(
    http: Client, cloud: Cloud, frozen: MovableClock, drain: Drain
) -> None:
    def prepare() -> None:
        cloud.memory.clear()
        taxonomy.forget()
        search_index.forget()
        product = catalog.product("A", name="毛巾")
        jobs.run("rebuild_search_index")
        _edit(product, name="浴巾")
        catalog.product("B", name="锅")
        drain()

    def check() -> None:
        jobs.run("refresh_search_index")
        frozen.move(seconds=11)
        assert set(names(http)) == {"浴巾", "锅"}
        assert cloud.items("search_changes") == []

    steps = faults.every_death(prepare, lambda: jobs.run("refresh_search_index"), check)
    assert len(steps) > 8


def test_more_changes_than_a_run_takes_are_left_to_the_next(
    http: Client, refresh: Refresh, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh()
    monkeypatch.setattr(service, "AT_ONCE", 4)
    for number in range(12):
        catalog.product(name=f"毛巾{number}")
    for _ in range(12):
        refresh()
    assert len(names(http)) == 12
    assert cloud.items("search_changes") == []


def test_another_release_s_index_is_built_again_from_the_stored_documents(
    http: Client, refresh: Refresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.product(name="毛巾")
    refresh()
    monkeypatch.setattr(search_index, "FORMAT", search_index.FORMAT + 1)
    with faults.watched() as watch:
        refresh()
    assert "dynamodb BatchGetItem" not in watch.steps
    published = search_index.published()
    assert published is not None
    assert published.format == search_index.FORMAT
    assert names(http) == ["毛巾"]


def test_staff_ask_for_a_rebuild(http: Client, refresh: Refresh, cloud: Cloud) -> None:
    catalog.product(name="毛巾")
    refresh()
    base = search_index.published()
    assert base is not None
    search_index.publish([], replaces=base)
    reply = http.as_(catalog.staff_token("catalog.write")).post("/admin/search-index/rebuild")
    assert reply.status == 202
    assert [each["product_id"]["S"] for each in cloud.items("search_changes")] == [EVERYTHING]
    assert len(cloud.items("operations")) == 1
    assert refresh()["rebuilt"]
    assert names(http) == ["毛巾"]
    assert cloud.items("search_changes") == []


def test_others_may_not(http: Client, cloud: Cloud) -> None:
    token = catalog.staff_token("catalog.read")
    with cloud.unchanged():
        assert http.post("/admin/search-index/rebuild").status == 401
        assert http.as_(token).post("/admin/search-index/rebuild").status == 403


def test_lost_documents_are_read_again_by_the_daily_rebuild(http: Client, refresh: Refresh) -> None:
    catalog.product(name="毛巾")
    refresh()
    published = search_index.published()
    assert published is not None
    storage.delete(storage.Bucket.WORK, f"search/{published.version}.jsonl.gz")
    catalog.product(name="锅")
    with pytest.raises(storage.StorageUnavailable):
        refresh()
    jobs.run("rebuild_search_index")
    refresh()
    assert set(names(http)) == {"毛巾", "锅"}
