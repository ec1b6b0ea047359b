"""What is shown instead of sent: a voucher used in stores, a code that is read; what the stores did today."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.ordering import line_of, pay, place
from infra.local.demo.pickup import CONTACT, clerk, open_store
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]
CARE = {
    "code": "ISL-VCH-01",
    "name": "被芯除螨护理券",
    "kind": "voucher",
    "voucher": {"valid_days": 180, "times": 3},
    "skus": [{"price_amount": 19_800, "stock": 500}],
}
CARD = {"code": "ISL-CRD-01", "name": "听书会员月卡", "kind": "code", "skus": [{"price_amount": 2_500}]}
CODES = 5


@dataclass
class OnScreen:
    """The buyer, the shop's owner, and the other side of WeChat's."""

    teller: Teller
    buyer: Browser
    staff: Browser
    wechat: Browser

    def play(self) -> None:
        """A voucher of three times, used twice; a code out of a pool; the day of the stores."""
        self._voucher(self._product(CARE))
        self._code(self._product(CARD))
        for day in self.staff.get("/admin/store-days")["items"]:
            pieces, amount = day["piece_count"], yuan(day["handed_over_amount"])
            self.teller.tell("store", f"{day['store_name']} today: {pieces} handed over or used, worth {amount}")

    def _voucher(self, product: Document) -> None:
        order = self._buy(product, "voucher")
        path = f"/orders/{order['id']}/entitlements"
        wait(lambda: bool(self.buyer.get(path)["items"]), "the voucher")
        (found,) = self.buyer.get(path)["items"]
        self.teller.tell("voucher", f"{product['name']}, {found['code']}, 3 times in any store")
        for name in ("西溪店", "武林店"):
            store = open_store(self.staff, name)
            person = clerk(self.staff, store)
            body = {"verification_code": found["qr_content"]}
            done = person.post("/admin/verifications", body, key=secrets.token_hex(8))
            left = done["entitlement"]["lines"][0]["left"]
            self.teller.tell("used", f"once at {name}; {left} of 3 left")

    def _code(self, product: Document) -> None:
        path = f"/admin/products/{product['id']}/codes"
        sku_id = self.staff.get(f"/admin/products/{product['id']}")["skus"][0]["id"]
        codes = [f"DEMO-{secrets.token_hex(4).upper()}" for _ in range(CODES)]
        self.staff.post(path, {"sku_id": sku_id, "secret_codes": codes})
        (pool,) = self.staff.get(path)["items"]
        self.teller.tell("codes", f"{CODES} uploaded and sealed; {pool['available']} for sale, as many as there are")
        order = self._buy(product, "code")
        mine = f"/orders/{order['id']}/codes"
        wait(lambda: bool(self.buyer.get(mine)["items"]), "the code")
        (bought,) = self.buyer.get(mine)["items"]
        (pool,) = self.staff.get(path)["items"]
        if bought["code"] not in codes and pool["free_count"] < CODES:
            raise Unexpected(f"a code of nobody: {pool}")
        self.teller.tell("code", f"{bought['name']}: {bought['code']}, for its buyer alone; {pool['free_count']} left")

    def _product(self, wanted: Document) -> Document:
        known = self.staff.get("/admin/products", code=wanted["code"])["items"]  # of an earlier run, when it is kept
        if known:
            found: Document = known[0]
            return found
        category = self.buyer.get("/categories")["items"][0]["id"]
        made: Document = self.staff.post("/admin/products", {**wanted, "category_id": category})
        self.staff.post(f"/admin/products/{made['id']}/list")
        return made

    def _buy(self, product: Document, way: str) -> Document:
        line = line_of(self.buyer, product)
        order = place(self.buyer, {"lines": [line], "fulfillment": way, "contact": CONTACT})
        pay(self.buyer, self.wechat, order)
        return order
