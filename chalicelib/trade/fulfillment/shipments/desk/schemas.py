"""What staff ask of shipments."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.trade.fulfillment.shipments.models import ShipmentStatus


class ListShipments(PageQuery):
    """``GET /admin/shipments``: of one place, by status, or those that are late."""

    origin_id: Id | None = None
    """The place; the default one, if none is named."""
    status: ShipmentStatus | None = None
    late: bool = False
    """What should have left by now, the longest waiting first."""
    unprinted: bool = False
    """Only those whose packing slip was not printed yet. A page may be short and have a cursor."""

    @model_validator(mode="after")
    def _one_question(self) -> ListShipments:
        if self.late and self.status is not None:
            raise ValueError("ask by status or for what is late")
        return self


class MoveShipment(Schema):
    """``POST /admin/orders/{number}/origin``."""

    origin_id: Id
    """The place that sends what is left."""
    shipment_id: Id | None = None
    """Which shipment, where several are open."""
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    """The shipment's version that staff looked at."""
