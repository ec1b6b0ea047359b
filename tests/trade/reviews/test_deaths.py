"""The process dies at every step of writing and showing a review: in the end it is there once, and counted once."""

from __future__ import annotations

from chalicelib.mall.catalog.products.models import Product
from infra.local.faults import every_death
from tests.trade.reviews.conftest import Shop
from tests.trade.reviews.factories import counted, product, received, shopper, stored


def test_while_a_review_is_written_and_shown(shop: Shop) -> None:
    made: list[Product] = []

    def prepare() -> None:
        shop.cloud.memory.clear()
        shop.partners.reset()
        made[:] = [product()]
        received(shopper(), *made)

    def act() -> None:
        buyer = shopper()
        (order,) = shop.as_(buyer).get("/orders").ok()["items"]
        shop.write(buyer, order["id"])
        shop.drain()

    def check() -> None:
        buyer, item = shopper(), made[0]
        (order,) = shop.as_(buyer).get("/orders").ok()["items"]
        if not stored(buyer):
            shop.write(buyer, order["id"]).ok()
        for _ in range(3):
            shop.sweep(redeliver=True)
        (review,) = stored(buyer)
        assert review.status == "shown"
        assert counted(item) == {"stars_5": 1}
        assert shop.as_(buyer).get("/me/points").ok()["usable"] == 10
        assert shop.cloud.dead_letters() == []

    every_death(prepare, act, check)
