"""The people of the journeys: what they do goes over HTTP, to the mall and to WeChat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.partners import Partners
from tests.harness import Client

ADDRESS = {"name": "林小屿", "phone": "13800138000", "district_code": "330106", "detail": "西溪路 8 号"}


@dataclass
class Customer:
    """A member with a phone, WeChat and money."""

    http: Client
    wechat: Partners
    openid: str
    member_id: str
    address_id: str = ""

    @classmethod
    def log_in(cls, http: Client, wechat: Partners, openid: str) -> Customer:
        """``wx.login``, then the mall's session."""
        code = wechat.wechat.new_login_code(openid)
        session = http.post("/sessions", json={"code": code}).ok()
        return cls(http.as_(session["token"]), wechat, openid, session["member"]["id"])

    @classmethod
    def settle_in(cls, http: Client, wechat: Partners, openid: str = "o-lin") -> Customer:
        """Logged in, with an address."""
        customer = cls.log_in(http, wechat, openid)
        customer.add_address()
        return customer

    def bind_phone(self, number: str = "13800138000") -> Mapping[str, Any]:
        code = self.wechat.wechat.new_phone_code(number)
        member: Mapping[str, Any] = self.http.post("/me/phone", json={"code": code}).ok()
        return member

    def add_address(self, **changes: Any) -> Mapping[str, Any]:
        address: Mapping[str, Any] = self.http.post("/me/addresses", json={**ADDRESS, **changes}).ok()
        self.address_id = address["id"]
        return address

    def preview(self, lines: Sequence[Mapping[str, Any]] | None = None) -> Mapping[str, Any]:
        body = {"address_id": self.address_id, **({"lines": lines} if lines else {})}
        quote: Mapping[str, Any] = self.http.post("/checkout/preview", json=body).ok()
        return quote

    def order(self, lines: Sequence[Mapping[str, Any]] | None = None, *, key: str = "tap-0001") -> dict[str, Any]:
        """What the preview showed, ordered: these lines, or the cart."""
        amount = self.preview(lines)["payable_amount"]
        body = {"address_id": self.address_id, "expected_payable_amount": amount, **({"lines": lines} if lines else {})}
        placed: dict[str, Any] = self.http.post("/orders", json=body, key=key).ok()
        return placed

    def open_sheet(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """The buyer taps "pay": payment id and the parameters for ``wx.requestPayment``."""
        begun: dict[str, Any] = self.http.post(f"/orders/{order['id']}/pay", json={}).ok()
        return begun

    def confirm_sheet(self, begun: Mapping[str, Any], *, even_closed: bool = False) -> None:
        """Fingerprint on the sheet: WeChat takes the money, and writes a notice."""
        self.wechat.wechat_pay.pay(parameters=begun["parameters"], even_closed=even_closed)

    def pay(self, order: Mapping[str, Any]) -> str:
        """Opens the sheet and pays; the notice waits. Returns the payment's id."""
        begun = self.open_sheet(order)
        self.confirm_sheet(begun)
        return str(begun["payment_id"])

    def see(self, order: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/orders/{order['id']}").ok()
        return found

    def trade(self, payment_id: str) -> dict[str, Any]:
        """The payment as WeChat Pay's books have it."""
        return self.wechat.wechat_pay.trade(payment_id)


def available(http: Client, product_id: str, sku_id: str) -> int:
    """Pieces left, as the product's page shows them."""
    page = http.get(f"/products/{product_id}").ok()
    return next(int(sku["available"]) for sku in page["skus"] if sku["id"] == sku_id)
