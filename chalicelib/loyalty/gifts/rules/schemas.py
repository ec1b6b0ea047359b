"""The rules of gifts, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.gifts.schemas import GiftRules


class GiftRulesView(Schema):
    """The rules and their version; 0: staff set none."""

    rules: GiftRules
    version: int


class SetGiftRules(Schema):
    """``PUT /admin/gift-rules``."""

    rules: GiftRules
    version: Annotated[int, Field(ge=0)]
