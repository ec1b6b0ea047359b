"""Search on a real catalog, when it is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.gateways.search_index import words
from chalicelib.gateways.search_index.embedded import EmbeddedIndex
from chalicelib.gateways.search_index.schemas import SearchQuery
from tests.gateways.search_index.factories import NOW, ask, document, index_of

DATA = Path(__file__).parents[4] / "shared" / "data" / "yanxuan"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real catalog is not on this machine")


def _read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def _path(category_id: int, categories: dict[int, Any]) -> tuple[tuple[str, str], ...]:
    category = categories.get(category_id)
    return (*_path(category["parent_id"], categories), (str(category["id"]), category["name"])) if category else ()


@pytest.fixture(scope="module")
def catalog() -> EmbeddedIndex:
    categories = {each["id"]: each for each in _read("categories.jsonl")}
    return index_of(
        *(
            document(
                product["name"],
                id=str(product["id"]),
                price_amount=product["price_fen"],
                summary=product["summary"] or "",
                keywords=tuple(product["keywords"]),
                categories=_path(product["category_id"], categories),
                attributes=tuple((each["name"], each["value"]) for each in product["attributes"]),
            )
            for product in _read("products.jsonl")
        )
    )


NAMES = {str(each["id"]): each["name"] for each in _read("products.jsonl")} if DATA.is_dir() else {}


@pytest.mark.parametrize(
    ("keyword", "least", "most"), [("四件套", 24, 40), ("蚕丝被", 2, 8), ("毛巾", 5, 10), ("锅", 4, 20)]
)
def test_the_words_of_the_story(catalog: EmbeddedIndex, keyword: str, least: int, most: int) -> None:
    hits = [NAMES[each] for each in ask(catalog, keyword, limit=100)]
    named = [name for name in NAMES.values() if keyword in name]
    assert least <= len(hits) <= most
    assert set(named) <= set(hits)
    # Those named so come before those that only mention it.
    assert set(hits[: len(named)]) == set(named)


def test_every_product_is_found_by_its_name(catalog: EmbeddedIndex) -> None:
    for product_id, name in NAMES.items():
        best = ask(catalog, name, limit=5)
        assert product_id in best, name


def test_any_chinese_part_of_a_name_finds_it(catalog: EmbeddedIndex) -> None:
    for product_id, name in NAMES.items():
        part = next((run for run in words._RUN.findall(name) if len(run) >= 4 and not run.isascii()), "")
        for start in range(len(part) - 3):
            assert product_id in ask(catalog, part[start : start + 4], limit=239), (name, part[start : start + 4])


def test_everything_is_listed_once(catalog: EmbeddedIndex) -> None:
    assert catalog.search(SearchQuery(NOW)).total == len(NAMES) == len(set(ask(catalog, limit=1_000)))
