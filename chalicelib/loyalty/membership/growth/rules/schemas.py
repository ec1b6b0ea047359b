"""The rules of growth, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.membership.schemas import GrowthRules


class GrowthRulesView(Schema):
    """The rules and their version; 0: the defaults, staff set none."""

    rules: GrowthRules
    version: int


class SetGrowthRules(Schema):
    """``PUT /admin/growth-rules``."""

    rules: GrowthRules
    version: Annotated[int, Field(ge=0)]
