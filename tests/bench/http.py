"""CPU of the app per operation over HTTP, with the database, the partners and the queues in other processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from urllib.parse import quote

from infra.local.demo.browser import Browser, Reply
from tests.bench.process import Mall, mall
from tests.bench.server import WORDS

PRODUCTS, BUYERS, WARM = 240, 260, 20
ORDERS = 200
#: operation → (CPU ms of the best peer, ours at most)
AIMS = {
    "listing of 20": (4.7, 1.5),
    "product detail": (10.6, 3.0),
    "search": (7.7, 2.0),
    "add to cart": (28.0, 5.0),
    "whole order (place + pay)": (102.0, 20.0),
}


def table() -> str:
    """The section of docs/performance.md."""
    with mall(database="dynoxide", background=False, products=PRODUCTS, buyers=BUYERS, stock=100_000) as shop:
        found = measure(shop)
    rows = [
        "| operation | p50 ms | p95 ms | app CPU ms | aim | best peer |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (middle, high, cpu) in found.items():
        peer, aim = AIMS.get(name, ("", ""))
        rows.append(f"| {name} | {middle:.1f} | {high:.1f} | **{cpu:.2f}** | {aim} | {peer} |")
    return "\n".join(rows)


def measure(shop: Mall) -> dict[str, tuple[float, float, float]]:
    """Operation → p50, p95 of the wait and CPU of the server, milliseconds."""
    browser = Browser(shop.url)

    def listing(number: int) -> None:
        _full(_fine(browser.send("GET", "/products?limit=20")))

    def detail(number: int) -> None:
        _fine(browser.send("GET", f"/products/{shop.goods[number % len(shop.goods)]['product_id']}"))

    def search(number: int) -> None:
        _full(_fine(browser.send("GET", f"/products?limit=20&keyword={quote(WORDS[number % len(WORDS)])}")))

    def add(number: int) -> None:
        browser.token = shop.buyers[number % len(shop.buyers)]["token"]
        line = {"product_id": _good(shop, number)["product_id"], "sku_id": _good(shop, number)["sku_id"], "quantity": 1}
        _fine(browser.send("POST", "/cart/items", json_body=line))

    def place(number: int) -> str:
        buyer, good = shop.buyers[number % len(shop.buyers)], _good(shop, number)
        browser.token = buyer["token"]
        body = {
            "lines": [{"product_id": good["product_id"], "sku_id": good["sku_id"], "quantity": 1}],
            "address_id": buyer["address_id"],
            "expected_payable_amount": good["price"],
        }
        order: str = _fine(browser.send("POST", "/orders", json_body=body, key=f"bench-{number:05d}")).json["id"]
        return order

    def order(number: int) -> None:
        _fine(browser.send("POST", f"/orders/{place(number)}/pay", json_body={}))

    def nothing(number: int) -> None:
        browser.send("GET", "/no-such-path")

    return {
        "the runner alone (no route)": _time(shop, nothing, 400),
        "listing of 20": _time(shop, listing, 400),
        "product detail": _time(shop, detail, 400),
        "search": _time(shop, search, 400),
        "add to cart": _time(shop, add, ORDERS),
        "place order (1 line)": _time(shop, place, ORDERS),
        "whole order (place + pay)": _time(shop, lambda number: order(number + 10_000), ORDERS),
    }


def _good(shop: Mall, number: int) -> dict[str, str]:
    return shop.goods[number % len(shop.goods)]


def _fine(reply: Reply) -> Reply:
    if reply.status >= 400:
        raise RuntimeError(f"{reply.status}: {reply.body.decode()}")
    return reply


def _full(reply: Reply) -> None:
    if len(reply.json["items"]) != 20:
        raise RuntimeError("the list is not of 20")


def _time(shop: Mall, operation: Callable[[int], object], rounds: int) -> tuple[float, float, float]:
    for number in range(WARM):
        operation(number)
    waits, before = [], shop.cpu()
    for number in range(WARM, WARM + rounds):
        started = time.perf_counter()
        operation(number)
        waits.append((time.perf_counter() - started) * 1000)
    cpu = (shop.cpu() - before) / rounds
    waits.sort()
    return median(waits), waits[rounds * 95 // 100], cpu
