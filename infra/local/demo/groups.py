"""Two group buys: one that is complete with a friend, and one that staff stop, whose money goes back by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.ordering import pay, place
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]

FRIEND = "o-zhou-yi"
TOGETHER, ALONE = "两人拼团", "五人拼团"
REBATE = 500
"""Fen that a leader gets back."""


@dataclass
class Groups:
    """The buyer of the story, a friend, and the staff."""

    teller: Teller
    buyer: Browser
    friend: Browser
    staff: Browser
    wechat: Browser
    address: Document

    def play(self, together: Document, alone: Document) -> None:
        """:raises Unexpected: something went otherwise."""
        self._friend_comes()
        self.succeed(together)
        self.fail(alone)

    def succeed(self, product: Document) -> None:
        """The buyer starts, the friend joins by the link; the leader's rebate comes back. The campaign goes on."""
        line, campaign = self._campaign(TOGETHER, product, sizes=[2], leader_rebate_amount=REBATE)
        first = self._order(self.buyer, line, "new")
        self._pay(self.buyer, first)
        group = self._until(self.buyer, first, "open")
        self.teller.tell(
            "start", f"{campaign['title']}, {product['name']} {yuan(first['payable_amount'])}: 1 of 2 paid"
        )
        second = self._order(self.friend, line, group["id"])
        self.teller.tell("join", f"a seat held with order {second['number']}, before anything is paid")
        self._pay(self.friend, second)
        page = self._until(self.buyer, first, "complete")
        names = "、".join(each["name"] for each in page["members"])
        wait(lambda: self.buyer.get(f"/orders/{first['id']}")["status"] == "processing", "the order to be released")
        wait(lambda: self._refunded(first) == REBATE, "the leader's rebate")
        self.teller.tell("complete", f"{names}: both orders are sent, and the leader has {yuan(REBATE)} back")

    def fail(self, product: Document) -> None:
        """Nobody joins, staff stop the campaign: money and stock go back by themselves."""
        line, campaign = self._campaign(ALONE, product, sizes=[5])
        stock = self._stock(line)
        order = self._order(self.buyer, line, "new")
        self._pay(self.buyer, order)
        self._until(self.buyer, order, "open")
        self.teller.tell(
            "start", f"{campaign['title']}, {product['name']} {yuan(order['payable_amount'])}: 4 are missing"
        )
        version = self.staff.get(f"/admin/campaigns/{campaign['id']}")["version"]
        self.staff.post(f"/admin/campaigns/{campaign['id']}/steps", {"step": "stop", "version": version})
        self._until(self.buyer, order, "failed")
        wait(lambda: self._refunded(order) == order["payable_amount"], "the refund")
        wait(lambda: self._stock(line) == stock, "the stock to come back")
        shown = self.buyer.get(f"/orders/{order['id']}")
        self.teller.tell("failed", f"staff stopped it: {shown['status']}, {shown['cancel_reason']}")
        self.teller.more(f"{yuan(self._refunded(order))} back by itself, stock {stock}")

    def _friend_comes(self) -> None:
        code = self.wechat.post("/control/login-codes", {"openid": FRIEND})["code"]
        self.friend.token = self.friend.post("/sessions", {"code": code})["token"]
        self.friend.send("PATCH", "/me", json_body={"nickname": "周一"})
        if not self.friend.get("/me/addresses")["items"]:
            self.friend.post("/me/addresses", self.address)

    def _campaign(self, title: str, product: Document, **settings: Any) -> tuple[Document, Document]:
        """The line, and the campaign for it; one that runs (a kept database) is taken again."""
        sku = self.buyer.get(f"/products/{product['id']}")["skus"][0]
        line = {"product_id": product["id"], "sku_id": sku["id"], "quantity": 1}
        running = self.buyer.get("/campaigns", play="group_buy")["items"]
        for campaign in running:
            if campaign["title"] == title:
                return line, campaign
        now = datetime.now(UTC)
        body = {
            "play": "group_buy",
            "title": title,
            "starts_at": (now - timedelta(minutes=1)).isoformat(),
            "ends_at": (now + timedelta(days=7)).isoformat(),
            "settings": settings,
            "items": [{"product_id": product["id"], "sku_id": sku["id"], "unit_amount": sku["price_amount"] * 8 // 10}],
        }
        draft = self.staff.post("/admin/campaigns", body)
        step = {"step": "schedule", "version": draft["version"]}
        return line, self.staff.post(f"/admin/campaigns/{draft['id']}/steps", step)

    def _order(self, who: Browser, line: Document, group: str) -> Document:
        address = who.get("/me/addresses")["items"][0]
        asked = {"lines": [line], "address_id": address["id"], "options": {"group_buy": group, "coupon": "none"}}
        return place(who, asked)

    def _pay(self, who: Browser, order: Document) -> None:
        pay(who, self.wechat, order)

    def _until(self, who: Browser, order: Document, status: str) -> Document:
        """The page of the order's group, when it is *status*."""
        (hold,) = order["holds"]
        path = f"/groups/{hold.partition(':')[2]}"
        wait(lambda: who.get(path)["status"] == status, f"the group to be {status}")
        page: Document = who.get(path)
        return page

    def _refunded(self, order: Document) -> int:
        trades = [
            each
            for each in self.wechat.get("/control/orders")["orders"]
            if each["out_trade_no"].startswith(order["number"])
        ]
        if not trades:
            raise Unexpected(f"WeChat Pay knows nothing of {order['number']}")
        return sum(refund["amount"]["refund"] for each in trades for refund in each["refunds"])

    def _stock(self, line: Document) -> int:
        page = self.buyer.get(f"/products/{line['product_id']}")
        return next(int(sku["available"]) for sku in page["skus"] if sku["id"] == line["sku_id"])
