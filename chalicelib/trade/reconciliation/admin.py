"""Staff: our books against the channel's bills."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.reconciliation import service
from chalicelib.trade.reconciliation.differences import service as differences
from chalicelib.trade.reconciliation.errors import (
    DayMoved,
    DayNotOver,
    DifferenceMoved,
    DifferenceNotFound,
    NoBillKept,
    ReconciliationNotFound,
)
from chalicelib.trade.reconciliation.schemas import (
    BillLink,
    DayView,
    DifferenceView,
    Explain,
    FindDifferences,
    ListDays,
)

api = Api("reconciliation_admin", title="对账 Reconciliation (staff)")


@api.get("/admin/reconciliations", permission="payments.read")
def list_reconciliations(staff: Staff, query: ListDays) -> Page[DayView]:
    """List the days that were compared with the channel's bills, the latest first."""
    return service.find(query)


@api.get("/admin/reconciliations/{day}", permission="payments.read", raises=[ReconciliationNotFound])
def show_reconciliation(staff: Staff, day: str) -> DayView:
    """Show how far a day (`2026-11-24`, by China's clock) is, and what the bill sums to."""
    return service.show(day)


@api.post(
    "/admin/reconciliations/{day}/run",
    status=202,
    permission="payments.write",
    raises=[ReconciliationNotFound, DayNotOver, DayMoved],
)
def reconcile_again(staff: Staff, day: str) -> DayView:
    """Fetch a day's bill and compare it anew, in the background. What agrees by now is resolved."""
    return service.run_again(day)


@api.get("/admin/reconciliations/{day}/bill", permission="payments.read", raises=[ReconciliationNotFound, NoBillKept])
def link_to_bill(staff: Staff, day: str) -> BillLink:
    """Give a link to the channel's own bill of a day."""
    return service.link(day)


@api.get("/admin/payment-differences", permission="payments.read")
def find_differences(staff: Staff, query: FindDifferences) -> Page[DifferenceView]:
    """Find what does not agree: by state (open ones by default), or all of a day."""
    return differences.find(query)


@api.post(
    "/admin/reconciliations/{day}/differences/{difference_id}/explain",
    permission="payments.write",
    raises=[DifferenceNotFound, DifferenceMoved],
)
def explain_difference(staff: Staff, day: str, difference_id: str, body: Explain) -> DifferenceView:
    """Say why a difference is there. It is open again by itself if it becomes another one."""
    return differences.explain(day, difference_id, body.note, staff.name)
