"""Trials as staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.growth.campaigns.product_trial.models import Application, ApplicationStatus, TrialDeposit
from chalicelib.growth.campaigns.product_trial.shop.schemas import ReportView


class FindApplications(PageQuery):
    """``GET /admin/campaigns/{campaign_id}/applications``."""

    status: ApplicationStatus = ApplicationStatus.APPLIED


class PickThem(Schema):
    """``POST /admin/campaigns/{campaign_id}/trial-picks``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"member_ids": ["mem_1", "mem_2"]}]})

    member_ids: Annotated[list[Id], Field(min_length=1, max_length=50)]


class Picked(Schema):
    """What became of one of them."""

    member_id: str
    result: Literal["picked", "already", "not_found", "no_place_left", "not_running"]


class PickedView(Schema):
    """One line for each member named, in order."""

    items: list[Picked]


class ApplicationView(Schema):
    """An application as staff see it."""

    member_id: str
    product_id: str
    sku_id: str
    status: ApplicationStatus
    score: int
    rank: str
    """Sorts the best first: what decides where the answers pick."""
    answers: dict[str, str]
    applied_at: datetime
    picked_at: datetime | None
    picked_by: str | None
    order_by: datetime | None
    order_id: str | None
    deposit: TrialDeposit
    report: ReportView | None
    reported_at: datetime | None
    review_score: int | None
    review_note: str | None
    reviewed_at: datetime | None

    @classmethod
    def of(cls, each: Application) -> ApplicationView:
        plain = {name: getattr(each, name) for name in cls.model_fields if name != "report"}
        return cls(**plain, report=ReportView.of(each.report) if each.report is not None else None)
