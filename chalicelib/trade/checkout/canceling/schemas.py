"""Ending many orders, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, Schema
from chalicelib.trade.orders.desk.schemas import OrderNumber


class CancelOrders(Schema):
    """``POST /admin/order-cancellations``. Each is asked about at its channel: so not more at once."""

    numbers: Annotated[list[OrderNumber], Field(min_length=1, max_length=20)]
    reason: Line


class Cancellation(Schema):
    """What became of one of them. ``code`` and ``message``: why it was not canceled."""

    number: str
    canceled: bool
    code: str | None = None
    message: str | None = None


class Cancellations(Schema):
    items: list[Cancellation]
