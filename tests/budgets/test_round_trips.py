"""Round trips and capacity units of each operation, exact: one more or one less fails until the table says so.

``BUDGET_REPORT=file pytest tests/budgets`` also writes what was counted (for docs/performance.md).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.bench import storage
from tests.bench.meter import Meter
from tests.bench.operations import Story
from tests.harness import Client, Cloud, MovableClock

#: operation → (round trips, read units, write units). The actor's own check is part of it: staff cost one read.
TABLE: dict[str, tuple[str, float, float]] = {
    "log in, new member": ("BatchGetItem, TransactWriteItems, SendMessageBatch, BatchWriteItem", 1, 7),
    "reactions to MemberRegistered": (
        "6 GetItem, 2 BatchGetItem, 3 Query, 6 PutItem, 3 TransactWriteItems, 2 SendMessageBatch, BatchWriteItem",
        14.5,
        25,
    ),
    "log in again": ("GetItem, BatchGetItem", 2, 0),
    "add address": ("GetItem, TransactWriteItems", 1, 4),
    "category tree, first in a container": ("GetItem, Query", 2, 0),
    "category tree": ("", 0, 0),
    "brands, first in a container": ("GetItem, Query", 2, 0),
    "listing of 20, first in a container": ("2 GetObject", 0, 0),
    "listing of 20": ("", 0, 0),
    "home, first in a container": ("2 GetItem", 1, 0),
    "home": ("GetItem", 0.5, 0),
    "home, by a member": ("2 GetItem", 1.5, 0),
    "home, not modified": ("GetItem", 0.5, 0),
    "search": ("", 0, 0),
    "search, by a member": ("PutItem", 0, 2),
    "suggestions": ("GetItem", 0.5, 0),
    "product detail": ("2 BatchGetItem", 2, 0),
    "add to cart": ("BatchGetItem, Query, TransactWriteItems", 1.5, 2),
    "add to cart, another product": ("BatchGetItem, Query, TransactWriteItems", 1.5, 2),
    "cart": ("BatchGetItem, Query", 3, 0),
    "change quantity in the cart": ("BatchGetItem, Query, TransactWriteItems", 3, 2),
    "preview the cart": ("BatchGetItem, Query", 11, 0),
    "preview buy-now": ("BatchGetItem", 8, 0),
    "place order of the cart (2 lines)": (
        "GetItem, BatchGetItem, Query, TransactWriteItems, SendMessageBatch, BatchWriteItem",
        13,
        23,
    ),
    "place order, the same tap again": ("GetItem, BatchGetItem, Query", 13, 0),
    "reactions to OrderPlaced": ("4 GetItem, BatchGetItem, 4 TransactWriteItems", 4.5, 22),
    "place order buy-now (1 line)": (
        "GetItem, BatchGetItem, TransactWriteItems, SendMessageBatch, BatchWriteItem",
        10,
        19,
    ),
    "pay": ("2 GetItem, TransactWriteItems", 2, 8),
    "notice of the payment": ("2 GetItem, TransactWriteItems, 3 SendMessageBatch, BatchWriteItem", 2, 15),
    "reactions to OrderPaid": (
        "10 GetItem, 4 BatchGetItem, 2 Query, 6 PutItem, 5 TransactWriteItems, SendMessageBatch, BatchWriteItem",
        21,
        45,
    ),
    "notice again": ("GetItem", 1, 0),
    "order list": ("Query", 0.5, 0),
    "order detail": ("GetItem", 1, 0),
    "profile": ("GetItem", 1, 0),
    "addresses": ("Query", 1, 0),
    "cancel order": ("3 GetItem, TransactWriteItems, 4 SendMessageBatch, BatchWriteItem", 3, 9),
    "reactions to OrderCanceled": ("13 GetItem, BatchGetItem, 11 PutItem, 2 TransactWriteItems", 15.5, 23),
    "staff find orders by number": ("2 BatchGetItem, Query", 3.5, 0),
    "staff find orders by phone": ("2 BatchGetItem, Query", 4.5, 0),
    "staff find orders by product": ("2 BatchGetItem, Query", 4.5, 0),
    "staff find orders by day": ("2 BatchGetItem, Query", 4.5, 0),
    "staff find orders by a word in a day": ("2 BatchGetItem, Query", 4.5, 0),
    "staff order detail": ("GetItem, BatchGetItem, 2 Query", 4, 0),
    "staff product detail": ("3 BatchGetItem", 6, 0),
    "staff ship the order": (
        "3 GetItem, BatchGetItem, 3 Query, TransactWriteItems, 3 SendMessageBatch, BatchWriteItem",
        7.5,
        30,
    ),
    "reactions to its leaving": ("7 GetItem, 4 BatchGetItem, 2 Query, 2 PutItem, 3 TransactWriteItems", 15.5, 22),
    "staff find orders by tracking number": ("3 BatchGetItem, Query", 4, 0),
    "deadlines of an order, sent": ("2 SendMessageBatch, BatchWriteItem", 0, 5),
    "reactions to its deadlines": (
        "7 GetItem, BatchGetItem, Query, 5 PutItem, 2 TransactWriteItems, UpdateItem",
        9,
        15,
    ),
    "confirm receipt": ("2 GetItem, TransactWriteItems, 2 SendMessageBatch, BatchWriteItem", 2, 9),
    "reactions to OrderCompleted": ("12 GetItem, 3 BatchGetItem, 2 Query, 3 PutItem, 5 TransactWriteItems", 19, 43),
    "quote of an after-sale": ("BatchGetItem, Query", 3, 0),
    "ask for a return": ("2 GetItem, BatchGetItem, Query, TransactWriteItems, SendMessageBatch, BatchWriteItem", 5, 19),
    "staff agree to it": (
        "2 GetItem, 2 BatchGetItem, 3 Query, TransactWriteItems, SendMessageBatch, BatchWriteItem",
        8,
        13,
    ),
    "send it back": ("3 GetItem, TransactWriteItems, 2 SendMessageBatch, BatchWriteItem", 2.5, 19),
    "staff inspect it and refund": (
        "3 GetItem, 2 BatchGetItem, 3 Query, TransactWriteItems, 5 SendMessageBatch, BatchWriteItem",
        9,
        37,
    ),
    "reactions to the refund": ("18 GetItem, 3 BatchGetItem, 5 Query, 11 PutItem, 5 TransactWriteItems", 26, 49),
    "notice of the refund": ("GetItem, TransactWriteItems, 3 SendMessageBatch, BatchWriteItem", 1, 8),
    "reactions to RefundSucceeded": (
        "3 GetItem, BatchGetItem, Query, 3 PutItem, TransactWriteItems, SendMessageBatch, BatchWriteItem",
        6.5,
        14,
    ),
    "staff refund a piece": (
        "4 GetItem, 2 BatchGetItem, 2 Query, TransactWriteItems, 4 SendMessageBatch, BatchWriteItem",
        9.5,
        36,
    ),
    "after-sales of a buyer": ("Query", 0.5, 0),
    "sweep of the outbox, nothing due": ("4 GetItem, 16 Query, 4 PutItem", 20, 4),
    "refresh of the search index, nothing changed": ("4 Query, GetObject", 4, 0),
}

#: What docs/architecture.md promises: operation → most reads.
PROMISED = {
    "category tree": 0,
    "listing of 20": 0,
    "search": 0,
    "home": 1,
    "home, by a member": 2,
    "product detail": 2,
    "preview the cart": 3,
    "preview buy-now": 3,
    "place order of the cart (2 lines)": 3,
    "place order buy-now (1 line)": 3,
    "order list": 1,
    "order detail": 1,
    "staff find orders by number": 3,
    "staff find orders by phone": 3,
}


@pytest.mark.dynoxide
def test_each_operation_costs_what_the_table_says(
    cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Any, database: Any
) -> None:
    story = Story(http, partners, drain)
    with storage.written() as written:
        costs = story.tell()
    if report := os.environ.get("WRITTEN_REPORT"):  # for tests/upgrades/old_code.py
        Path(report).write_text(json.dumps(written))
    if database is None:  # moto does not count units
        assert {name: meter.text() for name, meter in costs.items()} == {name: row[0] for name, row in TABLE.items()}
        return
    counted = {name: (meter.text(), meter.read_units, meter.write_units) for name, meter in costs.items()}
    if report := os.environ.get("BUDGET_REPORT"):
        Path(report).write_text(json.dumps(counted, ensure_ascii=False))
    if report := os.environ.get("COST_REPORT"):
        footprints = {name: meter.footprint() for name, meter in costs.items()}
        document = {"operations": footprints, "kept_bytes_per_order": story.kept_bytes}
        Path(report).write_text(json.dumps(document, ensure_ascii=False))
    assert counted == TABLE
    assert_promises_kept(costs)


def assert_promises_kept(costs: dict[str, Meter]) -> None:
    for name, most in PROMISED.items():
        assert costs[name].reads <= most, name
        assert costs[name].transactions == name.startswith("place order"), name
