"""The picking list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.trade.orders.schemas import ReceiverView


class AskPickingList(PageQuery):
    """``GET /admin/picking-list``: a wave of orders, the most urgent first."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    origin_id: Id | None = None
    unprinted: bool = False
    """Only those whose packing slip was not printed yet, or is to be printed again. A wave may be short and have a
    cursor."""


class AskPickingSheet(Schema):
    """``GET /admin/picking-list.csv``."""

    origin_id: Id | None = None


class PickedSku(Schema):
    """What to take from the shelf for the whole wave."""

    product_id: str
    sku_id: str
    sku_code: str | None
    """The merchant's code of the SKU, as it is now: it is on the shelf."""
    name: str
    spec: str
    picture: str
    quantity: int
    orders: int
    """How many of the orders need it."""


class PackedLine(Schema):
    """What goes into the box."""

    product_id: str
    sku_id: str
    sku_code: str | None
    """The merchant's code of the SKU, as it is now: it is on the shelf."""
    name: str
    spec: str
    picture: str
    quantity: int


class PackedOrder(Schema):
    """One box. The two versions go along when it is shipped: a changed receiver is then noticed."""

    order_number: str
    order_version: int
    shipment_id: str
    version: int
    ship_by: datetime
    late: bool
    print_count: int
    """How often its packing slip was printed."""
    reprint: bool
    """The order was edited since."""
    receiver: ReceiverView
    remark: str | None
    memo: str | None
    lines: list[PackedLine]


class PickingListView(Schema):
    """A wave: by SKU for the shelves, by order for the boxes."""

    skus: list[PickedSku]
    orders: list[PackedOrder]
    cursor: str | None
