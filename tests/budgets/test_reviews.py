"""Round trips of reviews, favorites and the browse history, exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.partners import Partners
from tests.bench.meter import metered
from tests.harness import Client, Cloud, MovableClock
from tests.trade.reviews.factories import product, received, shopper

TABLE = {
    "write a review": "2 GetItem, TransactWriteItems, SendMessageBatch, BatchWriteItem",
    "my reviews": "Query",
    "reviews of a product": "BatchGetItem, Query",
    "numbers of a product": "Query",
    "like a product": "GetItem, Query, TransactWriteItems",
    "my favorites": "BatchGetItem, Query",
    "look at a product": "GetItem, UpdateItem",
    "my history": "BatchGetItem, Query",
}


def test_each_costs_what_the_table_says(
    cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Callable[..., Any]
) -> None:
    buyer, item, counted = shopper(), product(), {}
    order, client = received(buyer, item), http.as_(buyer.token)

    def cost(name: str, call: Callable[[], Any]) -> None:
        with metered() as meter:
            call().ok()
        counted[name] = meter.text()

    said = {"line": 0, "stars": 5, "text": "很软"}
    cost("write a review", lambda: client.post(f"/orders/{order.id}/reviews", json=said))
    drain()
    cost("my reviews", lambda: client.get("/me/reviews"))
    cost("reviews of a product", lambda: http.get(f"/products/{item.id}/reviews"))
    cost("numbers of a product", lambda: http.get(f"/products/{item.id}/review-summary"))
    cost("like a product", lambda: client.put(f"/me/favorites/{item.id}"))
    cost("my favorites", lambda: client.get("/me/favorites"))
    cost("look at a product", lambda: client.post("/me/history", json={"product_id": item.id}))
    cost("my history", lambda: client.get("/me/history"))
    assert counted == TABLE
