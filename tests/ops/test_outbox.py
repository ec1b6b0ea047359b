"""Parked events go back into the outbox and are delivered; the lag is the sweep's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core import events, outbox
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders.events import OrderPaid
from infra.ops import outbox as ops
from infra.ops.target import Refused, Target
from tests.harness import Cloud, MovableClock

Do = Callable[..., Any]


def test_the_shapes_are_the_malls() -> None:
    assert (ops.SHARDS, ops.LOOKBACK, ops.GRACE, ops.PARKED) == (
        outbox.SHARDS, outbox.LOOKBACK, outbox.GRACE, outbox.PARKED
    )  # fmt: skip


@pytest.fixture
def parked(target: Target, cloud: Cloud, frozen: MovableClock, sweep: Do, monkeypatch: pytest.MonkeyPatch) -> str:
    """An event that a release did not know: its id. The release after it knows it again."""
    frozen.at = datetime.now(UTC)
    with monkeypatch.context() as older:
        older.setattr(outbox, "send", lambda items: None)  # dies before it sends
        with Transaction() as tx:
            tx.emit(OrderPaid(member_id="m", order_id="o"))
        older.undo()
        older.delitem(events._kinds, "OrderPaid")
        older.delitem(events._announced_kinds, "OrderPaid")
        sweep()
    (item,) = ops.parked(target)
    return str(item["id"]["S"])


def test_put_back_and_delivered_once(
    target: Target, parked: str, frozen: MovableClock, sweep: Do, cloud: Cloud
) -> None:
    frozen.at = datetime.now(UTC)
    (item,) = ops.parked(target)
    assert ops.row(item)["event"] == "OrderPaid"
    slot = ops.put_back(target, item)
    assert slot == outbox.slot(datetime.fromisoformat(slot[:16] + "+00:00"), int(slot[-1]))
    assert ops.parked(target) == []
    delivered = sweep(minutes=3, expect_failures=True)
    assert {body["event_id"] for body in map(json.loads, delivered.bodies)} == {parked}
    assert cloud.items("outbox") == []


def test_two_operators(target: Target, parked: str, cloud: Cloud) -> None:
    (item,) = ops.parked(target)
    ops.put_back(target, item)
    with cloud.unchanged(), pytest.raises(Refused, match="not parked any more"):
        ops.put_back(target, item)


def test_lag(target: Target, frozen: MovableClock, sweep: Do) -> None:
    assert {row["behind_seconds"] for row in ops.lags(target)} == {None}
    frozen.at = datetime.now(UTC)
    sweep(minutes=0)
    assert all(0 <= row["behind_seconds"] <= 5 for row in ops.lags(target))
