"""Applying, in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.core.schemas import Id, Schema

Answer = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class Apply(Schema):
    """``POST /campaigns/{campaign_id}/trial``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"product_id": "prd_1", "sku_id": "sku_1", "answers": {"skin": "干性"}}]}
    )

    product_id: Id
    sku_id: Id
    answers: Annotated[dict[Id, Answer], Field(max_length=10)] = {}
    """By question: the text of an option, or words of one's own."""
