"""Reviews against the played WeChat, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock, Reply, World
from tests.trade.reviews.factories import Shopper, later, staff_token


@dataclass(frozen=True)
class Shop(World):
    """The mall, its staff and WeChat, in a few words."""

    @cached_property
    def staff(self) -> Client:
        return self.http.as_(staff_token("reviews.read", "reviews.write"))

    def later(self, **by: float) -> None:
        """Time passes, deadlines come."""
        later(self.clock, self.sweep, **by)

    def as_(self, buyer: Shopper) -> Client:
        return self.http.as_(buyer.token)

    def write(self, buyer: Shopper, order_id: str, **said: Any) -> Reply:
        """The buyer writes; WeChat is not asked yet."""
        body = {"line": 0, "stars": 5, "text": "很软，尺寸正好", **said}
        return self.as_(buyer).post(f"/orders/{order_id}/reviews", json=body)

    def hear(self) -> None:
        """Everything that waits happens: reactions, WeChat's pushes, and what follows from them."""
        self.drain()
        self.partners.wechat.pushes.deliver_due()
        self.drain()

    def publish(self, buyer: Shopper, order_id: str, **said: Any) -> dict[str, Any]:
        """Written and checked."""
        made: dict[str, Any] = self.write(buyer, order_id, **said).ok()
        self.hear()
        return made

    def decide(self, review: dict[str, Any], buyer: Shopper, **wanted: Any) -> Reply:
        path = f"/admin/members/{buyer.id}/reviews/{review['id']}/decisions"
        return self.staff.post(path, json=wanted)

    def page(self, product_id: str, **query: Any) -> list[dict[str, Any]]:
        """What everybody sees."""
        found: list[dict[str, Any]] = self.http.get(f"/products/{product_id}/reviews", query=query).ok()["items"]
        return found

    def summary(self, product_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/products/{product_id}/review-summary").ok()
        return found


@pytest.fixture
def shop(
    cloud: Cloud,
    frozen: MovableClock,
    http: Client,
    partners: Partners,
    drain: Callable[..., Any],
    sweep: Callable[..., Any],
) -> Shop:
    return Shop(http, partners, cloud, frozen, drain, sweep)
