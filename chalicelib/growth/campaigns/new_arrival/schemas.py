"""What staff set of a launch."""

from __future__ import annotations

from chalicelib.core.schemas import Schema


class NewArrivalSettings(Schema):
    """What the page shows before it begins."""

    show_prices: bool = False
    """Prices before the launch; else they are a surprise, the campaign's as well as the catalog's."""
    show_reserved: bool = True
    """How many have asked to be told."""
