"""Fixtures of presales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.presale import factories
from tests.growth.campaigns.presale.factories import Stand
from tests.harness import MovableClock

Open = Callable[..., Stand]


@pytest.fixture
def opened(booth: Booth, partners: Partners, frozen: MovableClock, drain: Callable[..., Any]) -> Open:
    """``opened(unpaid="kept")``: a presale that has just begun."""
    return lambda **more: factories.stand(booth, partners, frozen, drain, **more)


@pytest.fixture
def stand(opened: Open) -> Stand:
    return opened()
