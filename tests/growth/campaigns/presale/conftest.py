"""Fixtures of presales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import http as partner_http
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.presale import factories
from tests.growth.campaigns.presale.factories import Stand
from tests.harness import MovableClock

Open = Callable[..., Stand]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partner_http, "_PAUSE_SECONDS", 0.002)


@pytest.fixture
def opened(booth: Booth, partners: Partners, frozen: MovableClock, drain: Callable[..., Any]) -> Open:
    """``opened(unpaid="kept")``: a presale that has just begun."""
    return lambda **more: factories.stand(booth, partners, frozen, drain, **more)


@pytest.fixture
def stand(opened: Open) -> Stand:
    return opened()
