"""After-sales bring pieces back: what counts against a member's limit is what they can still have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.checkout.models import Purchase
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, had, item, left
from tests.harness import Client, Cloud, MovableClock
from tests.trade import factories
from tests.trade.after_sales.factories import Counter

Do = Callable[..., Any]
PLAY = "limited_discount"
PRICE, CHEAP = 12_000, 9_900


@pytest.fixture
def shop(http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners, drain: Do) -> Counter:
    return Counter(http, cloud, frozen, partners, drain)


@pytest.fixture
def quilt(shop: Counter) -> Product:
    return factories.product(price=PRICE, stock=10)


def run(booth: Booth, product: Product, **more: Any) -> Any:
    return booth.run(PLAY, item(product, CHEAP, **more), lasts=240)


def bought(shop: Counter, product: Product, pieces: int) -> Any:
    return shop.pay(shop.place_of([product], [pieces]).id)


def mine(shop: Counter, campaign: Any, product: Product) -> int:
    return had(shop.shopper.id, campaign).get(product.skus[0].id, 0)


@pytest.fixture
def booth(http: Client, shop: Counter) -> Booth:
    return Booth(http)


def test_a_piece_that_never_left_no_longer_counts(shop: Counter, booth: Booth, quilt: Product, drain: Do) -> None:
    campaign = run(booth, quilt, per_member_max=2, stock=3)
    order = bought(shop, quilt, 2)
    shown = {"lines": [factories.line(quilt)], "address_id": shop.shopper.address_id}
    assert shop.buyer.post("/checkout/preview", json=shown).ok()["payable_amount"] >= PRICE
    shop.refund(order, (0, 1), key="refund-0001").ok()
    shop.settle()
    drain(redeliver=True)
    assert (mine(shop, campaign, quilt), left(campaign, quilt)) == (1, 2)
    assert shop.buyer.post("/checkout/preview", json=shown).ok()["payable_amount"] < PRICE
    shop.refund(order, (0, 1), key="refund-0002").ok()
    shop.settle()
    drain(redeliver=True)
    assert (mine(shop, campaign, quilt), left(campaign, quilt)) == (0, 3)
    assert bought(shop, quilt, 2).adjustments[0].source_id == campaign["id"]


def test_what_stays_with_the_buyer_or_is_replaced_counts_on(shop: Counter, booth: Booth, quilt: Product) -> None:
    """Money back for a piece that was sent and is kept; another piece for one that comes back."""
    campaign = run(booth, quilt, per_member_max=2)
    order = bought(shop, quilt, 2)
    shop.ship(order, (0, 2)).ok()
    shop.agree(shop.apply(order, (0, 1)))
    shop.settle()
    assert (mine(shop, campaign, quilt), factories.available(quilt)) == (2, 8)
    changed = shop.returned(order, (0, 1), kind="exchange")
    shop.decide(changed, "inspect").ok()
    shop.settle()
    assert factories.available(quilt) == 8  # one came back, one left
    assert mine(shop, campaign, quilt) == 2


SOLD_OUT, NEVER_SENT = "sold out", "never sent"


@pytest.mark.parametrize("how", [SOLD_OUT, NEVER_SENT])
@pytest.mark.parametrize("sellable", [1, 0])
def test_an_exchange_that_ends_in_a_refund(
    shop: Counter, booth: Booth, quilt: Product, drain: Do, how: str, sellable: int
) -> None:
    """There is no other piece in the end: what came back as good as new no longer counts, once; what is broken does."""
    quilt.per_member_max = 5
    quilt.save()
    campaign = run(booth, quilt, per_member_max=3)
    order = bought(shop, quilt, 3)
    shop.ship(order, (0, 3)).ok()
    changed = shop.returned(order, (0, 1), kind="exchange")
    looked_at = {"pieces": [{"line": 0, "accepted": 1, "sellable": sellable}], "note": "已检查"}
    if how is SOLD_OUT:
        shop.decide(changed, "inspect", **looked_at, refund_instead=True).ok()
    else:
        shop.decide(changed, "inspect", **looked_at).ok()
        shop.settle()
        assert (mine(shop, campaign, quilt), bought_of_all(shop, quilt)) == (3, 3)
        shop.decide(changed, "refund-instead", reason="仓库找不到").ok()
    shop.settle()
    drain(redeliver=True)
    assert (mine(shop, campaign, quilt), bought_of_all(shop, quilt)) == (3 - sellable, 3 - sellable)
    assert factories.available(quilt) == 7 + sellable
    shop.decide(shop.returned(order, (0, 2)), "inspect").ok()
    shop.settle()
    assert (mine(shop, campaign, quilt), factories.available(quilt)) == (1 - sellable, 9 + sellable)


def bought_of_all(shop: Counter, product: Product) -> int:
    """What counts against the product's own limit."""
    found = Purchase.find(shop.shopper.id, product.id, consistent=True)
    return found.quantity if found is not None else 0
