"""A parcel as a file tells it."""

from __future__ import annotations

from pydantic import BaseModel

from chalicelib.mall.catalog.formats.schemas import Column

COLUMNS = (
    Column("order_number", "订单号", required=True),
    Column("carrier", "快递公司", required=True),
    Column("tracking_number", "运单号", required=True),
    Column("sku_id", "规格编号"),
    Column("quantity", "数量"),
    Column("even_if_used", "允许重复运单"),
    Column("issue", "问题"),
)
"""Of CSV. ``issue`` is what the sheet of errors tells; it is not read."""


class FilePieces(BaseModel):
    sku_id: str
    quantity: int


class FileParcel(BaseModel):
    """The rows of one order, carrier and number. With an ``issue`` it can not be shipped, whatever is stored.

    ``carrier`` is the courier's code; empty where the row does not say whose parcel it is.
    """

    line: int
    order_number: str
    carrier: str = ""
    tracking_number: str
    pieces: list[FilePieces] = []
    """None: everything that is left."""
    even_if_used: bool = False
    issue: str | None = None
    cells: list[dict[str, str]]
