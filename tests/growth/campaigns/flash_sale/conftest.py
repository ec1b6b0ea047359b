"""Fixtures of flash sales."""

from __future__ import annotations

import pytest

from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.flash_sale.factories import Sale, open_sale


@pytest.fixture
def sale(booth: Booth) -> Sale:
    """Three pieces at ten, of ten; it is ten."""
    return open_sale(booth)
