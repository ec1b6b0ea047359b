"""One piece of three comes back: bought with a coupon, points, stored value and WeChat; where each fen went."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.loyalty import Loyalty
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]
RETURN_TO = {"name": "售后部", "phone": "021-60000000", "address": "上海市徐汇区漕溪北路 2 号"}


@dataclass
class Returns:
    """The buyer, the staff, and a product of which three are bought."""

    teller: Teller
    loyalty: Loyalty
    staff: Browser

    @property
    def buyer(self) -> Browser:
        return self.loyalty.buyer

    def play(self, product: Document) -> None:
        """:raises Unexpected: something went otherwise, or a fen is missing."""
        self.loyalty.claim()
        order = self.loyalty.buy(product, pieces=3)
        self._ship(order)
        before = self._purses()
        sale = self._bring_back(order)
        refund = self._money(order, sale)
        self._count(before, sale, refund)

    def _ship(self, order: Document) -> None:
        body = {"carrier": "sf", "tracking_number": f"SF{secrets.randbelow(10**13):013d}"}
        self.staff.post(f"/admin/orders/{order['number']}/parcels", body, key=secrets.token_hex(8))
        self.teller.tell("shipped", f"three pieces by {body['tracking_number']}")

    def _bring_back(self, order: Document) -> Document:
        asked = {"kind": "return_and_refund", "pieces": [{"line": 0, "quantity": 1}]}
        shown = self.buyer.post(f"/orders/{order['id']}/after-sale-quote", asked)
        self.teller.tell(
            "quote", f"one of three back: {yuan(shown['goods_amount'])}, freight {yuan(shown['freight_amount'])}"
        )
        body = {**asked, "reason": "not_wanted"}
        sale: Document = self.buyer.post(f"/orders/{order['id']}/after-sales", body, key=secrets.token_hex(8))
        path = f"/admin/after-sales/{sale['number']}"
        self.staff.post(f"{path}/agree", {"return_to": RETURN_TO})
        waybill = {"carrier": "sf", "tracking_number": f"SF{secrets.randbelow(10**13):013d}"}
        self.buyer.post(f"/after-sales/{sale['id']}/send-back", waybill)
        self.staff.post(f"{path}/inspect", {"note": "完好"})
        wait(lambda: self._sale(sale)["status"] == "refunded", "the money to be back")
        done = self._sale(sale)
        self.teller.tell("after-sale", " → ".join(step["status"] for step in done["steps"]))
        return done

    def _money(self, order: Document, sale: Document) -> Document:
        found = self.staff.get(f"/admin/orders/{order['number']}/payments")["refunds"]
        refund: Document = next(each for each in found if each["id"] == sale["refund_id"])
        wallet = refund["amount"] - refund["channel_amount"]
        self.teller.tell("refunded", f"{refund['id']}: {yuan(refund['amount'])}")
        self.teller.more(f"to WeChat  {yuan(refund['channel_amount']):>10}")
        self.teller.more(f"to wallet  {yuan(wallet):>10}")
        return refund

    def _count(self, before: Document, sale: Document, refund: Document) -> None:
        """Each purse has what the refund says, and no more."""
        wallet = refund["amount"] - refund["channel_amount"]
        wait(lambda: self._purses()["points"] != before["points"] or not before["spent"], "the points to come back")
        after = self._purses()
        if after["wallet"] - before["wallet"] != wallet or sale["refund_amount"] != refund["amount"]:
            raise Unexpected(f"the wallet moved by {after['wallet'] - before['wallet']}, not {wallet}")
        parts = (
            f"principal +{yuan(after['principal'] - before['principal'])}, gift +{yuan(after['gift'] - before['gift'])}"
        )
        self.teller.more(f"in the wallet: {parts}; points +{after['points'] - before['points']}; the coupon stays used")

    def _purses(self) -> Document:
        wallet, points = self.buyer.get("/me/wallet"), self.buyer.get("/me/points")
        held = points["usable"] + points["frozen"] - points["owed"]
        return {
            "wallet": wallet["balance"],
            "principal": wallet["principal"],
            "gift": wallet["gift"],
            "points": held,
            "spent": True,
        }

    def _sale(self, sale: Document) -> Document:
        found: Document = self.buyer.get(f"/after-sales/{sale['id']}")
        return found
