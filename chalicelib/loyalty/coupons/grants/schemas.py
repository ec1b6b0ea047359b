"""Grants, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Id, Line, PageQuery, Schema
from chalicelib.loyalty.coupons.models import Grant, GrantStatus


class MakeGrant(Schema):
    """``POST /admin/coupon-grants``: to members by id, or to everybody of a segment."""

    template_id: Id
    member_ids: Annotated[list[Id], Field(max_length=1000, examples=[["mbr_01m85mg28xyz"]])] = []
    segment_id: Id | None = None
    reason: Line

    @model_validator(mode="after")
    def _one_of_both(self) -> MakeGrant:
        if bool(self.member_ids) == (self.segment_id is not None):
            raise ValueError("give member_ids or segment_id")
        return self


class ListGrants(PageQuery):
    """``GET /admin/coupon-grants``."""


class GrantView(Schema):
    """A grant and how far it is."""

    id: Id
    template_id: Id
    segment_id: str | None
    member_count: int
    """Of those named by id."""
    reason: str
    status: GrantStatus
    given: int
    refused: dict[str, int]
    """Why some got none: code → members."""
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, grant: Grant) -> GrantView:
        plain = {name: getattr(grant, name) for name in cls.model_fields if name != "member_count"}
        return cls(**plain, member_count=len(grant.member_ids))
