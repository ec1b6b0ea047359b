"""The counter at which everything is brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.core.settings import settings
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.trade.after_sales.factories import Counter

Do = Callable[..., Any]


@pytest.fixture(autouse=True)
def _stored_value(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIYU_WALLET_ENABLED", "true")
    settings.cache_clear()
    yield
    monkeypatch.delenv("SIYU_WALLET_ENABLED")
    settings.cache_clear()


@pytest.fixture
def counter(http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners, drain: Do) -> Counter:
    return Counter(http, cloud, frozen, partners, drain)
