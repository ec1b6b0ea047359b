"""Settings of plays with prices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema


class PriceSettings(Schema):
    """A rate for SKUs without a price of their own."""

    off_bps: Annotated[int, Field(gt=0, lt=10_000)] | None = None
    """Taken off, in 1/10,000: 八折 is 2000."""
