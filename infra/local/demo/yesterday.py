"""A day that is over: what was bought and given back on it, and a payment that only WeChat Pay knows.

The clock is turned back for it: a bill of today is there tomorrow.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo.browser import Browser, wait
from infra.local.demo.ordering import line_of, pay, place
from infra.local.demo.seed import Shop
from infra.local.demo.teller import Teller, yuan
from infra.local.laptop import Laptop

CHINA = ZoneInfo("Asia/Shanghai")
READY, NOON = time(10, 5), time(12)
FOREIGN = 8_800
Document = dict[str, Any]


@dataclass
class Yesterday:
    """A buyer and the staff, on the last day whose bill is there."""

    mall: Laptop
    shop: Shop
    teller: Teller
    staff: Browser
    address_id: str

    @cached_property
    def day(self) -> date:
        """The last day whose bill WeChat Pay has."""
        now = datetime.now(CHINA)
        return now.date() - timedelta(days=1 if now.time() >= READY else 2)

    def play(self, product: Document) -> str | None:
        """Two orders are paid, one is given back, and somebody pays by the code on the counter.

        :returns: the number that only WeChat Pay knows; None: an earlier run has compared the day, and its bill stays.
        """
        known = self.staff.send("GET", f"/admin/reconciliations/{self.day}")
        if known.status == 200 and known.json["has_bill"]:
            return None
        number = f"QR{secrets.randbelow(10**10):010d}"
        wechat = Browser(self.mall.partners.control_url)
        with self._on_that_day():
            buyer, staff = self._log_in(wechat)
            kept, back = (self._buy(buyer, wechat, product, pieces) for pieces in (2, 1))
            pieces = {"pieces": [{"line": 0, "quantity": 1}], "note": "买家不要了"}
            staff.post(f"/admin/orders/{back['number']}/refunds", pieces, key=secrets.token_hex(8))
            wait(lambda: bool(buyer.get(f"/orders/{back['id']}")["status"] == "canceled"), "the order to be given back")
            wait(self.mall.runner.is_idle, "the queues to be empty")
            wechat.post("/control/payments/foreign", {"out_trade_no": number, "amount": FOREIGN})
        paid = f"{yuan(kept['payable_amount'])} and {yuan(back['payable_amount'])} were paid, the second went back"
        self.teller.tell("yesterday", f"{self.day}, the clock turned back: {paid};")
        self.teller.more(f"and {yuan(FOREIGN)} that somebody paid by the code on the counter, past the mall")
        return number

    @contextmanager
    def _on_that_day(self) -> Iterator[None]:
        wait(self.mall.runner.is_idle, "the queues to be empty")
        clock, noon = self.mall.clock, datetime.combine(self.day, NOON, CHINA)
        before, clock.behind = clock.behind, datetime.now(UTC) - noon
        try:
            yield
        finally:
            clock.behind = before

    def _log_in(self, wechat: Browser) -> tuple[Browser, Browser]:
        buyer, staff = Browser(self.mall.url), Browser(self.mall.url)
        code = wechat.post("/control/login-codes", {"openid": self.shop.openid})["code"]
        buyer.token = buyer.post("/sessions", {"code": code})["token"]
        named = {"username": self.shop.username, "password": self.shop.password}
        staff.token = staff.post("/admin/sessions", named)["token"]
        return buyer, staff

    def _buy(self, buyer: Browser, wechat: Browser, product: Document, pieces: int) -> Document:
        line = line_of(buyer, product, pieces)
        order = place(buyer, {"lines": [line], "address_id": self.address_id})
        pay(buyer, wechat, order)
        wait(lambda: bool(buyer.get(f"/orders/{order['id']}")["status"] == "processing"), "the payment to be known")
        return order
