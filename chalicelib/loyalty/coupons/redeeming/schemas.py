"""Coupons in a store."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Fen, Id, Schema

StoreCode = Annotated[str, Field(pattern=r"^\d{12}$", examples=["012345678901"])]


class Redeem(Schema):
    """``POST /admin/coupons/{code}/redeem``."""

    store_id: Id
    goods_amount: Fen = 0
    """What the buyer's purchase costs; a threshold is checked against it."""
