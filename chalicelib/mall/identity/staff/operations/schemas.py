"""The operation log, out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.mall.identity.staff.operations.models import Operation


class AskOperations(PageQuery):
    """One of the three; without any: today's."""

    day: date | None = None
    staff_id: Id | None = None
    target: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """The id of the thing that was changed."""


class OperationView(Schema):
    id: str
    done_at: datetime
    staff_id: str
    staff_name: str
    method: str
    path: str
    target: str | None
    summary: str | None
    """The request's body, shortened, without secrets and personal data."""
    digest: str | None
    ip: str
    request_id: str

    @classmethod
    def of(cls, operation: Operation) -> OperationView:
        return cls.model_validate({name: getattr(operation, name) for name in cls.model_fields})
