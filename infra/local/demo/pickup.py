"""An order that its buyer fetches: a store, somebody who works there, a code at the counter, the end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]
STORE = {
    "kind": "store",
    "name": "西溪店",
    "phone": "0571-88000000",
    "district_code": "330106",
    "detail": "文二西路 551 号",
    "latitude": 30_275_000,
    "longitude": 120_068_000,
    "pickup": True,
}
OTHER = {**STORE, "name": "武林店", "detail": "武林广场 1 号", "latitude": 30_272_000, "longitude": 120_165_000}
HERE = {"latitude": 30_270_000, "longitude": 120_060_000}
CONTACT = {"name": "林小屿", "phone": "13800138000"}
PASSWORD = "story-of-a-clerk-1"


@dataclass
class Pickup:
    """The buyer, the shop's owner, and the other side of WeChat's."""

    teller: Teller
    buyer: Browser
    staff: Browser
    wechat: Browser

    def play(self, product: Document) -> None:
        """Two pieces, fetched one after the other at the nearest store."""
        stores = {each["name"]: each["id"] for each in (self._store(STORE), self._store(OTHER))}
        nearest, *_ = self.buyer.get("/stores", pickup="true", **HERE)["items"]
        self.teller.tell("nearest", f"{nearest['name']}, {nearest['distance_meters']} m, hands out orders")
        order = self._order(product, nearest["id"])
        self.teller.tell("order", f"{order['number']} to be fetched, {yuan(order['payable_amount'])}, no freight")
        begun = self.buyer.post(f"/orders/{order['id']}/pay", {})
        self.wechat.post("/control/pay", {"parameters": begun["parameters"]})
        path = f"/orders/{order['id']}/entitlements"
        wait(lambda: bool(self.buyer.get(path)["items"]), "the code")
        (found,) = self.buyer.get(path)["items"]
        code = found["qr_content"]
        self.teller.tell("code", f"{found['code']}, good until {found['expires_at'][:10]}; the QR code says {code}")
        clerk, stranger = self._clerk("clerk.xixi", nearest["id"]), self._clerk("clerk.wulin", stores[OTHER["name"]])
        asked = {"verification_code": code}
        refused = stranger.send("POST", "/admin/verifications", json_body=asked, key=secrets.token_hex(8))
        self.teller.tell("refused", f"at {OTHER['name']}: {refused.status} {refused.code}")
        part = {**asked, "lines": [{"line": 0, "quantity": 1}]}
        left = clerk.post("/admin/verifications", part, key=secrets.token_hex(8))["entitlement"]["lines"][0]["left"]
        self.teller.tell("verified", f"at {nearest['name']}, one piece; {left} left")
        clerk.post("/admin/verifications", asked, key=secrets.token_hex(8))
        wait(lambda: self.buyer.get(f"/orders/{order['id']}")["status"] == "completed", "the order to be completed")
        again = clerk.send("POST", "/admin/verifications", json_body=asked, key=secrets.token_hex(8))
        if again.code != "entitlement_used":
            raise Unexpected(f"the code a third time: {again.status} {again.code}")
        self.teller.tell("completed", f"with the last piece; the same code again: {again.status} {again.code}")

    def _store(self, wanted: Document) -> Document:
        places = self.staff.get("/admin/stores", limit=100)["items"]
        known = [each for each in places if each["name"] == wanted["name"]]  # of an earlier run, when it is kept
        found: Document = known[0] if known else self.staff.post("/admin/stores", wanted)
        return found

    def _order(self, product: Document, store_id: str) -> Document:
        sku = self.buyer.get(f"/products/{product['id']}")["skus"][0]
        line = {"product_id": product["id"], "sku_id": sku["id"], "quantity": 2}
        asked = {"lines": [line], "fulfillment": "pickup", "store_id": store_id, "contact": CONTACT}
        payable = self.buyer.post("/checkout/preview", asked)["payable_amount"]
        body = {**asked, "expected_payable_amount": payable}
        order: Document = self.buyer.post("/orders", body, key=secrets.token_hex(8))
        return order

    def _clerk(self, username: str, store_id: str) -> Browser:
        """Somebody who works in the store, and may verify."""
        if not any(each["username"] == username for each in self.staff.get("/admin/staff", limit=100)["items"]):
            role = {"name": f"店员 {username}", "permissions": ["pickup.read", "pickup.verify"]}
            role_id = self.staff.post("/admin/roles", role)["id"]
            person = {"username": username, "name": "店员", "password": PASSWORD, "role_id": role_id}
            made = self.staff.post("/admin/staff", person)
            self.staff.put(f"/admin/stores/{store_id}/staff/{made['id']}", {})
        session = self.staff.post("/admin/sessions", {"username": username, "password": PASSWORD})
        return self.staff.as_(session["token"])
