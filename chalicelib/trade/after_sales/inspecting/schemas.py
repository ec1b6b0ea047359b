"""What staff find in what came back."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, field_validator, model_validator

from chalicelib.core.schemas import Count, Schema
from chalicelib.trade.after_sales.applying.schemas import MAX_LINES
from chalicelib.trade.after_sales.deciding.schemas import WithTerms
from chalicelib.trade.after_sales.schemas import Position, Words


class InspectedPieces(Schema):
    """Of a line: how many are accepted, and how many of those can be sold again."""

    line: Position
    accepted: Count
    sellable: Count

    @model_validator(mode="after")
    def _sellable_is_accepted(self) -> InspectedPieces:
        if self.sellable > self.accepted:
            raise ValueError("only what is accepted can be sold again")
        return self


class Inspect(WithTerms):
    """``POST /admin/after-sales/{number}/inspect``. Without ``pieces``, all are accepted and as good as new."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"pieces": [{"line": 0, "accepted": 1, "sellable": 1}], "note": "完好"}]}
    )

    pieces: Annotated[list[InspectedPieces], Field(min_length=1, max_length=MAX_LINES)] | None = None
    note: Words | None = None
    """Needed where something is refused or taken off."""
    refund_instead: bool = False
    """An exchange: give the money back."""

    @field_validator("pieces")
    @classmethod
    def _each_once(cls, pieces: list[InspectedPieces] | None) -> list[InspectedPieces] | None:
        if pieces and len({piece.line for piece in pieces}) != len(pieces):
            raise ValueError("name each line once")
        return pieces
