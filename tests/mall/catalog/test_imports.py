"""Imports: bad rows are told by line, nothing is half-imported, a worker may die anywhere, exports come back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.formats.products import service as product_files
from chalicelib.mall.catalog.formats.schemas import FileFormat
from chalicelib.mall.catalog.formats.taxonomy import service as taxonomy_files
from chalicelib.mall.catalog.imports import service as imports
from chalicelib.mall.catalog.imports.models import MAX_ISSUES, OnError, Subject
from chalicelib.mall.catalog.imports.schemas import CreateImport
from chalicelib.mall.catalog.imports.subjects.products.service import Products
from chalicelib.mall.catalog.imports.worker import service as worker
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import product_id_of
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.schemas import BrandFields
from chalicelib.mall.inventory import service as inventory
from infra.local import faults
from tests.harness import Client, Cloud
from tests.mall.catalog import factories
from tests.mall.catalog.conftest import Bring

CATALOG = ("products", "product_details", "stocks", "stock_entries", "taxonomy")


def line(code: str, **more: Any) -> dict[str, Any]:
    """A product in JSON Lines."""
    plain = {"skus": [{"price_amount": 5_000, "stock": 10}]}
    return {"code": code, "name": f"商品{code}", "category": "居家/床品件套", **plain, **more}


def jsonl(*lines: Any) -> bytes:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines).encode()


def stored(cloud: Cloud) -> dict[str, list[Any]]:
    return {table: sorted(cloud.items(table), key=repr) for table in CATALOG}


def issues(importer: Client, job: dict[str, Any]) -> list[tuple[int, str, str]]:
    found, cursor = [], None
    while True:
        page = importer.get(f"/admin/imports/{job['id']}/errors", query={"limit": 100, "cursor": cursor}).ok()
        found += [(item["row"], item["field"], item["issue"]) for item in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            return found


@pytest.fixture(autouse=True)
def _category(cloud: Cloud) -> None:
    factories.category()


# ---- bad rows

SKU = {"price_amount": 1}
BAD_LINES: list[tuple[Any, str, str]] = [
    ("{", "", "不是有效的 JSON"),
    ("[]", "", "每行应是一个 JSON 对象"),
    ('{"code": "1", "skus": ' + "[" * 2_000 + "]" * 2_000 + "}", "", "JSON"),
    ('{"code": "1", "name": ' + "9" * 5_000 + "}", "", "不是有效的 JSON"),
    ({"name": "没有编码"}, "code", "缺少商品编码"),
    ({"code": 1}, "code", "缺少商品编码"),
    (line("a b"), "code", "格式不对，或有不允许的字符"),
    (line("=cmd"), "code", "格式不对，或有不允许的字符"),
    (line("prd_nobody"), "code", "没有这个商品"),
    ({"code": "1"}, "name", "缺少内容"),
    (line("1", category="居家/没有"), "category", "没有类目“居家/没有”"),
    (line("1", category=["居家"]), "category", "没有类目“['居家']”"),
    (line("1", category=None), "category", "缺少类目"),
    (line("\ud800"), "", "不是有效的 JSON"),
    (line("1", category_id="cat_1"), "category_id", "不认识的字段"),
    (line("1", brand="没有"), "brand", "没有品牌“没有”"),
    (line("1", status="on"), "status", "只能是 'draft', 'listed' or 'unlisted'"),
    (line("1", nmae="x"), "nmae", "不认识的字段"),
    (line("1", name="长" * 10_000), "name", "不能超过 120 个字"),
    (line("1", name="a\x00b"), "name", "格式不对，或有不允许的字符"),
    (line("1", name="\ud800"), "", "不是有效的 JSON"),
    (line("1", name=None), "name", "缺少内容"),
    (line("1", name={"a": 1}), "name", "应为文字"),
    (line("1", skus=[]), "skus", "不能少于 1 项"),
    (line("1", skus={}), "skus", "应为列表"),
    (line("1", skus=[1]), "skus.0", "应为对象"),
    (line("1", skus=[SKU, SKU]), "", "is there twice"),
    (line("1", skus=[{"values": ["白"], **SKU}]), "", "is not one value of each spec"),
    (line("1", skus=[{"price_amount": 0}]), "skus.0.price_amount", "应大于 0"),
    (line("1", skus=[{"price_amount": 12.5}]), "skus.0.price_amount", "应为整数"),
    (line("1", skus=[{"price_amount": 899.0}]), "skus.0.price_amount", "应为整数"),
    (line("1", skus=[{"price_amount": "899"}]), "skus.0.price_amount", "应为整数"),
    (line("1", skus=[{"price_amount": True}]), "skus.0.price_amount", "应为整数"),
    (line("1", skus=[{"price_amount": 10**30}]), "skus.0.price_amount", ""),
    (line("1", skus=[{"price_amount": float("nan")}]), "skus.0.price_amount", "应为整数"),
    (line("1", skus=[{**SKU, "stock": -1}]), "skus.0.stock", "不能小于 0"),
    (line("1", keywords="a"), "keywords", "应为列表"),
    (line("1", pictures=["x"]), "pictures.0", ""),
    (line("1", list_at="2026-11-24T00:00:00"), "list_at", "时间要带时区"),
    (line("1", list_at="tomorrow"), "list_at", ""),
]


def test_every_bad_line_is_told_and_nothing_is_written(importer: Client, bring: Bring, cloud: Cloud) -> None:
    lines: list[Any] = [line("good")]
    for number, (bad, _, _) in enumerate(BAD_LINES):
        lines.append({**bad, "code": f"b{number}"} if isinstance(bad, dict) and bad.get("code") == "1" else bad)
    before = stored(cloud)
    job = bring(jsonl(*lines))
    count = len(BAD_LINES)
    assert [job[name] for name in ("status", "rows", "bad", "bad_rows", "created")] == [
        "refused",
        count + 1,
        count,
        count,
        0,
    ]
    assert stored(cloud) == before
    told: dict[int, tuple[str, str]] = {}
    for row, name, text in issues(importer, job):
        told.setdefault(row, (name, text))
    assert sorted(told) == list(range(2, count + 2))
    for (bad, field, issue), (name, text) in zip(BAD_LINES, (told[row] for row in sorted(told)), strict=True):
        assert (name, issue in text) == (field, True), (bad, name, text)


def test_one_bad_line_is_enough_to_write_nothing(bring: Bring, cloud: Cloud) -> None:
    before = stored(cloud)
    job = bring(jsonl(line("good"), line("bad", skus=[]), line("fine")))
    assert [job[name] for name in ("status", "created", "bad", "records")] == ["refused", 0, 1, 3]
    assert stored(cloud) == before


def test_bad_rows_can_be_skipped(importer: Client, bring: Bring, cloud: Cloud) -> None:
    bad = line("2", skus=[{"price_amount": 0}])
    job = bring(jsonl(line("1"), bad, "", line("3"), line("1")), on_error="skip_bad_rows")
    assert [job[name] for name in ("status", "rows", "created", "bad")] == ["finished", 4, 2, 2]
    assert issues(importer, job) == [
        (2, "skus.0.price_amount", "应大于 0"),
        (5, "code", "编码在第 1 行已出现，同一商品的行要连在一起"),
    ]
    made = products.products([product_id_of(code) for code in ("1", "2", "3")])
    assert sorted(each.code for each in made.values()) == ["1", "3"]
    assert len(cloud.items("stocks")) == 2


def test_a_product_with_one_bad_row_is_not_written_in_part(importer: Client, bring: Bring, cloud: Cloud) -> None:
    head = "商品编码,商品名称,类目,规格,价格,初始库存\n"
    text = head + "1,甲,居家/床品件套,颜色=白,10,5\n1,,,颜色=黑,0,5\n2,乙,居家/床品件套,,3,1\n"
    job = bring(text.encode("gb18030"), file_format="csv", on_error="skip_bad_rows")
    assert [job[name] for name in ("rows", "records", "bad_rows", "bad", "created")] == [3, 2, 2, 1, 1]
    assert issues(importer, job) == [(3, "价格", "应大于 0")]
    assert [item["owner"]["S"] for item in cloud.items("stocks")] == [product_id_of("2")]


@pytest.mark.parametrize(
    ("content", "file_format", "reason"),
    [
        (b"", "csv", "空"),
        (b"", "jsonl", "没有数据"),
        ("商品名称,价格\n甲,1\n".encode(), "csv", "缺少列“商品编码”"),
        ("商品编码,价钱\n".encode(), "csv", "不认识的列"),
        ("商品编码,价格\n".encode(), "csv", "没有数据"),
        ('商品编码,价格\n1,"2\n'.encode(), "csv", "引号"),
        ("商品编码".encode("utf-16"), "csv", "UTF-16"),
        (b"\xff\xff\xff", "jsonl", "编码"),
    ],
)
def test_what_can_not_be_read(bring: Bring, cloud: Cloud, content: bytes, file_format: str, reason: str) -> None:
    before = stored(cloud)
    job = bring(content, file_format=file_format)
    assert job["status"] == "failed"
    assert reason in job["reason"]
    assert stored(cloud) == before


def test_a_thousand_issues_are_enough(importer: Client, bring: Bring) -> None:
    job = bring(jsonl(*(line(str(number), skus=[]) for number in range(MAX_ISSUES + 50))))
    assert (job["status"], job["bad"], job["issues"]) == ("refused", MAX_ISSUES + 50, MAX_ISSUES)
    told = issues(importer, job)
    assert [row for row, _, _ in told] == list(range(1, MAX_ISSUES + 1))


# ---- what is written


def test_what_is_absent_stays_and_what_is_null_is_cleared(bring: Bring) -> None:
    factories.brand("罗莱")
    whole = line(
        "1",
        brand="罗莱",
        summary="一句话",
        keywords=["a"],
        min_quantity=2,
        specs=[{"name": "色", "values": ["白", "黑"]}],
        skus=[
            {"values": ["白"], "price_amount": 1, "cost_amount": 1, "stock": 5, "weight_grams": 9},
            {"values": ["黑"], "price_amount": 2},
        ],
        attributes=[{"name": "材质", "value": "棉"}],
    )
    assert bring(jsonl(whole))["created"] == 1
    assert bring(jsonl({"code": "1"}))["unchanged"] == 1
    assert (
        bring(jsonl({"code": "1", "name": "新名", "min_quantity": None, "brand": None, "keywords": []}))["changed"] == 1
    )
    skus = [
        {"values": ["黑"], "price_amount": 3},
        {"values": ["白"], "price_amount": 1, "cost_amount": None, "stock": 99},
    ]
    assert bring(jsonl({"code": "1", "skus": skus}))["changed"] == 1
    product = products.product(product_id_of("1"))
    assert (product.name, product.summary, product.min_quantity, product.brand_id) == ("新名", "一句话", 1, None)
    assert [(sku.values, sku.price_amount, sku.weight_grams, sku.cost_amount) for sku in product.skus] == [
        (["黑"], 3, None, None),
        (["白"], 1, 9, None),
    ]
    stocks = inventory.stocks(product.stock_keys())
    assert [stocks[key].available for key in product.stock_keys()] == [0, 5]


def test_a_sheet_that_has_few_columns_changes_few_fields(bring: Bring) -> None:
    product = factories.product("1")
    sheet = "code,specs,price_amount\n1,颜色=白|尺寸=1.5m,1\n1,颜色=白|尺寸=1.8m,2.5\n"
    assert bring(sheet.encode(), file_format="csv")["changed"] == 1
    after = products.product(product.id)
    assert [sku.price_amount for sku in after.skus] == [100, 250]
    assert (after.name, after.pictures) == (product.name, product.pictures)
    assert products.detail(product.id).pictures == ["https://media.test/1.jpg", "https://media.test/2.jpg"]


def test_a_sheet_keeps_the_order_of_values(bring: Bring) -> None:
    specs = [{"name": "色", "values": ["白", "黑"]}]
    skus = [{"values": ["黑"], "price_amount": 1}, {"values": ["白"], "price_amount": 1}]
    product = factories.product("1", specs=specs, skus=skus)
    sheet = "code,specs,price_amount\n1,色=黑,0.01\n1,色=白,0.01\n"
    assert bring(sheet.encode(), file_format="csv")["unchanged"] == 1
    sheet += "1,色=红,0.01\n"
    assert bring(sheet.encode(), file_format="csv")["changed"] == 1
    assert products.product(product.id).specs[0].values == ["白", "黑", "红"]


def test_statuses(importer: Client, bring: Bring) -> None:
    assert bring(jsonl(line("1", status="listed")))["created"] == 1
    assert bring(jsonl(line("1", status="unlisted")))["changed"] == 1
    job = bring(jsonl(line("1", status="draft")))
    assert issues(importer, job) == [(1, "", "商品当前状态不能执行此操作")]


def test_the_second_time_nothing_changes(bring: Bring, cloud: Cloud) -> None:
    lines = jsonl(line("1", status="listed", list_at="2026-12-01T00:00:00+08:00"), line("2"))
    bring(lines)
    with Transaction() as tx:
        inventory.take(tx, products.product(product_id_of("1")).stock_keys()[0], 4, "ord_1")
    before, outbox = stored(cloud), cloud.items("outbox")
    job = bring(lines)
    assert [job[name] for name in ("status", "created", "changed", "unchanged")] == ["finished", 0, 0, 2]
    assert stored(cloud) == before
    assert cloud.items("outbox") == outbox


def test_categories_and_brands(importer: Client, bring: Bring) -> None:
    tree = jsonl(
        {"path": "餐厨", "code": "C1", "sort": 3}, {"path": "餐厨/锅具", "summary": "一口好锅"}, {"path": "居家"}
    )
    assert bring(tree, "categories")["created"] == 2
    assert bring(tree, "categories")["unchanged"] == 3
    renamed = jsonl({"path": "厨房", "code": "C1"})
    assert bring(renamed, "categories")["changed"] == 1
    assert taxonomy.load_tree().find("厨房/锅具") is not None
    job = bring(jsonl({"path": "没有/下级"}, {"path": "a/b/c/d/e"}, {"path": "厨房", "parent_id": "x"}), "categories")
    assert [(row, field) for row, field, _ in issues(importer, job)] == [(1, "path"), (2, "path"), (3, "parent_id")]
    job = bring("类目,显示,排序\n厨房,也许,1.5\n".encode(), "categories", "csv")
    assert issues(importer, job) == [(2, "显示", "“也许”应为“是”或“否”"), (2, "排序", "“1.5”不是整数")]
    assert bring("品牌,显示\n罗莱,否\n".encode(), "brands", "csv")["created"] == 1
    assert bring(jsonl({"name": "罗莱", "code": "LL"}), "brands")["changed"] == 1
    assert bring(jsonl({"name": "罗莱家纺", "code": "LL"}), "brands")["changed"] == 1
    brands = taxonomy.load_brands().by_id.values()
    assert [(each.name, each.code, each.visible) for each in brands] == [("罗莱家纺", "LL", False)]
    job = bring(jsonl({"name": "x", "logo": "javascript:1"}, {"nam": "x"}), "brands")
    assert [(row, field) for row, field, _ in issues(importer, job)] == [(1, "logo"), (2, "name")]


def test_exports_come_back_unchanged(bring: Bring, taken_out: Callable[..., list[bytes]], cloud: Cloud) -> None:
    factories.brand("=罗莱|和=棉")
    taxonomy.save_brand(BrandFields(name="隐藏的", visible=False, sort=-5))
    texts = ["=1+1", "'=x", "+86", "-", "@a", "a|b=c\\d", 'q"u,o\nte'.replace("\n", " "), "\\"]
    factories.product(
        "=".replace("=", "F-1"),
        name="=HYPERLINK(1)",
        keywords=texts,
        brand_id=taxonomy.load_brands().find("=罗莱|和=棉").id,  # type: ignore[union-attr]
        attributes=[{"name": text, "value": f"{text}\n第二行"} for text in texts],
        description='一段\n二段,"三"段',
        specs=[{"name": "=色|", "values": ["=白", "黑|灰"]}],
        skus=[
            {"values": ["黑|灰"], "price_amount": 1, "market_price_amount": 2, "cost_amount": 0, "code": "S1"},
            {"values": ["=白"], "price_amount": 10_000_000, "weight_grams": 0, "volume_ml": 5, "barcode": "69-1"},
        ],
        list_at="2026-11-24T10:00:00.123456+00:00",
        unlist_at="2027-01-01T00:00:00+08:00",
        per_order_max=3,
        video="https://media.test/v.mp4",
        unit="套",
    )
    factories.product(listed=False)  # without a code of its own
    before = stored(cloud)
    for subject, count in (("categories", 2), ("brands", 2), ("products", 2)):
        for file_format in ("jsonl", "csv"):
            (content,) = taken_out(subject, file_format)
            job = bring(content, subject, file_format)
            assert [job[name] for name in ("status", "unchanged", "bad")] == ["finished", count, 0]
    assert stored(cloud) == before


def test_an_export_of_many_is_several_files(
    taken_out: Callable[..., list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.mall.catalog.imports.exports import service as exports

    assert taken_out("products", "jsonl") == [b""]
    monkeypatch.setattr(exports, "PART", 2)
    monkeypatch.setattr(exports, "RUN_SECONDS", 0.0001)
    for number in range(5):
        factories.product(f"P{number}")
    files = taken_out("products", "jsonl")
    codes = [json.loads(each)["code"] for content in files for each in content.decode().splitlines()]
    assert [content.count(b"\n") for content in files] == [2, 2, 1]
    assert sorted(codes) == [f"P{number}" for number in range(5)]


def test_the_documented_examples_are_good(bring: Bring) -> None:
    text = (Path(__file__).parents[3] / "docs" / "catalog-files.md").read_text(encoding="utf-8")
    examples = re.findall(r"```(jsonl|csv)\n(.*?)```", text, re.DOTALL)
    (_, lines), (_, sheet), (_, categories) = examples
    factories.product("1006003", **factories.plain())
    assert bring(categories.encode(), "categories")["changed"] == 2
    job = bring(lines.encode())
    assert [job[name] for name in ("created", "changed", "bad")] == [1, 1, 0]
    assert products.product(product_id_of("1006003")).price_amount == 4900
    assert bring(sheet.encode(), file_format="csv")["unchanged"] == 1
    for columns in (product_files.COLUMNS, taxonomy_files.CATEGORY_COLUMNS, taxonomy_files.BRAND_COLUMNS):
        assert [column.title for column in columns if column.title not in text] == []


# ---- the life of an import


def test_a_small_file_comes_in_the_request(importer: Client, drain: Callable[..., Any]) -> None:
    asked = {"subject": "products", "format": "jsonl", "file_name": "商品.jsonl", "content": json.dumps(line("1"))}
    made = importer.post("/admin/imports", json=asked)
    assert (made.status, made.json["upload"], made.json["job"]["status"]) == (201, None, "waiting")
    path = f"/admin/imports/{made.json['job']['id']}"
    assert importer.post(f"{path}/start").ok()["status"] == "queued"
    drain()
    assert importer.get(path).ok()["created"] == 1
    assert importer.post(f"{path}/start").code == "import_over"
    assert [job["id"] for job in importer.get("/admin/imports").ok()["items"]] == [made.json["job"]["id"]]


def test_refusals(http: Client, importer: Client, cloud: Cloud) -> None:
    asked = {"subject": "products", "format": "jsonl", "file_name": "a.jsonl"}
    made = importer.post("/admin/imports", json=asked).ok()
    assert made["upload"]["max_bytes"] == 32 * 1024 * 1024
    export = importer.post("/admin/catalog-exports", json={"subject": "brands", "format": "csv"}).ok()
    reader = http.as_(factories.staff_token("catalog.read", "catalog.write"))
    with cloud.unchanged():
        assert importer.post(f"/admin/imports/{made['job']['id']}/start").code == "import_file_missing"
        assert importer.post("/admin/imports/imp_no/start").code == "import_not_found"
        assert importer.get(f"/admin/imports/{export['id']}").code == "import_not_found"
        assert importer.get(f"/admin/catalog-exports/{made['job']['id']}").code == "export_not_found"
        assert importer.get("/admin/imports/imp_no/errors").code == "import_not_found"
        for wrong in ({"subject": "orders"}, {"format": "xlsx"}, {"file_name": "a/b"}, {"file_name": ""}, {"more": 1}):
            assert importer.post("/admin/imports", json={**asked, **wrong}).code == "invalid"
        assert reader.post("/admin/imports", json=asked).status == 403
        assert reader.post("/admin/catalog-exports", json={"subject": "brands", "format": "csv"}).status == 403


def test_a_long_import_takes_several_runs(bring: Bring, monkeypatch: pytest.MonkeyPatch, importer: Client) -> None:
    ran: list[str] = []
    advance = worker.advance

    def counted(import_id: str) -> bool:
        ran.append(import_id)
        monkeypatch.setattr(worker, "RUN_SECONDS", 0.03)
        return advance(import_id)

    monkeypatch.setattr(worker, "advance", counted)
    monkeypatch.setattr(Products, "chunk_size", 4)
    job = bring(jsonl(*(line(str(number)) for number in range(12))))
    assert [job[name] for name in ("status", "created", "records")] == ["finished", 12, 12]
    assert len(ran) > 3


def test_two_workers_at_once_write_everything_once(
    uploaded: Bring, importer: Client, cloud: Cloud, drain: Callable[..., Any]
) -> None:
    job = uploaded(jsonl(*(line(str(number)) for number in range(20))))
    importer.post(f"/admin/imports/{job['id']}/start").ok()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker.advance, [job["id"]] * 4))
    drain()
    ended = importer.get(f"/admin/imports/{job['id']}").ok()
    assert [ended[name] for name in ("status", "created", "changed", "unchanged", "bad")] == ["finished", 20, 0, 0, 0]
    assert len(cloud.items("stock_entries")) == 20
    assert {item["version"]["N"] for item in cloud.items("products")} == {"1"}


def test_what_was_good_when_it_was_checked_and_is_bad_when_it_is_written(
    uploaded: Bring, importer: Client, drain: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.category("餐厨")
    job = uploaded(jsonl(line("1", category="餐厨"), line("2")))
    importer.post(f"/admin/imports/{job['id']}/start").ok()
    write = worker._write
    monkeypatch.setattr(worker, "_write", lambda *args: (taxonomy.remove_category(other.id), write(*args)))
    drain()
    ended = importer.get(f"/admin/imports/{job['id']}").ok()
    assert [ended[name] for name in ("status", "created", "bad")] == ["finished", 1, 1]
    assert issues(importer, ended) == [(1, "category", "没有类目“餐厨”")]


def test_staff_who_edit_in_between_do_not_stop_it(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    product = factories.product("1")
    edited: list[int] = []
    prepare = Products.prepare

    def slow(self: Products, planned: Any) -> Any:
        if not edited:  # somebody saves between our reading and our writing
            edited.append(1)
            editing.update(product.id, factories.editing.ProductFields(**factories.fields(summary="店员写的")), 2)
        return prepare(self, planned)

    monkeypatch.setattr(Products, "prepare", slow)
    job = bring(jsonl({"code": "1", "name": "导入的名字"}))
    assert [job[name] for name in ("status", "changed", "bad")] == ["finished", 1, 0]
    after = products.product(product.id)
    assert (after.name, after.summary, after.version) == ("导入的名字", "店员写的", 4)


def test_it_may_die_at_any_step(cloud: Cloud, sweep: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead before or after each call to the cloud, then taken over: everything is written once, and counted right."""
    monkeypatch.setattr(Products, "chunk_size", 2)
    job: dict[str, str] = {}

    def prepare() -> None:
        cloud.memory.clear()
        taxonomy.forget()
        factories.category()
        factories.product("3", listed=False)
        lines = jsonl(line("1"), line("2", skus=[{"price_amount": 0}]), {"code": "3", "name": "新"})
        asked = CreateImport(
            subject=Subject.PRODUCTS,
            format=FileFormat.JSONL,
            file_name="a",
            on_error=OnError.SKIP_BAD_ROWS,
            content=lines.decode(),
        )
        job["id"] = imports.create(asked, "店员").job.id
        imports.start(job["id"])

    def act() -> None:
        worker.advance(job["id"])

    def check() -> None:
        sweep()
        ended = imports.load(job["id"])
        names = ("status", "records", "created", "changed", "unchanged", "bad", "issues")
        assert [getattr(ended, name) for name in names] == ["finished", 3, 1, 1, 0, 1, 1]
        versions = {item["code"]["S"]: item["version"]["N"] for item in cloud.items("products")}
        assert versions == {"1": "1", "3": "2"}
        assert len(cloud.items("stocks")) == len(cloud.items("stock_entries")) == 3

    steps = faults.every_death(prepare, act, check)
    assert steps.count("dynamodb TransactWriteItems") == 1 + 2 + 2 + 2  # split, check, write, end of chunk
