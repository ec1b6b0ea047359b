"""A trial as its applicant sees it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Schema
from chalicelib.growth.campaigns.product_trial.models import Application, ApplicationStatus, Report, TrialDeposit


class ReportView(Schema):
    """What the tester said."""

    text: str
    pictures: list[str]
    stars: int

    @classmethod
    def of(cls, report: Report) -> ReportView:
        return cls(**report.model_dump())


class TrialCard(Schema):
    """An application in the list of its member."""

    campaign_id: str
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    status: ApplicationStatus
    applied_at: datetime
    order_by: datetime | None
    """Until then, a tester who was picked pays the deposit and orders with the option `product_trial`."""
    deposit_amount: Fen
    deposit: TrialDeposit
    order_id: str | None

    @classmethod
    def fields(cls, mine: Application) -> dict[str, object]:
        """What the row itself says."""
        shown = ("name", "spec", "picture")
        return {name: getattr(mine, name) for name in TrialCard.model_fields if name not in shown}


class TrialPage(TrialCard):
    """An application whole."""

    now: datetime
    """The mall's clock."""
    can_order: bool
    """Now, by the clock."""
    answers: dict[str, str]
    report_by: datetime | None
    """The first moment at which it is too late to report; null until the goods have come."""
    report: ReportView | None
    review_score: int | None
    review_note: str | None
    parameters: dict[str, str] = {}
    """For ``wx.requestPayment``, as they are; empty unless the deposit was just begun."""
