"""How staff change the pieces set aside."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, model_validator

from chalicelib.core.schemas import Id, Line, Schema

MOST = 1_000_000
EXAMPLE: dict[str, JsonValue] = {"sku_id": "sku_01m85mg28xyz", "delta": 50, "version": 2}


class ChangePieces(Schema):
    """``POST /admin/campaigns/{campaign_id}/pieces``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sku_id": "sku_01m85mg28xyz", "delta": 50, "version": 2}]}
    )

    sku_id: Id | None = None
    """Of an item with stock of its own."""
    part: Id | None = None
    """Where the play has parts: which one it is. `GET /admin/campaign-plays` tells by the schemas what they are."""
    delta: Annotated[int, Field(ge=-MOST, le=MOST)]
    """More of the product's pieces for the campaign; below zero: unsold ones go back to the product."""
    version: Annotated[int, Field(ge=1)]
    note: Line | None = None

    @model_validator(mode="after")
    def _changes(self) -> ChangePieces:
        if not self.delta:
            raise ValueError("delta is more or less than zero")
        return self
