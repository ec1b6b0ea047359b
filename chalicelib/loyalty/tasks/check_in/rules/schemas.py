"""The rules, in and out."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.tasks.check_in.schemas import Rules


class RulesView(Schema):
    """The rules of today, and those that follow."""

    rules: Rules
    next_rules: Rules | None
    next_from: date | None
    version: int
    """Of the newest; 0: the defaults, staff set none."""


class SetRules(Schema):
    """``PUT /admin/check-in-rules``."""

    rules: Rules
    version: Annotated[int, Field(ge=0, le=1_000_000)]
