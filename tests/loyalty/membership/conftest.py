"""WeChat Pay played over HTTP, for what is bought of membership."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.core.settings import settings
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.wallet.factories import Teller
from tests.trade import factories


@pytest.fixture
def teller(
    cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Teller]:
    monkeypatch.setenv("SIYU_WALLET_ENABLED", "true")
    settings.cache_clear()
    yield Teller(http, partners, factories.shopper())
    monkeypatch.delenv("SIYU_WALLET_ENABLED")
    settings.cache_clear()
