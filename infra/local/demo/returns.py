"""One piece of three comes back: bought with a coupon, points, stored value and WeChat Pay; where each fen went."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.loyalty import Loyalty
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]
RETURN_TO = {"name": "售后部", "phone": "021-60000000", "address": "上海市徐汇区漕溪北路 2 号"}
ASKED: Document = {"kind": "return_and_refund", "pieces": [{"line": 0, "quantity": 1}]}


@dataclass
class Returns:
    """The buyer and the staff."""

    teller: Teller
    loyalty: Loyalty
    staff: Browser

    @property
    def buyer(self) -> Browser:
        return self.loyalty.buyer

    def play(self, product: Document) -> None:
        """:raises Unexpected: something went otherwise, or a fen is missing."""
        self.loyalty.top_up()
        self.loyalty.claim()
        order = self.loyalty.buy(product, pieces=3)
        self.staff.post(f"/admin/orders/{order['number']}/parcels", _waybill(), key=secrets.token_hex(8))
        before = self._purses()
        sale = self._bring_back(order)
        self._count(order, sale, before)

    def _bring_back(self, order: Document) -> Document:
        """Asked for, agreed, sent back, looked at, paid out."""
        shown = self.buyer.post(f"/orders/{order['id']}/after-sale-quote", ASKED)
        worth = f"one of three: {yuan(shown['goods_amount'])}, freight {yuan(shown['freight_amount'])}"
        self.teller.tell("ask first", worth)
        sale = self.buyer.post(
            f"/orders/{order['id']}/after-sales", {**ASKED, "reason": "not_wanted"}, key=secrets.token_hex(8)
        )
        path = f"/admin/after-sales/{sale['number']}"
        self.staff.post(f"{path}/agree", {"return_to": RETURN_TO})
        self.buyer.post(f"/after-sales/{sale['id']}/send-back", _waybill())
        self.staff.post(f"{path}/inspect", {"note": "完好"})
        wait(lambda: self._sale(sale)["status"] == "refunded", "the money to be back")
        done = self._sale(sale)
        if done["refund_amount"] != shown["goods_amount"]:
            raise Unexpected(f"{shown['goods_amount']} were shown, {done['refund_amount']} went back")
        self.teller.tell("after-sale", " → ".join(step["status"] for step in done["steps"]))
        return done

    def _count(self, order: Document, sale: Document, before: Document) -> None:
        """What each purse got is what the refund says, and together what the after-sale says."""
        known = self.staff.get(f"/admin/orders/{order['number']}/payments")["refunds"]
        refund = next(each for each in known if each["id"] == sale["refund_id"])
        spent = sum(-each["points"] for each in self._entries(order))
        wait(lambda: not spent or self._purses()["points"] > before["points"], "the points to come back")
        gained = {name: held - before[name] for name, held in self._purses().items()}
        by_wallet = gained["principal"] + gained["gift"]
        if refund["channel_amount"] + by_wallet != sale["refund_amount"]:
            raise Unexpected(f"{refund}: the wallet got {by_wallet}")
        parts = f"principal {yuan(gained['principal'])} + gift {yuan(gained['gift'])}"
        self.teller.tell("each fen", f"{yuan(sale['refund_amount'])} = WeChat Pay {yuan(refund['channel_amount'])}")
        self.teller.more(f"+ wallet {yuan(by_wallet)} ({parts})")
        self.teller.more(f"and {gained['points']} of {spent} points; the coupon stays with the two that stay")

    def _entries(self, order: Document) -> list[Document]:
        """What the order took of the points."""
        found = self.buyer.get("/me/points/entries", limit=100)["items"]
        return [each for each in found if each["kind"] == "spent" and each["cause"] == order["id"]]

    def _purses(self) -> Document:
        wallet, points = self.buyer.get("/me/wallet"), self.buyer.get("/me/points")
        held = points["usable"] + points["frozen"] - points["owed"]
        return {"principal": wallet["principal"], "gift": wallet["gift"], "points": held}

    def _sale(self, sale: Document) -> Document:
        found: Document = self.buyer.get(f"/after-sales/{sale['id']}")
        return found


def _waybill() -> Document:
    return {"carrier": "sf", "tracking_number": f"SF{secrets.randbelow(10**13):013d}"}
