"""Fixtures of the storefront."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.harness import Cloud, MovableClock
from tests.mall.storefront import factories


@pytest.fixture
def refresh(cloud: Cloud, frozen: MovableClock, drain: factories.Drain) -> Callable[[], object]:
    """``refresh()``: the index follows what happened, and this container follows the index."""
    return lambda: factories.refreshed(drain, frozen)
