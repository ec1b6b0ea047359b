"""WeChat Pay played over HTTP, for what is bought of membership."""

from __future__ import annotations

import pytest

from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.wallet.factories import Teller
from tests.trade import factories


@pytest.fixture
def teller(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, stored_value: None) -> Teller:
    return Teller(http, partners, factories.shopper())
