"""Staff: balances against the sums of their entries."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.reconciliation.ledgers import service
from chalicelib.trade.reconciliation.ledgers.errors import CheckNotFound
from chalicelib.trade.reconciliation.ledgers.schemas import CheckDetail, CheckView, ListChecks

api = Api("ledger_checks", title="对账 Reconciliation (staff)")


@api.post("/admin/ledger-checks", status=202, permission="payments.write")
def start_ledger_check(staff: Staff) -> CheckDetail:
    """Add up all balances now, in the background: points, stored value, growth, pools of codes."""
    return service.show(service.start(staff.staff_id))


@api.get("/admin/ledger-checks", permission="payments.read")
def list_ledger_checks(staff: Staff, query: ListChecks) -> Page[CheckView]:
    """List walks through all accounts, newest first."""
    return service.find(query)


@api.get("/admin/ledger-checks/{check_id}", permission="payments.read", raises=[CheckNotFound])
def show_ledger_check(staff: Staff, check_id: str) -> CheckDetail:
    """Show how far a walk is, and the accounts that are not the sum of their entries."""
    return service.show(check_id)
