"""Single codes, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Schema
from chalicelib.loyalty.coupons.models import CodeBatch

MAX_BATCH = 100_000


class MakeBatch(Schema):
    """``POST /admin/coupon-templates/{template_id}/codes``."""

    count: Annotated[int, Field(ge=1, le=MAX_BATCH)]


class BatchView(Schema):
    """A batch of single codes; ``made`` of ``size`` are there."""

    id: Id
    template_id: Id
    size: int
    made: int
    created_at: datetime

    @classmethod
    def of(cls, batch: CodeBatch) -> BatchView:
        return cls(**{name: getattr(batch, name) for name in cls.model_fields})


class Batches(Schema):
    items: list[BatchView]


class SheetQuery(Schema):
    """``GET /admin/coupon-codes/{batch_id}``: codes from ``start`` on."""

    start: Annotated[int, Field(ge=0, le=MAX_BATCH)] = 0
    count: Annotated[int, Field(ge=1, le=5000)] = 5000
