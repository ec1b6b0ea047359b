"""Fixtures of reminders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.reminders.factories import Waiting
from tests.harness import Client, Cloud, MovableClock


@pytest.fixture
def waiting(
    cloud: Cloud, frozen: MovableClock, http: Client, booth: Booth, partners: Partners, drain: Callable[..., Any]
) -> Waiting:
    found = Waiting(http, booth, partners, drain)
    found.map_kind()
    return found
