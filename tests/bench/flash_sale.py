"""Two thousand buyers, thirty-two at a time, for one hundred pieces of a flash sale, over HTTP."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Queue
from statistics import median
from typing import Any

from infra.local.demo.browser import Browser, Reply
from tests.bench.process import Mall, mall

BUYERS, AT_ONCE, PIECES = 2_000, 32, 100
TAPS = 20


@dataclass
class Told:
    """What the buyers were told, and how long a tap for a ticket took (milliseconds)."""

    counts: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0


def table() -> str:
    """The section of docs/performance.md."""
    rows = [
        "| database | orders | told sold out | second piece refused | pieces left | seconds | buyers/s | tap p50 ms "
        "| p95 ms | busy answers |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for database in ("moto", "dynoxide"):
        with mall(
            database=database, background=True, products=1, buyers=BUYERS, stock=500, skus=1, sale=PIECES
        ) as shop:
            told, left = rush(shop), _left(shop)
        require_fair(told.counts, left)
        counts, waits = told.counts, sorted(told.waits)
        rows.append(
            f"| {database} | {counts['ordered']} | {counts['sold out']:,} | {counts['second refused']} | {left} "
            f"| {told.seconds:.1f} | {BUYERS / told.seconds:.0f} | {median(waits):.0f} "
            f"| {waits[len(waits) * 95 // 100]:.0f} | {counts['busy']} |"
        )
    return "\n".join(rows)


def require_fair(counts: Counter[str], left: int, buyers: int = BUYERS, pieces: int = PIECES) -> None:
    """Every piece sold once, each to another member, everybody else told so."""
    wanted = {"ordered": pieces, "second refused": pieces, "sold out": buyers - pieces}
    if {name: counts[name] for name in wanted} != wanted or left or counts["other"]:
        raise RuntimeError(f"{dict(counts)}, {left} left")


def rush(shop: Mall, at_once: int = AT_ONCE) -> Told:
    """All buyers want a piece."""
    free: Queue[Browser] = Queue()
    for _ in range(at_once):
        free.put(Browser(shop.url))
    told = Told()

    def want(buyer: dict[str, Any]) -> tuple[list[str], float]:
        browser = free.get()
        try:
            return buy(browser, buyer, shop)
        finally:
            free.put(browser)

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        for answers, wait in pool.map(want, shop.buyers):
            told.counts.update(answers)
            told.waits.append(wait)
    told.seconds = time.perf_counter() - started
    while not free.empty():
        free.get().close()
    return told


def buy(browser: Browser, buyer: dict[str, Any], shop: Mall) -> tuple[list[str], float]:
    """A ticket; with it an order; and whether a second piece is to be had."""
    browser.token, told = buyer["token"], []
    started = time.perf_counter()
    reply = _insist(told, lambda: browser.send("POST", "/flash-sale/tickets", json_body=_lot(shop)))
    wait = (time.perf_counter() - started) * 1000
    if reply.status != 201:
        return [*told, "sold out" if reply.code == "flash_sale_sold_out" else "other"], wait
    body = {
        "lines": [{"product_id": shop.sale["product_id"], "sku_id": shop.sale["sku_id"], "quantity": 1}],
        "address_id": buyer["address_id"],
        "options": {"flash_sale": reply.json["lot_id"]},
        "expected_payable_amount": shop.sale["payable_amount"],
    }
    ordered = _insist(told, lambda: browser.send("POST", "/orders", json_body=body, key="tap-00001"))
    told.append("ordered" if ordered.status == 201 else "other")
    again = _insist(told, lambda: browser.send("POST", "/flash-sale/tickets", json_body=_lot(shop)))
    refused = again.code in ("flash_sale_already_bought", "flash_sale_sold_out")
    return [*told, "second refused" if refused else "other"], wait


def _insist(told: list[str], send: Any) -> Reply:
    """As a mini program does while the mall says that it is busy."""
    reply: Reply = send()
    for _ in range(TAPS):
        if reply.code != "too_busy":
            break
        told.append("busy")
        reply = send()
    return reply


def _lot(shop: Mall) -> dict[str, str]:
    return {name: shop.sale[name] for name in ("campaign_id", "session", "product_id", "sku_id")}


def _left(shop: Mall) -> int:
    """Some seconds later, as the page says."""
    time.sleep(2.5)
    page = Browser(shop.url).get(f"/flash-sale/sessions/{shop.sale['campaign_id']}-{shop.sale['session']}")
    return int(page["goods"][0]["left"])
