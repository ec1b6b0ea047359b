"""What people do in the mall, one operation after another, each with the calls to AWS that it costs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from chalicelib.core import clock, jobs, outbox
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from infra.local.demo.goods import ITEMS
from infra.local.partners import Partners
from tests.bench import storage
from tests.bench.meter import Meter, metered
from tests.harness import Client
from tests.journeys.people import Customer
from tests.mall.catalog import factories as catalog

PRODUCTS = 24
LISTING = 20
WORD = "毛巾"


def _on_the_wire(answer: dict[str, Any]) -> int:
    """The bytes of a body as API Gateway sends it: compressed from one KB (``MinimumCompressionSize`` in app.yaml)."""
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    return len(gzip.compress(body, 6)) if len(body) >= 1024 else len(body)


def _words(number: int) -> dict[str, Any]:
    """Names, lines and pictures as different as a shop's: a list of twenty alike would compress to nothing."""
    item = ITEMS[number % len(ITEMS)]
    picture = f"https://media.test/products/{sha256(str(number).encode()).hexdigest()[:32]}.jpg"
    return {"name": f"{item.name} {WORD} {number}", "summary": item.summary, "pictures": [picture]}


@dataclass
class Story:
    """A small shop, one buyer and one clerk. ``costs``: operation → what it asked of AWS."""

    http: Client
    partners: Partners
    drain: Callable[[], Any]
    costs: dict[str, Meter] = field(default_factory=dict)
    kept_bytes: int = 0
    """What stays of the completed order for good, overhead and indexes included."""

    def tell(self) -> dict[str, Meter]:
        """Every operation once, as a warm container does it."""
        self._open()
        self._look()
        self._fill_cart()
        self._buy()
        self._pay()
        self._look_back()
        self._close()
        self._at_the_desk()
        self._ship()
        self._bring_back()
        self._while_nothing_happens()
        return self.costs

    def _cost(self, name: str, operation: Callable[[], Any]) -> Any:
        with metered() as meter:
            answer = operation()
        meter.answer_bytes = _on_the_wire(answer) if isinstance(answer, dict) else 0
        self.costs[name] = meter
        return answer

    def _open(self) -> None:
        self.products = [
            catalog.product(f"bench-{number}", **_words(number), **catalog.plain(price_amount=2_900))
            for number in range(PRODUCTS)
        ]
        self.drain()
        jobs.run("rebuild_search_index")
        self.staff = self.http.as_(catalog.staff_token())
        code = self.partners.wechat.new_login_code("o-bench")
        self._cost("log in, new member", lambda: self.http.post("/sessions", json={"code": code}).ok())
        self._cost("reactions to MemberRegistered", self.drain)
        code = self.partners.wechat.new_login_code("o-bench")
        session = self._cost("log in again", lambda: self.http.post("/sessions", json={"code": code}).ok())
        self.buyer = self.http.as_(session["token"])
        self.customer = Customer(self.buyer, self.partners, "o-bench", session["member"]["id"])
        self._cost("add address", self.customer.add_address)

    def _look(self) -> None:
        taxonomy.forget()
        self._cost("category tree, first in a container", lambda: self.http.get("/categories").ok())
        self._cost("category tree", lambda: self.http.get("/categories").ok())
        ask = {"limit": LISTING}
        self._cost("brands, first in a container", lambda: self.http.get("/brands").ok())
        self._cost("listing of 20, first in a container", lambda: self.http.get("/products", query=ask).ok())
        self._cost("listing of 20", lambda: self.http.get("/products", query=ask).ok())
        self._cost("home, first in a container", lambda: self.http.get("/home", query=ask).ok())
        self._cost("home", lambda: self.http.get("/home", query=ask).ok())
        self._cost("home, by a member", lambda: self.buyer.get("/home", query=ask).ok())
        known = {"If-None-Match": self.http.get("/home", query=ask).headers["etag"]}
        self._cost("home, not modified", lambda: self.http.get("/home", query=ask, headers=known).ok())
        ask = {"keyword": WORD, "limit": LISTING}
        self._cost("search", lambda: self.http.get("/products", query=ask).ok())
        self._cost("search, by a member", lambda: self.buyer.get("/products", query=ask).ok())
        self._cost("suggestions", lambda: self.http.get("/products/suggestions", query={"prefix": WORD}).ok())
        product = self.products[0]
        self.line = {"product_id": product.id, "sku_id": product.skus[0].id, "quantity": 1}
        self._cost("product detail", lambda: self.http.get(f"/products/{product.id}").ok())

    def _fill_cart(self) -> None:
        self._cost("add to cart", lambda: self.buyer.post("/cart/items", json=self.line).ok())
        second = self.products[1]
        line = {"product_id": second.id, "sku_id": second.skus[0].id, "quantity": 2}
        self._cost("add to cart, another product", lambda: self.buyer.post("/cart/items", json=line).ok())
        self._cost("cart", lambda: self.buyer.get("/cart").ok())
        path = f"/cart/items/{line['sku_id']}"
        self._cost("change quantity in the cart", lambda: self.buyer.patch(path, json={"quantity": 3}).ok())

    def _buy(self) -> None:
        ask = {"address_id": self.customer.address_id}
        quote = self._cost("preview the cart", lambda: self.buyer.post("/checkout/preview", json=ask).ok())
        self._cost(
            "preview buy-now", lambda: self.buyer.post("/checkout/preview", json={**ask, "lines": [self.line]}).ok()
        )
        body = {**ask, "expected_payable_amount": quote["payable_amount"]}
        place = lambda: self.buyer.post("/orders", json=body, key="bench-0001").ok()  # noqa: E731
        self.order = self._cost("place order of the cart (2 lines)", place)
        self._cost("place order, the same tap again", place)
        self._cost("reactions to OrderPlaced", self.drain)
        now = {**ask, "lines": [self.line], "expected_payable_amount": 2_900 + 1_000}
        self.unpaid = self._cost(
            "place order buy-now (1 line)", lambda: self.buyer.post("/orders", json=now, key="bench-0002").ok()
        )
        self.drain()

    def _pay(self) -> None:
        begun = self._cost("pay", lambda: self.customer.open_sheet(self.order))
        self.customer.confirm_sheet(begun)
        self._cost("notice of the payment", self.partners.wechat_pay.notices.deliver_due)
        self._cost("reactions to OrderPaid", self.drain)
        self.partners.wechat_pay.tell_paid_again(begun["payment_id"])
        self._cost("notice again", self.partners.wechat_pay.notices.deliver_due)

    def _look_back(self) -> None:
        self._cost("order list", lambda: self.buyer.get("/orders").ok())
        self._cost("order detail", lambda: self.buyer.get(f"/orders/{self.order['id']}").ok())
        self._cost("profile", lambda: self.buyer.get("/me").ok())
        self._cost("addresses", lambda: self.buyer.get("/me/addresses").ok())

    def _close(self) -> None:
        self._cost("cancel order", lambda: self.buyer.post(f"/orders/{self.unpaid['id']}/cancel", json={}).ok())
        self._cost("reactions to OrderCanceled", self.drain)

    def _at_the_desk(self) -> None:
        number = self.order["number"]
        for name, ask in {
            "number": {"number": number},
            "phone": {"phone": "13800138000"},
            "product": {"product_id": self.products[0].id},
            "day": {"from_day": "2026-11-24", "to_day": "2026-11-24"},
            "a word in a day": {"q": WORD, "from_day": "2026-11-24", "to_day": "2026-11-24"},
        }.items():
            self._cost(f"staff find orders by {name}", lambda ask=ask: self.staff.get("/admin/orders", query=ask).ok())
        self._cost("staff order detail", lambda: self.staff.get(f"/admin/orders/{number}").ok())
        self._cost("staff product detail", lambda: self.staff.get(f"/admin/products/{self.products[0].id}").ok())

    def _ship(self) -> None:
        """The paid order leaves, WeChat is told some minutes later, the buyer has it."""
        path, body = (
            f"/admin/orders/{self.order['number']}/parcels",
            {"carrier": "yto", "tracking_number": "YT1234567890123"},
        )
        self._cost("staff ship the order", lambda: self.staff.post(path, json=body, key="bench-0003").ok())
        self._cost("reactions to its leaving", self.drain)
        ask = {"tracking_number": body["tracking_number"]}
        self._cost("staff find orders by tracking number", lambda: self.staff.get("/admin/orders", query=ask).ok())
        later = clock.now() + timedelta(minutes=31)
        with clock.use(lambda: later):
            due = [each for each in outbox.OutboxItem.scan() if each.due_at <= later]
            self._cost("deadlines of an order, sent", lambda: outbox.send(due))
            self._cost("reactions to its deadlines", self.drain)
            path = f"/orders/{self.order['id']}/confirm-receipt"
            self._cost("confirm receipt", lambda: self.buyer.post(path, json={}).ok())
            self._cost("reactions to OrderCompleted", self.drain)
        self.kept_bytes = storage.kept_of(self.order["id"], self.order["number"])

    def _bring_back(self) -> None:
        """A piece is sent back and refunded, one of the other line is refunded unasked, and the buyer looks."""
        asked = {"kind": "return_and_refund", "pieces": [{"line": 1, "quantity": 1}]}
        path, order = f"/orders/{self.order['id']}/after-sale", self.order["number"]
        self._cost("quote of an after-sale", lambda: self.buyer.post(f"{path}-quote", json=asked).ok())
        body = {**asked, "reason": "not_wanted"}
        sale = self._cost("ask for a return", lambda: self.buyer.post(f"{path}s", json=body, key="bench-0004").ok())
        desk = f"/admin/after-sales/{sale['number']}"
        place = {"return_to": {"name": "售后部", "phone": "021-60000000", "address": "上海市徐汇区"}}
        self._cost("staff agree to it", lambda: self.staff.post(f"{desk}/agree", json=place).ok())
        path, way = f"/after-sales/{sale['id']}/send-back", {"carrier": "yto", "tracking_number": "YT1234567890124"}
        self._cost("send it back", lambda: self.buyer.post(path, json=way).ok())
        self.drain()
        self._cost("staff inspect it and refund", lambda: self.staff.post(f"{desk}/inspect", json={}).ok())
        self._cost("reactions to the refund", self.drain)
        self._cost("notice of the refund", self.partners.wechat_pay.notices.deliver_due)
        self._cost("reactions to RefundSucceeded", self.drain)
        back = {"pieces": [{"line": 0, "quantity": 1}], "note": "缺货"}
        path = f"/admin/orders/{order}/refunds"
        self._cost("staff refund a piece", lambda: self.staff.post(path, json=back, key="bench-0005").ok())
        self.drain()
        self._cost("after-sales of a buyer", lambda: self.buyer.get("/after-sales").ok())

    def _while_nothing_happens(self) -> None:
        """What runs each minute of the month, whether anybody buys or not."""
        jobs.run("deliver_due_events")
        jobs.run("refresh_search_index")
        minute_later = clock.now() + timedelta(minutes=1)
        with clock.use(lambda: minute_later):
            self._cost("sweep of the outbox, nothing due", lambda: jobs.run("deliver_due_events"))
            self._cost("refresh of the search index, nothing changed", lambda: jobs.run("refresh_search_index"))
