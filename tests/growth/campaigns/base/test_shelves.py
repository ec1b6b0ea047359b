"""The product has nothing left, the campaign has: cart and page say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.loyalty.segments.models import Segment, SegmentStatus
from chalicelib.loyalty.segments.rules.schemas import Condition
from chalicelib.mall.catalog.products.models import Product
from tests.growth.campaigns.factories import Booth, item, put_into
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]
PRICE, CHEAP = 12_000, 9_900


@pytest.fixture
def quilt(counter: Counter) -> Product:
    return factories.product(price=PRICE, stock=3)


def put_in(counter: Counter, product: Product, quantity: int = 1) -> Any:
    body = {"product_id": product.id, "sku_id": product.skus[0].id, "quantity": quantity}
    return counter.buyer.post("/cart/items", json=body)


def lines(counter: Counter) -> list[tuple[int, int, str | None]]:
    """(price, pieces, trouble) of each line."""
    cart = counter.buyer.get("/cart").ok()
    return [(each["unit_amount"], each["available"], each["trouble"]) for each in cart["items"] + cart["invalid"]]


def on_page(counter: Counter, product: Product) -> tuple[int, bool]:
    page = counter.http.get(f"/products/{product.id}").ok()
    return page["skus"][0]["available"], page["in_stock"]


def test_in_the_cart_until_the_campaign_has_none_either(
    booth: Booth, counter: Counter, quilt: Product, drain: Do
) -> None:
    campaign = booth.run("limited_discount", item(quilt, CHEAP, stock=3))
    assert on_page(counter, quilt) == (3, True)
    put_in(counter, quilt, 2).ok()
    assert lines(counter) == [(CHEAP, 3, None)]
    assert put_in(counter, quilt, 2).json["details"]["reason"] == "insufficient_stock"
    line = factories.line(quilt, 2)
    assert counter.preview(line)["payable_amount"] == 2 * CHEAP  # what the cart shows is what is charged
    other = Counter(counter.http, factories.shopper("other"))
    other.order(line)
    drain()
    assert lines(counter) == [(CHEAP, 1, "insufficient_stock")]
    other.order(factories.line(quilt), key="tap-00002")
    drain()
    assert (lines(counter), on_page(counter, quilt)) == ([(PRICE, 0, "out_of_stock")], (0, False))
    assert put_in(other, quilt).json["details"]["reason"] == "out_of_stock"
    assert booth.show(campaign)["stocks"][0]["left"] == 0


def test_the_products_own_pieces_come_first(booth: Booth, counter: Counter, quilt: Product) -> None:
    """The cart's price is the catalog's as long as the product has enough, as with every campaign."""
    booth.run("limited_discount", item(quilt, CHEAP, stock=2))
    put_in(counter, quilt).ok()
    assert (lines(counter), on_page(counter, quilt)) == ([(PRICE, 1, None)], (1, True))
    put_in(counter, quilt).ok()
    assert lines(counter) == [(CHEAP, 2, None)]


def test_only_for_whom_it_is_and_as_long_as_it_runs(
    booth: Booth, counter: Counter, quilt: Product, frozen: MovableClock
) -> None:
    rule = Condition.model_validate({"field": "order_count", "op": "at_least", "number": 1})
    Segment(id="seg_1", title="老客", rule=rule, status=SegmentStatus.ACTIVE, created_at=clock.now()).save()
    booth.run("limited_discount", item(quilt, CHEAP, stock=3, per_member_max=2), segment_id="seg_1")
    assert put_in(counter, quilt).json["details"]["reason"] == "out_of_stock"
    put_into(counter.shopper.id, "seg_1")
    put_in(counter, quilt).ok()
    assert lines(counter) == [(CHEAP, 2, None)]  # not three: so many they may have
    assert on_page(counter, quilt) == (0, False)  # everybody's page
    frozen.move(hours=24)
    assert lines(counter) == [(PRICE, 0, "out_of_stock")]


@pytest.mark.parametrize("play", ["bargain", "first_purchase"])
def test_other_plays(booth: Booth, counter: Counter, quilt: Product, cloud: Cloud, play: str) -> None:
    """A bargain must be asked for; a newcomer is a newcomer only by their account, and has one order."""
    terms = {"terms": {"cuts": 3}} if play == "bargain" else {}
    booth.run(play, item(quilt, CHEAP, stock=3, **terms))
    newcomer = play == "first_purchase"
    assert put_in(counter, quilt).status == (200 if newcomer else 409)
    assert lines(counter) == ([(CHEAP, 3, None)] if newcomer else [])
    assert on_page(counter, quilt) == (0, False)
    if newcomer:
        counter.order(factories.line(quilt))
        assert lines(counter) == [(PRICE, 0, "out_of_stock")]
