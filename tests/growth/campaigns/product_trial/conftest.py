"""Fixtures of trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.product_trial import factories
from tests.growth.campaigns.product_trial.factories import Trial
from tests.harness import MovableClock

Open = Callable[..., Trial]


@pytest.fixture
def opened(booth: Booth, partners: Partners, frozen: MovableClock, drain: Callable[..., Any]) -> Open:
    """``opened(deposit_amount=1000)``: a trial that has just begun."""
    return lambda **more: factories.trial(booth, partners, frozen, drain, **more)
