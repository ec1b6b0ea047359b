"""How the paid order goes out: a poster, two parcels, their way, and the end, each as somebody does it over HTTP."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.teller import Teller

Document = dict[str, Any]
WAREHOUSE = {
    "kind": "warehouse",
    "name": "余杭仓",
    "district_code": "330110",
    "detail": "仓前街道良睦路 1399 号",
    "ships_parcels": True,
}
#: What the couriers scan on the way: state, text, place.
WAY = (
    ("collected", "【杭州市】余杭仓已揽收", "浙江,杭州市"),
    ("moving", "【嘉兴市】快件离开分拨中心，下一站【杭州市】", "浙江,嘉兴市"),
    ("delivering", "【杭州市】西溪路网点，派件员正在派件", "浙江,杭州市"),
    ("signed", "【杭州市】已签收，签收人：本人", "浙江,杭州市"),
)


@dataclass
class Delivery:
    """The staff's side, the couriers' and the buyer's."""

    teller: Teller
    buyer: Browser
    staff: Browser
    partners: Browser

    def share(self, product: Document) -> None:
        """The buyer shares what they bought: a poster, drawn on its queue."""
        poster = self.buyer.post("/posters", {"product_id": product["product_id"]})
        path = f"/posters/{poster['id']}"
        wait(lambda: self.buyer.get(path)["status"] != "pending", "the poster")
        poster = self.buyer.get(path)
        if poster["status"] != "ready":
            raise Unexpected(f"the poster: {poster}")
        size = f"{poster['width']} × {poster['height']}"
        self.teller.tell("poster", f"{product['name']}, {size}, mini-program code with scene s={poster['short_code']}")
        self.teller.more(poster["url"])

    def ship(self, order: Document) -> list[Document]:
        """Staff find the planned shipment and send it in two parcels."""
        self._open_warehouse()
        path = f"/admin/orders/{order['number']}/parcels"
        wait(lambda: bool(self.staff.get(path)["shipments"]), "the shipment to be planned")
        (planned,) = self.staff.get(path)["shipments"]
        pieces = sum(line["quantity"] for line in planned["lines"])
        self.teller.tell(
            "planned", f"{len(planned['lines'])} lines, {pieces} pieces, to leave by {planned['ship_by'][:16]}"
        )
        first, *rest = planned["lines"]
        for carrier, number, lines in (
            ("sf", f"SF{_digits(13)}", [first]),
            ("yto", f"YT{_digits(13)}", rest),
        ):
            body = {
                "carrier": carrier,
                "tracking_number": number,
                "lines": [{"sku_id": line["sku_id"], "quantity": line["quantity"]} for line in lines],
            }
            self.staff.post(path, body, key=secrets.token_hex(8))
            left = self.buyer.get(f"/orders/{order['id']}")["status"]
            self.teller.tell("shipped", f"{number}: {'、'.join(line['name'] for line in lines)}; the order is {left}")
        parcels: list[Document] = self.buyer.get(f"/orders/{order['id']}/parcels")["parcels"]
        return parcels

    def arrive(self, order: Document, parcels: list[Document]) -> None:
        """The couriers scan; Kuaidi100 calls; WeChat knows; the buyer has it."""
        for parcel in parcels:
            for state, text, area in WAY:
                scan = {"number": parcel["tracking_number"], "state": state, "text": text, "area": area}
                self.partners.post("/control/parcels/move", scan)
            wait(lambda parcel=parcel: self._status(order, parcel) == "delivered", "the parcel to be signed for")  # type: ignore[misc]
            track = self.buyer.get(f"/orders/{order['id']}/parcels/{parcel['id']}/track")
            self.teller.tell("parcel", f"{track['carrier']} {track['tracking_number']}: {track['status']}")
            for entry in track["entries"][:2]:
                self.teller.more(f"{entry['at'][11:16]} {entry['text']}")

    def complete(self, order: Document, out_trade_no: str) -> None:
        """WeChat was told of the shipping; the buyer confirms there; WeChat is asked before its push is believed."""
        path = f"/admin/shipping-reports/{order['number']}"
        wait(lambda: self.staff.get(path)["status"] == "done", "WeChat to be told of the shipping")
        latest = self.staff.get(path)["report_by"][:16]
        self.teller.tell("wechat", f"was told of the shipping in time; {latest} was the latest")
        self.partners.post("/control/shipping/confirm-receipt", {"out_trade_no": out_trade_no})
        wait(lambda: self.buyer.get(f"/orders/{order['id']}")["status"] == "completed", "the order to be completed")
        ended = self.buyer.get(f"/orders/{order['id']}")
        steps = " → ".join(step["kind"] for step in ended["timeline"])
        self.teller.tell("completed", f"receipt confirmed in WeChat: {steps}")

    def _open_warehouse(self) -> None:
        if self.staff.get("/admin/stores")["items"]:
            return  # of an earlier run, when the database is kept
        place = self.staff.post("/admin/stores", WAREHOUSE)
        self.staff.put("/admin/stores/default-origin", {"store_id": place["id"]})

    def _status(self, order: Document, parcel: Document) -> str:
        parcels = self.buyer.get(f"/orders/{order['id']}/parcels")["parcels"]
        return next(str(each["status"]) for each in parcels if each["id"] == parcel["id"])


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
