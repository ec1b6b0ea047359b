"""An order that its buyer fetches: a store, somebody who works there, a code at the counter, the end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.ordering import line_of, place
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]
DAILY, LATE = [{"opens": "09:30", "closes": "21:30"}], [{"opens": "10:00", "closes": "01:00"}]
WORKDAYS, WEEKEND = ("monday", "tuesday", "wednesday", "thursday", "sunday"), ("friday", "saturday")
STORE = {
    "kind": "store",
    "name": "西溪店",
    "phone": "0571-88000000",
    "district_code": "330106",
    "detail": "文二西路 551 号",
    "latitude": 30_275_000,
    "longitude": 120_068_000,
    "pickup": True,
    "hours": dict.fromkeys(WORKDAYS, DAILY) | dict.fromkeys(WEEKEND, LATE),
}
OTHER = {**STORE, "name": "武林店", "detail": "武林广场 1 号", "latitude": 30_272_000, "longitude": 120_165_000}
STORES = {each["name"]: each for each in (STORE, OTHER)}
CLERK = ["pickup.read", "pickup.verify", "layouts.read", "layouts.write"]
USERNAMES = {"西溪店": "clerk.xixi", "武林店": "clerk.wulin"}
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
        stores = {name: open_store(self.staff, name) for name in STORES}
        nearest, *_ = self.buyer.get("/stores", pickup="true", **HERE)["items"]
        self.teller.tell(
            "nearest", f"{nearest['name']}, {nearest['distance_meters']} m, {_hours(nearest)}, hands out orders"
        )
        self._arrange(stores[nearest["name"]])
        order = self._order(product, nearest["id"])
        self.teller.tell("order", f"{order['number']} to be fetched, {yuan(order['payable_amount'])}, no freight")
        begun = self.buyer.post(f"/orders/{order['id']}/pay", {})
        self.wechat.post("/control/pay", {"parameters": begun["parameters"]})
        path = f"/orders/{order['id']}/entitlements"
        wait(lambda: bool(self.buyer.get(path)["items"]), "the code")
        (found,) = self.buyer.get(path)["items"]
        code = found["qr_content"]
        self.teller.tell("code", f"{found['code']}, good until {found['expires_at'][:10]}; the QR code says {code}")
        mine, stranger = (clerk(self.staff, stores[name]) for name in STORES)
        asked = {"verification_code": code}
        refused = stranger.send("POST", "/admin/verifications", json_body=asked, key=secrets.token_hex(8))
        self.teller.tell("refused", f"at {OTHER['name']}: {refused.status} {refused.code}")
        part = {**asked, "lines": [{"line": 0, "quantity": 1}]}
        left = mine.post("/admin/verifications", part, key=secrets.token_hex(8))["entitlement"]["lines"][0]["left"]
        self.teller.tell("verified", f"at {nearest['name']}, one piece; {left} left")
        mine.post("/admin/verifications", asked, key=secrets.token_hex(8))
        wait(lambda: self.buyer.get(f"/orders/{order['id']}")["status"] == "completed", "the order to be completed")
        again = mine.send("POST", "/admin/verifications", json_body=asked, key=secrets.token_hex(8))
        if again.code != "entitlement_used":
            raise Unexpected(f"the code a third time: {again.status} {again.code}")
        self.teller.tell("completed", f"with the last piece; the same code again: {again.status} {again.code}")

    def _arrange(self, store: Document) -> None:
        """The store's own first screen, by its own people."""
        person = clerk(self.staff, store)
        path = f"/admin/layouts/{store['id']}"
        if person.send("GET", path).status == 404:  # else it is of an earlier run
            text = {"type": "text", "text": f"{store['name']}：到店自提，免运费"}
            made = person.put(path, {"blocks": [text], "version": 0})
            person.post(f"{path}/publish", {"version": made["version"]})
        page = self.buyer.get("/home", limit=1, store_id=store["id"])["layout"]
        if page is None:
            return  # its people, of an earlier run of an older mall, may not
        self.teller.tell("its page", f"edition {page['number']}: {page['blocks'][0]['text']}")

    def _order(self, product: Document, store_id: str) -> Document:
        line = line_of(self.buyer, product, 2)
        asked = {"lines": [line], "fulfillment": "pickup", "store_id": store_id, "contact": CONTACT}
        return place(self.buyer, asked)


def open_store(staff: Browser, name: str) -> Document:
    """The demo's store of that name; made, if it is not of an earlier run."""
    places = staff.get("/admin/stores", limit=100)["items"]
    known = [each for each in places if each["name"] == name]
    found: Document = known[0] if known else staff.post("/admin/stores", STORES[name])
    return found


def clerk(staff: Browser, store: Document) -> Browser:
    """Somebody who works in the store: verifies, and arranges its page."""
    username = USERNAMES[store["name"]]
    if not any(each["username"] == username for each in staff.get("/admin/staff", limit=100)["items"]):
        role = {
            "name": f"店员 {username}",
            "permissions": ["pickup.read", "pickup.verify", "layouts.read", "layouts.write"],
        }
        role_id = staff.post("/admin/roles", role)["id"]
        person = {"username": username, "name": "店员", "password": PASSWORD, "role_id": role_id}
        made = staff.post("/admin/staff", person)
        staff.put(f"/admin/stores/{store['id']}/staff/{made['id']}", {})
    session = staff.post("/admin/sessions", {"username": username, "password": PASSWORD})
    return staff.as_(session["token"])


def _hours(store: Document) -> str:
    return {True: "open now", False: "closed now"}.get(store["open_now"], "hours unknown")
