"""Edits of an order by staff."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Line, Schema
from chalicelib.trade.orders.desk.schemas import DeskOrderView, OrderNumber
from chalicelib.trade.orders.models import Flag

MAX_MEMO = 500
TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Phone = Annotated[str, Field(min_length=3, max_length=20, pattern=r"^[0-9+\-]+$", examples=["13800138000"])]


class Reprice(Schema):
    """``POST /admin/orders/{number}/price``: what the unpaid order shall cost from now on."""

    payable_amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
    version: Version
    """The version that staff looked at."""
    reason: Line


class EditReceiver(Schema):
    """``POST /admin/orders/{number}/receiver``, before shipping."""

    name: Line
    phone: Phone
    region_code: Annotated[str, Field(pattern=r"^\d{6}$", examples=["330106"])]
    detail: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    version: Version


class EditNotes(Schema):
    """``POST /admin/orders/{number}/notes``: a field left out stays."""

    remark: Annotated[str, Field(max_length=200, pattern=TEXT)] | None = None
    memo: Annotated[str, Field(max_length=MAX_MEMO, pattern=TEXT)] | None = None
    flag: Flag | None = None


class AnnotateOrders(Schema):
    """``POST /admin/order-notes``: the same for many orders, all or none."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"numbers": ["26112436000000664118"], "memo": "仓库缺货", "flag": "yellow"}]}
    )

    numbers: Annotated[list[OrderNumber], Field(min_length=1, max_length=40)]
    memo: Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT)] | None = None
    """Added to each memo as a line of its own."""
    flag: Flag | None = None

    @model_validator(mode="after")
    def _something(self) -> AnnotateOrders:
        if self.memo is None and self.flag is None:
            raise ValueError("memo or flag")
        return self


class AnnotatedOrders(Schema):
    """As they are now."""

    items: list[DeskOrderView]
