"""The counter at which everything is brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import http as partner_http
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.trade.after_sales.factories import Counter

Do = Callable[..., Any]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partner_http, "_PAUSE_SECONDS", 0.002)


@pytest.fixture
def counter(http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners, drain: Do) -> Counter:
    return Counter(http, cloud, frozen, partners, drain)
