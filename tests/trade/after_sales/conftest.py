"""The counter at which everything is brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.trade.after_sales.factories import Counter

Do = Callable[..., Any]


@pytest.fixture(autouse=True)
def _stored_value(stored_value: None) -> None:
    """Orders here are paid from the wallet, too."""


@pytest.fixture
def counter(http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners, drain: Do) -> Counter:
    return Counter(http, cloud, frozen, partners, drain)
