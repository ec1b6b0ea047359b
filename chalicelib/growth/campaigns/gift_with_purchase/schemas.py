"""What staff set of a gift with purchase."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.coupons.schemas import Price, Scope


class GiftWithPurchaseSettings(Schema):
    """Goods of the scope worth ``threshold_amount`` bring the campaign's items along."""

    scope: Scope = Scope()
    threshold_amount: Price


class GiftTerms(Schema):
    """A gift: so many pieces of the SKU with an order."""

    pieces: Annotated[int, Field(ge=1, le=10)] = 1
