"""Search over 100,000 products: what building, opening and asking the index costs.

Products are generated: names put together from halves of real ones when a catalog (JSON Lines with ``name``,
``summary``, ``attributes``) is given, else from a small vocabulary. CPU is this process's, all threads.
"""

from __future__ import annotations

import json
import random
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.gateways.search_index import building, service
from chalicelib.gateways.search_index.embedded import EmbeddedIndex
from chalicelib.gateways.search_index.schemas import Document, SearchQuery, Sort

NOW = datetime(2026, 11, 24, tzinfo=UTC)
_FIRST = ("纯棉", "轻奢", "日式", "手工", "简约", "进口", "儿童", "加厚", "真丝", "原木")
_THEN = ("刺绣四件套", "蚕丝被", "超柔毛巾", "珐琅锅", "收纳盒", "保温杯", "懒人沙发", "双肩包", "坚果礼盒", "宠物窝")
_ROUNDS = 200
PRODUCTS = 100_000


def products(count: int, catalog: Path | None) -> Iterator[Document]:
    """*count* products, always the same."""
    dice = random.Random(1)
    known = [json.loads(line) for line in catalog.read_text().splitlines()] if catalog else []
    for number in range(count):
        yield _product(number, *_text(dice, known), dice)


def _text(dice: random.Random, known: list[dict[str, Any]]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    if not known:
        return (
            dice.choice(_FIRST) + dice.choice(_THEN),
            "好物精选" + dice.choice(_FIRST),
            (("材质", dice.choice(_FIRST)),),
        )
    one, other = dice.choice(known), dice.choice(known)
    name = one["name"][: len(one["name"]) // 2] + other["name"][len(other["name"]) // 2 :]
    return name, other["summary"] or "", tuple((each["name"], each["value"]) for each in one["attributes"])


def _product(number: int, name: str, summary: str, attributes: Any, dice: random.Random) -> Document:
    price, group, brand = dice.randrange(990, 200_000), dice.randrange(12), dice.randrange(200)
    picture = f"https://media.example/uploads/image/202611/{number:032x}.jpg"
    card = {"id": f"prd_{number:026d}", "name": name, "summary": summary, "price_amount": price, "image_url": picture}
    return Document(
        id=card["id"],  # type: ignore[arg-type]
        name=name,
        card=json.dumps(card, ensure_ascii=False),
        price_amount=price,
        listed_at=NOW - timedelta(minutes=dice.randrange(10**6)),
        summary=summary,
        categories=((f"cat_{group}", f"类目{group}"), (f"cat_{group}_{number % 8}", f"子类{group}{number % 8}")),
        brand=(f"brd_{brand}", f"品牌{brand}"),
        attributes=attributes,
        sales=dice.randrange(10_000),
        rating_bps=dice.randrange(5_000, 10_000),
        in_stock=dice.random() < 0.9,
    )


def _times(call: Callable[[], object]) -> tuple[float, float, float]:
    """p50, p95 and CPU of one call, milliseconds."""
    wall, cpu = [], time.process_time()
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        call()
        wall.append((time.perf_counter() - started) * 1000)
    wall.sort()
    return wall[_ROUNDS // 2], wall[_ROUNDS * 95 // 100], (time.process_time() - cpu) * 1000 / _ROUNDS


def _questions() -> dict[str, SearchQuery]:
    listing, category = SearchQuery(NOW), SearchQuery(NOW, category_id="cat_3", sort=Sort.SALES)
    words = {
        f"search {word}": SearchQuery(NOW, keyword=word) for word in ("四件套", "蚕丝被", "毛巾", "锅", "纯棉四件套")
    }
    return {
        "listing of 20": listing,
        "listing of 20, newest": SearchQuery(NOW, sort=Sort.NEWEST),
        "category by sales": category,
        **words,
        "search 四件套, price, brand, in stock": SearchQuery(
            NOW,
            keyword="四件套",
            min_amount=5_000,
            max_amount=90_000,
            brand_ids=("brd_1", "brd_2", "brd_3"),
            in_stock=True,
        ),
        "search 四件套 by price": SearchQuery(NOW, keyword="四件套", sort=Sort.PRICE_ASC),
        "search 四件套, page 50": SearchQuery(NOW, keyword="四件套", offset=980),
        "search 四件套 with facets": SearchQuery(NOW, keyword="四件套", facets=True),
        "listing of 20 with facets": SearchQuery(NOW, facets=True),
        "search of 10,000 characters": SearchQuery(NOW, keyword="四件套蚕丝被" * 1_700),
    }


def table(count: int = PRODUCTS, catalog: Path | None = None) -> str:
    """The section of docs/performance.md."""
    index, rows = _measure_build(list(products(count, catalog)))
    rows += ["", "| question | hits | p50 ms | p95 ms | CPU ms |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, question in _questions().items():
        middle, high, cpu = _times(lambda question=question: index.search(question))  # type: ignore[misc]
        rows.append(f"| {name} | {index.search(question).total:,} | {middle:.2f} | {high:.2f} | {cpu:.2f} |")
    for prefix in ("四", "四件", "日"):
        middle, high, cpu = _times(lambda prefix=prefix: index.suggest(prefix, now=NOW))  # type: ignore[misc]
        found = len(index.suggest(prefix, now=NOW))
        rows.append(f"| suggestions {prefix} | {found} | {middle:.2f} | {high:.2f} | {cpu:.2f} |")
    index.close()
    return "\n".join(rows)


def _measure_build(documents: list[Document]) -> tuple[EmbeddedIndex, list[str]]:
    before, cpu, started = _resident(), time.process_time(), time.perf_counter()
    packed = building.build(documents)
    built, built_cpu, peak = time.perf_counter() - started, time.process_time() - cpu, _resident()
    dumped = service.pack_documents(documents)
    started = time.perf_counter()
    loaded = service.unpack_documents(dumped)
    read = time.perf_counter() - started
    started = time.perf_counter()
    index = EmbeddedIndex(packed)
    opened = (time.perf_counter() - started) * 1000
    rows = {
        "products": f"{len(loaded):,}",
        "build": f"{built:.2f} s ({built_cpu:.2f} s CPU)",
        "memory of the build above the documents'": f"{peak - before:.0f} MB",
        "packed index": f"{len(packed) / 1e6:.1f} MB",
        "index on disk": f"{sum(p.stat().st_size for p in index._path.iterdir()) / 1e6:.1f} MB",
        "packed documents": f"{len(dumped) / 1e6:.1f} MB",
        "documents read back": f"{read:.2f} s",
        "unpack and open": f"{opened:.0f} ms",
    }
    head = ["| what | value |", "| --- | ---: |"]
    return index, head + [f"| {name} | {value} |" for name, value in rows.items()]


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
