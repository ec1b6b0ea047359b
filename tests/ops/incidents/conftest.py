"""A mall in which something goes wrong: what buyers do, what staff do, and what the alarms say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.mall.catalog.products.models import Product
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.journeys.people import Customer
from tests.mall.catalog import factories as catalog
from tests.ops.incidents.ringing import ringing

Document = dict[str, Any]


@dataclass
class Mall:
    """``sweep(minutes=5)``: time passes, deadlines are sent, messages delivered."""

    cloud: Cloud
    frozen: MovableClock
    http: Client
    partners: Partners
    drain: Callable[..., Any]
    sweep: Callable[..., Any]
    written: Callable[[], list[Document]]
    product: Product
    buyers: int = 0

    def buyer(self) -> Customer:
        self.buyers += 1
        return Customer.settle_in(self.http, self.partners, f"o-buyer-{self.buyers}")

    def order(self, buyer: Customer, key: str = "tap-0001") -> Document:
        """One piece, as the preview shows it."""
        return buyer.order([self.line], key=key)

    @property
    def line(self) -> Document:
        return {"product_id": self.product.id, "sku_id": self.product.skus[0].id, "quantity": 1}

    @property
    def staff(self) -> Client:
        return self.http.as_(catalog.staff_token())

    def stock(self) -> int:
        return int(self.http.get(f"/products/{self.product.id}").ok()["skus"][0]["available"])

    def notices(self) -> None:
        """WeChat's notices that wait come."""
        self.partners.wechat_pay.notices.deliver_due()

    def alarms(self) -> set[str]:
        """Those of the mall's own metrics that have rung since the test began."""
        return ringing(self.written())


@pytest.fixture
def mall(
    cloud: Cloud,
    frozen: MovableClock,
    http: Client,
    partners: Partners,
    drain: Callable[..., Any],
    sweep: Callable[..., Any],
    written: Callable[[], list[Document]],
) -> Mall:
    product = catalog.product(name="桑蚕丝被", **catalog.plain(29_900))
    drain()
    return Mall(cloud, frozen, http, partners, drain, sweep, written, product)
