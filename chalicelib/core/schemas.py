"""What goes in and comes out: the base of every pydantic model of a route."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chalicelib.core.money import MAX_AMOUNT

T = TypeVar("T")

Fen = Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="Whole fen (CNY 0.01).", examples=[9900])]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$", examples=["prd_01m85mg28xyz"])]
Line = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text without control characters."""
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))]
"""A time that somebody chooses, of this century: others overflow when they change their zone."""
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]
"""A business day that somebody chooses, of this century for the same reason."""


class Schema(BaseModel):
    """Unknown fields are refused: a typing mistake must not look like success.

    A string under a field describes it in the API reference (``core.openapi``). pydantic's own
    ``use_attribute_docstrings`` would read and parse every source file at each cold start: 300 ms.
    """

    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,  # what people type must not reach the log with a traceback
    )


class Page(Schema, Generic[T]):
    """A part of a list. ``cursor`` asks for the next part; it is null at the end."""

    items: list[T]
    cursor: str | None = None


class PageQuery(Schema):
    """How much of a list, and from where."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


class Nothing(Schema):
    """An empty answer."""
