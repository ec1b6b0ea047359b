from __future__ import annotations

import pytest

from tests.harness import Client, MovableClock
from tests.mall.catalog.factories import staff_token
from tests.mall.links.factories import buyer


@pytest.fixture
def sharer(http: Client, frozen: MovableClock) -> Client:
    """A member who shares."""
    return buyer(http, "mbr_sharer")


@pytest.fixture
def desk(http: Client, frozen: MovableClock) -> Client:
    return http.as_(staff_token("sharing.read", "sharing.write"))
