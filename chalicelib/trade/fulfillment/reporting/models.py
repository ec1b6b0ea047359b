"""The table of shipping reports: what WeChat was told of each order, or must be told."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, IntAttribute, Table, TimeAttribute, table_name


class ReportStatus(StrEnum):
    """How far WeChat knows of the shipping. See docs/algorithms/delivery.md."""

    PENDING = "pending"
    """There is something to tell: it waits a moment, or WeChat does not take it yet."""
    SENT = "sent"
    """WeChat knows what has left so far; more is to come."""
    DONE = "done"
    """WeChat knows everything, or takes no more."""
    FAILED = "failed"
    """WeChat refuses for good: staff must look."""
    NOT_NEEDED = "not_needed"
    """No money of WeChat Pay is in the order, or it was canceled before anything was told."""


STEPS = Steps(
    {
        ReportStatus.PENDING: [
            ReportStatus.PENDING,
            ReportStatus.SENT,
            ReportStatus.DONE,
            ReportStatus.FAILED,
            ReportStatus.NOT_NEEDED,
        ],
        ReportStatus.SENT: [ReportStatus.PENDING],
        ReportStatus.DONE: [ReportStatus.PENDING],
        ReportStatus.FAILED: [ReportStatus.PENDING],
    }
)
ENDED = (ReportStatus.DONE, ReportStatus.NOT_NEEDED)


class ByStatus(GlobalSecondaryIndex["ShippingReport"]):
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    status_day = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute(range_key=True)


class ShippingReport(Table):
    """What WeChat is told of one order."""

    class Meta:
        table_name = table_name("shipping_reports")

    order_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    number = UnicodeAttribute()
    status = EnumAttribute(ReportStatus)
    status_day = UnicodeAttribute()
    """See :func:`status_day`. Changes with the status."""
    wanted_at = TimeAttribute()
    """Since when there is something to tell that WeChat has not taken."""
    report_by = TimeAttribute()
    """The platform's deadline: 48 hours after payment, or when it was told that the order leaves."""
    turn = UnicodeAttribute(null=True)
    """Names the latest plan to tell: an older one does nothing any more."""
    due_at = TimeAttribute(null=True)
    """When WeChat is told, or asked again, next."""
    lease_owner = UnicodeAttribute(null=True)
    lease_until = TimeAttribute(null=True)
    """While one process speaks with WeChat of this order no other does: an older list must not come after a newer."""
    attempts = IntAttribute(default=0)
    """Refusals since there is something to tell."""
    problem = UnicodeAttribute(null=True)
    """WeChat's code at the last try, or the kind of the failure."""
    reason = UnicodeAttribute(null=True)
    """WeChat's own words for it."""
    told = UnicodeAttribute(null=True)
    """A digest of what WeChat knows."""
    told_at = TimeAttribute(null=True)
    """The time of the last upload that WeChat took: the next one must be newer."""
    told_mode = IntAttribute(null=True)
    told_all = BooleanAttribute(default=False)
    """WeChat was told that everything has left: what differs from now on uses the one correction."""
    correction_used = BooleanAttribute(default=False)
    outdated = BooleanAttribute(default=False)
    """What WeChat knows differs from the truth, and it takes no more."""
    urged_at = TimeAttribute(null=True)
    """When WeChat reminded us that the order is not shipped."""
    receipt_asked_at = TimeAttribute(null=True)
    """When WeChat was told of the delivery, to ask the buyer to confirm: once."""
    receipt_problem = UnicodeAttribute(null=True)

    by_status = ByStatus()


def status_day(status: ReportStatus, day: str) -> str:
    """The key under which reports of a status are found: the ended ones by the business day of their end.

    Those that are not ended are few at any time and stand together.
    """
    return f"{status}#{day}" if status in ENDED else str(status)
