"""A running campaign whose pieces are paid for beforehand, and members by name: presales and trials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.mall.catalog.products.models import Product
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth
from tests.harness import Client, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories


@dataclass
class Running:
    """What stands around such a campaign."""

    booth: Booth
    partners: Partners
    clock: MovableClock
    drain: Callable[..., Any]
    product: Product
    campaign: Any
    began_at: datetime
    known: dict[str, Counter] = field(default_factory=dict)
    taps: int = 0

    @property
    def http(self) -> Client:
        return self.booth.http

    @property
    def sku_id(self) -> str:
        return self.product.skus[0].id

    def named(self, name: str) -> Counter:
        if name not in self.known:
            self.known[name] = Counter(self.http, factories.shopper(name))
        return self.known[name]

    def client(self, name: str) -> Client:
        return self.named(name).buyer

    def member(self, name: str) -> str:
        return self.named(name).shopper.id

    def key(self) -> str:
        self.taps += 1
        return f"tap-{self.taps:05d}"
