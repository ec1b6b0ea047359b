"""What staff ask and see of shipping reports."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import model_validator

from chalicelib.core import clock
from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.trade.fulfillment.reporting.models import ENDED, ReportStatus, ShippingReport


class FindReports(PageQuery):
    """``GET /admin/shipping-reports``: those of a status; ended ones by the business day of their end."""

    status: ReportStatus
    day: date | None = None

    @model_validator(mode="after")
    def _day_of_the_ended(self) -> FindReports:
        if (self.status in ENDED) != (self.day is not None):
            raise ValueError("day is needed for done and not_needed reports, and only for them")
        return self


class ReportView(Schema):
    """What WeChat was told of the shipping of an order, or must be told."""

    order_id: str
    number: str
    """The order's."""
    status: ReportStatus
    wanted_at: datetime
    """Since when there is something to tell that WeChat has not taken."""
    report_by: datetime
    """The platform's deadline: 48 hours after payment."""
    overdue: bool
    due_at: datetime | None
    """When WeChat is told, or asked again, next."""
    attempts: int
    problem: str | None
    """WeChat's code at the last try; `pending` ones are tried again by themselves."""
    reason: str | None
    told_at: datetime | None
    correction_used: bool
    outdated: bool
    """What WeChat knows differs from the truth, and it takes no more corrections."""
    urged_at: datetime | None
    """When WeChat reminded us that the order is not shipped."""
    receipt_asked_at: datetime | None
    receipt_problem: str | None

    @classmethod
    def of(cls, report: ShippingReport) -> ReportView:
        waits = report.status in (ReportStatus.PENDING, ReportStatus.FAILED)
        names = [name for name in cls.model_fields if name != "overdue"]
        overdue = waits and clock.now() > report.report_by
        return cls(overdue=overdue, **{name: getattr(report, name) for name in names})


class Checkup(Schema):
    """``GET /admin/shipping-checkup``: whether WeChat will take shipping reports of this shop."""

    is_managed: bool
    """The shipping management is switched on for this mini-program."""
    unknown_carriers: list[str]
    """Codes of couriers in use that have no name at WeChat, or a wrong one: a report that names one is refused."""
