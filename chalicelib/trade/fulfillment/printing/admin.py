"""Staff: print."""

from __future__ import annotations

from chalicelib.core.api import Api, RawResponse
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.printing import service
from chalicelib.trade.fulfillment.printing.schemas import AskSlips, MarkPrinted, PrintMarks, SlipsView
from chalicelib.trade.fulfillment.printing.sheets import service as sheets
from chalicelib.trade.fulfillment.shipments.errors import ShipmentNotFound
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("printing", title="发货 Shipping (staff)")


@api.get("/admin/packing-slips", permission="shipping.read")
def packing_slips(staff: Staff, query: AskSlips) -> SlipsView:
    """Show what is printed for one order or up to 50: packing slip and waybill data."""
    return service.slips(query.numbers)


@api.get("/admin/packing-slips.html", permission="shipping.read")
def packing_slips_page(staff: Staff, query: AskSlips) -> RawResponse:
    """Show the packing slips as a page that a browser prints, one a sheet, each with a QR code of the order number."""
    text = sheets.page(service.slips(query.numbers).items)
    return RawResponse(text, content_type="text/html; charset=utf-8", headers=sheets.HEADERS)


@api.post("/admin/packing-slips/printed", permission="shipping.write", raises=[OrderNotFound, ShipmentNotFound])
def mark_printed(staff: Staff, body: MarkPrinted) -> PrintMarks:
    """Say that the slips of these orders were printed. Said again, they were printed again."""
    return PrintMarks(items=service.mark(body.orders, staff.name))
