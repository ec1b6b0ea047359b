"""The rules, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.points.schemas import Rules


class RulesView(Schema):
    """The rules and their version; 0: the defaults, staff set none."""

    rules: Rules
    version: int


class SetRules(Schema):
    """``PUT /admin/points-rules``."""

    rules: Rules
    version: Annotated[int, Field(ge=0)]
