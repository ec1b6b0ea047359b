"""What staff set of an assist."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema


class Helpers(StrEnum):
    """Whose help counts."""

    ANYBODY = "anybody"
    NEW = "new"
    """Members who registered since the assist began."""
    INVITED = "invited"
    """Of them, those who came to the mall through its starter."""


class AssistSettings(Schema):
    """The rules of the campaign."""

    hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How long friends can help; it ends with the campaign at the latest."""
    claim_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How long the unlocked piece waits to be ordered; the same."""
    helpers: Helpers = Helpers.NEW
    helps_max: Annotated[int, Field(ge=1, le=100)] = 1
    """How many assists of the campaign a member may help."""
    device_max: Annotated[int, Field(ge=1, le=100)] = 1
    """How many helps of the campaign may come from one device."""


class AssistTerms(Schema):
    """What a SKU asks besides its price, the item's `unit_amount`, and its cap, the item's `stock`."""

    helps: Annotated[int, Field(ge=1, le=200)]
    """So many helpers unlock it."""
