"""The people of the shipping room."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.events import Event
from chalicelib.core.transaction import Transaction
from tests.harness import Client, Cloud, MovableClock
from tests.trade.fulfillment.factories import staff_token


@pytest.fixture
def desk(cloud: Cloud, frozen: MovableClock, http: Client) -> Client:
    """Staff who ship."""
    return http.as_(staff_token("shipping.read", "shipping.write", "orders.read", "orders.write"))


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every event that is announced from now on, whether somebody listens or not."""
    heard: list[Event] = []
    emit = Transaction.emit

    def listen(tx: Transaction, event: Event, **more: Any) -> None:
        heard.append(event)
        emit(tx, event, **more)

    monkeypatch.setattr(Transaction, "emit", listen)
    return heard
