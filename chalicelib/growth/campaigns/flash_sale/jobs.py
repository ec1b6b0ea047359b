"""Pieces that a dead process left held come back."""

from __future__ import annotations

from chalicelib.core.jobs import job
from chalicelib.growth.campaigns.flash_sale.mending import service as mending


@job("mend_flash_sales")
def mend_flash_sales() -> dict[str, int]:
    """:returns: how many holders had no ticket."""
    return {"found": mending.look()}
