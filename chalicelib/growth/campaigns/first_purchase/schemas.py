"""What staff set of a first purchase."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.growth.campaigns.base.prices.schemas import PriceSettings


class FirstPurchaseSettings(PriceSettings):
    """Prices for newcomers, and how long one is new."""

    within_hours: Annotated[int, Field(ge=1, le=366 * 24)] = 7 * 24
    """From the member's registration on, to the second; the campaign's end cuts it short."""
