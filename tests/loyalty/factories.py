"""What every test of loyalty needs: a shop, a buyer, and the staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.harness import Client, Reply
from tests.trade import factories
from tests.trade.factories import Shopper


@dataclass(frozen=True)
class Counter:
    """A buyer at the counter: look at the price, order."""

    http: Client
    shopper: Shopper

    @property
    def buyer(self) -> Client:
        return self.http.as_(self.shopper.token)

    def preview(self, *lines: dict[str, Any], **options: str) -> Any:
        return self.try_preview(*lines, **options).ok()

    def try_preview(self, *lines: dict[str, Any], **options: str) -> Reply:
        body = {"lines": list(lines), "address_id": self.shopper.address_id, "options": options}
        return self.buyer.post("/checkout/preview", json=body)

    def order(self, *lines: dict[str, Any], key: str = "tap-00001", **options: str) -> Any:
        """At the price that the preview shows."""
        return self.try_order(*lines, key=key, **options).ok()

    def try_order(
        self, *lines: dict[str, Any], key: str = "tap-00001", payable: int | None = None, **options: str
    ) -> Reply:
        if payable is None:
            payable = self.preview(*lines, **options)["payable_amount"]
        body = {"lines": list(lines), "address_id": self.shopper.address_id, "options": options}
        return self.buyer.post("/orders", json={**body, "expected_payable_amount": payable}, key=key)

    def cancel(self, order: Any) -> None:
        self.buyer.post(f"/orders/{order['id']}/cancel", json={}).ok()


def adjustments(quote: Any) -> list[tuple[str, int]]:
    """Kind and amount of each."""
    return [(each["kind"], each["amount"]) for each in quote["adjustments"]]


def staff(http: Client, *permissions: str) -> Client:
    return http.as_(factories.staff_token(*permissions))
