"""Applications: one of a member in a campaign, with all that becomes of it."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    FenAttribute,
    IntAttribute,
    Table,
    TimeAttribute,
    table_name,
)

ID_PREFIX = "tra"
KIND = "trd"
"""Of every number of a deposit."""


class ApplicationStatus(StrEnum):
    """The life of an application. What hangs on the clock or on the order is asked of them."""

    APPLIED = "applied"
    PICKED = "picked"
    """A piece is held until ``order_by``."""
    ORDERED = "ordered"
    """From the order on; a report is due when the goods have come."""
    REPORTED = "reported"
    ACCEPTED = "accepted"
    OVERDUE = "overdue"
    """The report did not come in time."""
    LAPSED = "lapsed"
    """Picked, and not ordered in time."""
    RETURNED = "returned"
    """The goods came back as good as new: no report is due, and whoever wants may apply again."""


STEPS = Steps(
    {
        ApplicationStatus.APPLIED: [ApplicationStatus.PICKED],
        ApplicationStatus.PICKED: [ApplicationStatus.ORDERED, ApplicationStatus.LAPSED],
        ApplicationStatus.ORDERED: [
            ApplicationStatus.PICKED,
            ApplicationStatus.REPORTED,
            ApplicationStatus.OVERDUE,
            ApplicationStatus.RETURNED,
        ],
        ApplicationStatus.REPORTED: [ApplicationStatus.ACCEPTED, ApplicationStatus.ORDERED],
    }
)
OPEN = (ApplicationStatus.PICKED, ApplicationStatus.ORDERED, ApplicationStatus.REPORTED)


class TrialDeposit(StrEnum):
    """What became of the deposit on the report."""

    NONE = "none"
    OPEN = "open"
    """It can be paid."""
    PAID = "paid"
    KEPT = "kept"
    REFUNDED = "refunded"


class Report(BaseModel):
    """What a tester says."""

    text: str
    pictures: list[str] = []
    stars: int


class ByMember(GlobalSecondaryIndex["Application"]):
    class Meta:
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByRank(GlobalSecondaryIndex["Application"]):
    """Those of a campaign and status, the best first."""

    class Meta:
        index_name = "by_rank"
        projection = KeysOnlyProjection()

    campaign_status = UnicodeAttribute(hash_key=True)
    rank = UnicodeAttribute(range_key=True)


class Application(Table):
    """A member's application: the member is a part of its key, and of a campaign there is one."""

    class Meta:
        table_name = table_name("trial_applications")

    campaign_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)
    id = UnicodeAttribute()
    status = EnumAttribute(ApplicationStatus, default=ApplicationStatus.APPLIED)
    campaign_status = UnicodeAttribute()
    """See :func:`campaign_status`. Changes with the status."""
    rank = UnicodeAttribute()
    """See :func:`rank_of`. Never changes: why somebody was picked can be seen for ever."""
    product_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()
    answers = DocumentAttribute[dict[str, str]](dict[str, str], default=dict)
    """By question."""
    score = IntAttribute(default=0)
    applied_at = TimeAttribute()
    picked_at = TimeAttribute(null=True)
    picked_by = UnicodeAttribute(null=True)
    """``score``, or who of the staff."""
    order_by = TimeAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    deposit_amount = FenAttribute(default=0)
    """As it was when they were picked."""
    deposit = EnumAttribute(TrialDeposit, default=TrialDeposit.NONE)
    deposit_id = UnicodeAttribute(null=True)
    report_until = TimeAttribute(null=True)
    """A later end than the first one: the report was sent back."""
    report = DocumentAttribute[Report](Report, null=True)
    reported_at = TimeAttribute(null=True)
    review_note = UnicodeAttribute(null=True)
    review_score = IntAttribute(null=True)
    reviewed_at = TimeAttribute(null=True)
    reminded = BooleanAttribute(default=False)

    by_member = ByMember()
    by_rank = ByRank()

    @property
    def held_key(self) -> tuple[str, str]:
        """Where the piece of whoever is picked lies until it is ordered."""
        return held_owner(self.campaign_id), self.sku_id

    @property
    def may_order(self) -> bool:
        """Whether nothing is owed before the order."""
        return not self.deposit_amount or self.deposit is TrialDeposit.PAID


def held_owner(campaign_id: str) -> str:
    """Owner of the stock key under which the pieces of all who were picked lie."""
    return f"{campaign_id}-held"


def campaign_status(campaign_id: str, status: ApplicationStatus) -> str:
    """The key under which applications of a status are found."""
    return f"{campaign_id}#{status}"


def rank_of(campaign_id: str, member_id: str, score: int) -> str:
    """Sorts the best first: by points; equals by a digest that is the same whenever it is computed."""
    tie = hashlib.sha256(f"{campaign_id}#{member_id}".encode()).hexdigest()[:16]
    return f"{99_999 - score:05d}#{tie}"
