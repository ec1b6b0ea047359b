"""Staff: mend a waybill."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.carriers.errors import CarrierOff, CarrierUnknown, TrackingNumberInvalid
from chalicelib.trade.fulfillment.shipments import errors
from chalicelib.trade.fulfillment.shipments.schemas import DeskParcelView
from chalicelib.trade.fulfillment.shipments.waybills import service
from chalicelib.trade.fulfillment.shipments.waybills.schemas import CorrectWaybill
from chalicelib.trade.orders.errors import OrderChanged, OrderNotFound

api = Api("waybills", title="发货 Shipping (staff)")


@api.post(
    "/admin/orders/{number}/parcels/{parcel_id}/waybill",
    permission="shipping.write",
    raises=[
        *(OrderNotFound, errors.ParcelNotFound, errors.NoWaybill, errors.ParcelChanged, errors.TooLateToCorrect),
        *(OrderChanged, errors.WaybillInUse, CarrierUnknown, CarrierOff, TrackingNumberInvalid),
    ],
)
def correct_waybill(staff: Staff, number: str, parcel_id: str, body: CorrectWaybill) -> DeskParcelView:
    """Give a parcel its right carrier and number. What the courier said of the wrong one is void."""
    parcel = service.correct(number, parcel_id, body, staff.name)
    return DeskParcelView.of(parcel, carriers.all_carriers())
