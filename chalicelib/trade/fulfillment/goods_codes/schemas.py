"""Codes, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from chalicelib.core.schemas import Id, Schema

MAX_UPLOADED = 500
SecretCode = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["ABCD-EFGH-2026"])
]


class UploadCodes(Schema):
    """``POST /admin/products/{product_id}/codes``. The operation log hides the codes."""

    sku_id: Id
    secret_codes: Annotated[list[SecretCode], Field(min_length=1, max_length=MAX_UPLOADED)]

    @field_validator("secret_codes")
    @classmethod
    def _each_once(cls, codes: list[str]) -> list[str]:
        return list(dict.fromkeys(codes))


class UploadedView(Schema):
    """What became of an upload."""

    added: int
    known: int
    """Were there before, free or given: left alone."""


class PoolView(Schema):
    """How many codes of a SKU are left. Both counts end at 1,000."""

    sku_id: str
    free_count: int
    waiting_count: int
    """Paid orders that wait for codes."""


class PoolsView(Schema):
    """``GET /admin/products/{product_id}/codes``."""

    items: list[PoolView]


class CodeView(Schema):
    """A code that was bought."""

    line: int
    """Position in the order, from 0."""
    name: str
    spec: str
    code: str


class CodesView(Schema):
    """``GET /orders/{order_id}/codes``. Empty until they are given."""

    given_at: datetime | None
    items: list[CodeView]
