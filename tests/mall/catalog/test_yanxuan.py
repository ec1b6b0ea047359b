"""A real catalog of 93 categories and 239 products goes in through the admin API, in both formats, twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness import Client, Cloud
from tests.mall.catalog import factories, yanxuan
from tests.mall.catalog.conftest import Bring

pytestmark = pytest.mark.skipif(not yanxuan.there(), reason="the data set is not on this machine")

STORED = ("products", "product_details", "stocks", "stock_entries", "taxonomy", "outbox")


def counts(job: dict[str, Any]) -> tuple[int, ...]:
    assert job["status"] == "finished"
    return tuple(job[name] for name in ("records", "created", "changed", "unchanged", "bad"))


def stored(cloud: Cloud) -> dict[str, list[Any]]:
    return {table: sorted(cloud.items(table), key=repr) for table in STORED}


@pytest.fixture
def taxonomy(bring: Bring) -> None:
    assert counts(bring(yanxuan.jsonl(yanxuan.categories()), "categories")) == (93, 93, 0, 0, 0)
    assert counts(bring(yanxuan.jsonl(yanxuan.brands()), "brands"))[1] == len(yanxuan.brands())


@pytest.mark.usefixtures("taxonomy")
def test_in_and_again_and_out_and_in(http: Client, bring: Bring, taken_out: Callable[..., Any], cloud: Cloud) -> None:
    lines = yanxuan.jsonl(yanxuan.products())
    job = bring(lines)
    assert counts(job) == (239, 239, 0, 0, 0)
    assert job["rows"] == 239
    staff = http.as_(factories.staff_token("catalog.read"))
    found = staff.get("/admin/products", query={"code": "1006002"}).ok()["items"][0]
    view = staff.get(f"/admin/products/{found['id']}").ok()
    assert (view["name"], view["category_path"]) == ("轻奢纯棉刺绣水洗四件套", "居家/床品件套")
    assert (view["price_amount"], view["on_sale"], view["skus"][0]["available"]) == (89_900, True, 100)
    before = stored(cloud)
    assert counts(bring(lines)) == (239, 0, 0, 239, 0)
    for encoding in ("utf-8", "gb18030"):
        again = bring(yanxuan.products_csv(encoding), file_format="csv")
        assert counts(again) == (239, 0, 0, 239, 0)
        assert again["rows"] == 244
    for subject, lines_ in (("categories", yanxuan.jsonl(yanxuan.categories())), ("brands", None)):
        assert counts(bring(lines_ or yanxuan.jsonl(yanxuan.brands()), subject))[1:3] == (0, 0)
    assert counts(bring(yanxuan.categories_csv(), "categories", "csv")) == (93, 0, 0, 93, 0)
    for subject in ("categories", "brands", "products"):
        for file_format in ("jsonl", "csv"):
            for content in taken_out(subject, file_format):
                job = bring(content, subject, file_format)
                assert (job["created"], job["changed"], job["bad"]) == (0, 0, 0)
                assert job["unchanged"] == job["records"] > 0
    assert stored(cloud) == before


@pytest.mark.usefixtures("taxonomy")
def test_the_sheet_makes_what_the_lines_make(bring: Bring, cloud: Cloud) -> None:
    assert counts(bring(yanxuan.products_csv(), file_format="csv")) == (239, 239, 0, 0, 0)
    before = stored(cloud)
    assert counts(bring(yanxuan.jsonl(yanxuan.products()))) == (239, 0, 0, 239, 0)
    assert stored(cloud) == before
    assert len(cloud.items("stocks")) == 244
