"""Ten thousand coupons, fifty thousand tries: 25,000 buyers tap twice, thirty-two at a time, over HTTP."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any

from infra.local.demo.browser import Browser
from tests.bench.process import Mall, mall

PIECES, BUYERS, TAPS, AT_ONCE = 10_000, 25_000, 2, 32
TRIES = 20


def table() -> str:
    """The section of docs/performance.md."""
    with mall(
        database="dynoxide", background=False, products=1, buyers=BUYERS, stock=1, skus=1, coupons=PIECES
    ) as shop:
        cpu, (seconds, told) = shop.cpu(), rush(shop)
        cpu = shop.cpu() - cpu
    if told["claimed"] != PIECES:
        raise RuntimeError(f"{PIECES} pieces: {told}")
    other = sum(told.values()) - told["claimed"] - told["coupon_sold_out"] - told["coupon_limit_reached"] - told["busy"]
    had_theirs = told["coupon_limit_reached"]
    if other:
        raise RuntimeError(f"unexpected answers: {told}")
    return "\n".join(
        [
            "| tries | claimed | told sold out | had theirs | busy answers | seconds | tries/s | app CPU ms a try |",
            "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            f"| {BUYERS * TAPS:,} | {told['claimed']:,} | {told['coupon_sold_out']:,} | {had_theirs:,} "
            f"| {told['busy']:,} | {seconds:.0f} | {BUYERS * TAPS / seconds:.0f} | {cpu / (BUYERS * TAPS):.1f} |",
        ]
    )


def rush(shop: Mall) -> tuple[float, Counter[str]]:
    """Seconds until everyone was told, and what they were told."""
    free: Queue[Browser] = Queue()
    for _ in range(AT_ONCE):
        free.put(Browser(shop.url))
    told: Counter[str] = Counter()

    def claim(buyer: dict[str, Any]) -> list[str]:
        browser = free.get()
        try:
            return [each for number in range(TAPS) for each in tap(browser, buyer["token"], shop.coupon, number)]
        finally:
            free.put(browser)

    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for answers in pool.map(claim, shop.buyers):
            told.update(answers)
    return time.perf_counter() - started, told


def tap(browser: Browser, token: str, coupon: str, number: int) -> list[str]:
    """One tap, with a key of its own; again with the same key while the mall says that it is busy."""
    browser.token, told = token, []
    for _ in range(TRIES):
        reply = browser.send("POST", f"/coupon-templates/{coupon}/claim", json_body={}, key=f"tap-{number:05d}")
        if reply.code != "too_busy":
            return [*told, "claimed" if reply.status == 201 else str(reply.code)]
        told.append("busy")
    return told
