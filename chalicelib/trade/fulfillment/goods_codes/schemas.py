"""Codes, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from chalicelib.core.schemas import Id, Moment, Schema

MAX_UPLOADED = 500
SecretCode = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["ABCD-EFGH-2026"])
]


SecretCodes = Annotated[
    list[SecretCode],
    Field(min_length=1, max_length=MAX_UPLOADED),
    AfterValidator(lambda codes: list(dict.fromkeys(codes))),
]


class UploadCodes(Schema):
    """``POST /admin/products/{product_id}/codes``. The operation log hides the codes."""

    sku_id: Id
    secret_codes: SecretCodes
    sell_until: Moment | None = None
    """Those that nobody bought by then leave the pool. Leave the buyer time to use them."""


class WithdrawCodes(Schema):
    """``POST /admin/products/{product_id}/codes/withdraw``. The operation log hides the codes."""

    sku_id: Id
    secret_codes: SecretCodes


class UploadedView(Schema):
    """What became of an upload."""

    added: int
    known: int
    """Were there before, free or given: left alone."""


class WithdrawnView(Schema):
    """What became of a withdrawal."""

    withdrawn: int
    gone: int
    """Were withdrawn before."""
    unknown: int
    """Were never uploaded."""
    order_ids: list[str]
    """Who has them: those stay given."""


class PoolView(Schema):
    """How many codes of a SKU are left. Both counts end at 1,000."""

    sku_id: str
    available: int
    """What is for sale: the free codes, less those that orders have taken and campaigns have set aside."""
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
