"""Fixtures of campaigns."""

from __future__ import annotations

import pytest

from tests.growth.campaigns.factories import Booth
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories


@pytest.fixture
def counter(cloud: Cloud, frozen: MovableClock, http: Client) -> Counter:
    return Counter(http, factories.shopper())


@pytest.fixture
def booth(counter: Counter) -> Booth:
    return Booth(counter.http)
