"""Fixtures of group buys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.group_buy.factories import Friends
from tests.harness import Client, Cloud, MovableClock


@pytest.fixture
def friends(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Callable[..., Any]) -> Friends:
    return Friends(http, partners, drain)


@pytest.fixture
def booth(friends: Friends) -> Booth:
    return Booth(friends.http)
