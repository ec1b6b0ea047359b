"""Staff: the picking list."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.api import Api, RawResponse
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.shipments.picking import service
from chalicelib.trade.fulfillment.shipments.picking.schemas import AskPickingList, AskPickingSheet, PickingListView

api = Api("picking", title="发货 Shipping (staff)")


@api.get("/admin/picking-list", permission="shipping.read")
def picking_list(staff: Staff, query: AskPickingList) -> PickingListView:
    """Show a wave of orders to pack, the most urgent first, and what to take from the shelves for them."""
    return service.wave(query)


@api.get("/admin/picking-list.csv", permission="shipping.read")
def picking_sheet(staff: Staff, query: AskPickingSheet) -> RawResponse:
    """Export the most urgent 500 orders to pack as CSV, one order line a row."""
    headers = {"Content-Disposition": f'attachment; filename="picking-{clock.today()}.csv"'}
    return RawResponse(service.sheet(query.origin_id), content_type="text/csv; charset=utf-8", headers=headers)
