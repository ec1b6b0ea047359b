"""Staff: see that WeChat knows of every shipping."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.reporting import service
from chalicelib.trade.fulfillment.reporting.errors import NothingToReport, ReportNotFound
from chalicelib.trade.fulfillment.reporting.schemas import Checkup, FindReports, ReportView
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("shipping_reports", title="发货 Shipping (staff)")


@api.get("/admin/shipping-reports", permission="shipping.read")
def find_reports(staff: Staff, query: FindReports) -> Page[ReportView]:
    """Find reports to WeChat of a status: `failed` and overdue `pending` ones need a person."""
    return service.find(query)


@api.get("/admin/shipping-reports/{number}", permission="shipping.read", raises=[OrderNotFound, ReportNotFound])
def show_report(staff: Staff, number: str) -> ReportView:
    """Show what WeChat was told of an order."""
    return service.show(number)


@api.post(
    "/admin/shipping-reports/{number}/retry",
    permission="shipping.write",
    raises=[OrderNotFound, ReportNotFound, NothingToReport],
)
def retry_report(staff: Staff, number: str) -> ReportView:
    """Tell WeChat again, now. The answer shows the report as it waits; a moment later it shows what WeChat said."""
    return service.retry(number)


@api.get("/admin/shipping-checkup", permission="shipping.read", raises=[PartnerUnavailable])
def check_up(staff: Staff) -> Checkup:
    """Ask WeChat whether it takes this shop's shipping reports, and knows all its couriers: before the first sale."""
    return service.check_up()
