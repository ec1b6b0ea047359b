"""Four hundred buyers, thirty-two at a time, one SKU with a hundred pieces, over HTTP."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any

from infra.local.demo.browser import Browser
from tests.bench.process import Mall, mall

BUYERS, AT_ONCE, PIECES = 400, 32, 100
TAPS = 20


def table() -> str:
    """The section of docs/performance.md."""
    rows = [
        "| database | orders | told sold out | else | pieces left | seconds | orders/s | answers/s | busy answers |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for database in ("moto", "dynoxide"):
        with mall(database=database, background=True, products=1, buyers=BUYERS, stock=PIECES, skus=1) as shop:
            seconds, told = rush(shop)
            left = _left(shop)
        if (told["ordered"], left) != (PIECES, 0):
            raise RuntimeError(f"{database}: {told}, {left} left")
        other = BUYERS - told["ordered"] - told["sold out"]
        rows.append(
            f"| {database} | {told['ordered']} | {told['sold out']} | {other} | {left} | {seconds:.1f} "
            f"| {PIECES / seconds:.0f} | {BUYERS / seconds:.0f} | {told['busy']} |"
        )
    return "\n".join(rows)


def rush(shop: Mall) -> tuple[float, Counter[str]]:
    """Seconds until everyone was told, and what they were told."""
    free: Queue[Browser] = Queue()
    for _ in range(AT_ONCE):
        free.put(Browser(shop.url))
    told: Counter[str] = Counter()

    def buy(buyer: dict[str, Any]) -> list[str]:
        browser = free.get()
        try:
            return tap(browser, buyer, shop.goods[0])
        finally:
            free.put(browser)

    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for answers in pool.map(buy, shop.buyers):
            told.update(answers)
    return time.perf_counter() - started, told


def tap(browser: Browser, buyer: dict[str, Any], good: dict[str, Any]) -> list[str]:
    """Buy now; again with the same key while the mall says that it is busy, as a mini program does."""
    browser.token, told = buyer["token"], []
    body = {
        "lines": [{"product_id": good["product_id"], "sku_id": good["sku_id"], "quantity": 1}],
        "address_id": buyer["address_id"],
        "expected_payable_amount": good["price"],
    }
    for _ in range(TAPS):
        reply = browser.send("POST", "/orders", json_body=body, key="tap-00001")
        told.append("busy" if reply.code == "too_busy" else "other")
        if reply.code != "too_busy":
            break
    if reply.status == 201:
        told[-1] = "ordered"
    elif reply.code in ("out_of_stock", "lines_invalid"):
        told[-1] = "sold out"
    return told


def _left(shop: Mall) -> int:
    page = Browser(shop.url).get(f"/products/{shop.goods[0]['product_id']}")
    return int(page["skus"][0]["available"])
