"""A shop that offers stored value, and WeChat Pay played over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.core.settings import settings
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.wallet.factories import Teller
from tests.trade import factories


@pytest.fixture(autouse=True)
def _offered(stored_value: None) -> None:
    """Every test here has stored value."""


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """``off()``: the owner switches stored value off."""

    def switch() -> None:
        monkeypatch.setenv("SIYU_WALLET_ENABLED", "false")
        settings.cache_clear()

    return switch


@pytest.fixture
def teller(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners) -> Teller:
    return Teller(http, partners, factories.shopper())
