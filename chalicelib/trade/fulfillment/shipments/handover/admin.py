"""Staff: ship."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.carriers.errors import CarrierOff, CarrierUnknown, TrackingNumberInvalid
from chalicelib.trade.fulfillment.shipments import errors
from chalicelib.trade.fulfillment.shipments.handover import service
from chalicelib.trade.fulfillment.shipments.handover.schemas import ShipOrder
from chalicelib.trade.fulfillment.shipments.schemas import DeskParcelView
from chalicelib.trade.orders.errors import OrderChanged, OrderNotFound

api = Api("handover", title="发货 Shipping (staff)")


@api.post(
    "/admin/orders/{number}/parcels",
    status=201,
    permission="shipping.write",
    raises=[
        *(OrderNotFound, OrderChanged, KeyReused, CarrierUnknown, CarrierOff, TrackingNumberInvalid),
        *(errors.NotToShip, errors.ShipmentNotFound, errors.ShipmentUnclear, errors.NothingToShip),
        *(errors.ShipmentChanged, errors.SkuNotInShipment, errors.TooManyPieces, errors.WaybillInUse),
    ],
)
def ship_order(staff: Staff, number: str, body: ShipOrder, key: IdempotencyKey) -> DeskParcelView:
    """Ship what is left of an order, or the pieces named, in one parcel. Several parcels: several calls."""
    return DeskParcelView.of(service.ship(number, body, key, staff), carriers.all_carriers())


@api.post(
    "/admin/orders/{number}/parcels/{parcel_id}/delivered",
    permission="shipping.write",
    raises=[OrderNotFound, errors.ParcelNotFound, errors.WithCourier, errors.ParcelChanged],
)
def parcel_delivered(staff: Staff, number: str, parcel_id: str) -> DeskParcelView:
    """Say that a parcel that went without a courier is with the buyer."""
    return DeskParcelView.of(service.deliver(number, parcel_id, staff.name), carriers.all_carriers())
