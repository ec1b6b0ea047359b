"""The goods come back: by the buyer's waybill, by the courier's word, into the shop's hands."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.errors import TooManyWaybills, WaybillOfShop
from chalicelib.trade.after_sales.models import BUYER, SYSTEM, AfterSale, Piece, Sending, Status
from chalicelib.trade.after_sales.schemas import AfterSaleView, NameWaybill
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.errors import ParcelExists
from chalicelib.trade.fulfillment.shipments.events import SideParcelShipped
from chalicelib.trade.fulfillment.shipments.models import (
    Parcel,
    ParcelLine,
    ParcelStatus,
    Purpose,
    Waybill,
    waybill_key,
)
from chalicelib.trade.fulfillment.tracking import service as tracking
from chalicelib.trade.fulfillment.tracking.schemas import TrackView
from chalicelib.trade.orders import service as orders

MOST_WAYBILLS = 3
"""A number may be mistyped; after that, staff say when the goods are there."""


def send_back(member_id: str, after_sale_id: str, asked: NameWaybill) -> AfterSaleView:
    """The buyer has sent the goods. The same number again: nothing; another one takes its place, twice at most.

    :raises AfterSaleNotFound, AfterSaleMovedOn, TooManyWaybills: :raises WaybillOfShop: what it came with, say.
    :raises CarrierUnknown, CarrierOff, TrackingNumberInvalid:
    """
    sale = service.load(member_id, after_sale_id)
    courier, number = carriers.checked(asked.carrier, asked.tracking_number)
    known = sale.sent_back
    if known is not None and (known.carrier, known.tracking_number) == (courier.code, number):
        return AfterSaleView.of(sale)
    if sale.status is Status.SENT and sum(step.status is Status.SENT for step in sale.steps) >= MOST_WAYBILLS:
        raise TooManyWaybills()
    with Transaction() as tx:
        theirs = Waybill(id=waybill_key(courier.code, number))
        tx.check(theirs, only_if=Waybill.id.does_not_exist(), otherwise=WaybillOfShop())
        sending = ship(tx, sale, sale.pieces, courier.code, number, Purpose.RETURN)
        text = f"{courier.name} {number}"
        service.move(tx, sale, Status.SENT, AfterSale.sent_back.set(sending), actor=BUYER, text=text)
    return service.view(member_id, after_sale_id)


def ship(
    tx: Transaction, sale: AfterSale, pieces: Sequence[Piece], carrier: str, number: str, purpose: Purpose
) -> Sending:
    """A parcel of the after-sale is on its way, and watched like all others."""
    now, parcel_id = clock.now(), ids.new("pcl")
    digits = "".join(c for c in orders.load(sale.member_id, sale.order_id).receiver.phone if c.isdigit())
    parcel = Parcel(
        order_id=sale.id,
        id=parcel_id,
        purpose=purpose,
        phone_tail=digits[-4:] if len(digits) >= 4 else "",
        shipment_id=sale.id,
        member_id=sale.member_id,
        order_number=sale.order_number,
        carrier=carrier,
        tracking_number=number,
        waybill=waybill_key(carrier, number),
        lines=[
            ParcelLine(line=each.line, sku_id=each.sku_id, name=each.name, quantity=each.quantity) for each in pieces
        ],
        shipped_at=now,
    )
    tx.put(parcel, only_if=Parcel.id.does_not_exist(), otherwise=ParcelExists())
    tx.emit(SideParcelShipped(member_id=sale.member_id, order_id=sale.id, parcel_id=parcel_id))
    return Sending(parcel_id=parcel_id, carrier=carrier, tracking_number=number, at=now)


def receive(tx: Transaction, sale: AfterSale, *, actor: str, text: str = "") -> None:
    """The goods are with the shop. :raises AfterSaleMovedOn:"""
    service.move(tx, sale, Status.RECEIVED, AfterSale.goods_back.set(True), actor=actor, text=text)


def arrived(tx: Transaction, sale: AfterSale, parcel_id: str) -> None:
    """The courier says that a parcel was signed for: if it is the one on its way back, the goods are there.

    One that was signed for before anybody had agreed to the return is another's: a person has to look.
    """
    if sale.status is not Status.SENT or sale.sent_back is None or sale.sent_back.parcel_id != parcel_id:
        return
    parcel = Parcel.find(sale.id, parcel_id, consistent=True)
    agreed_at = max(step.at for step in sale.steps if step.status is Status.RETURNING)
    if parcel is None or parcel.delivered_at is None or parcel.delivered_at < agreed_at:
        service.ring(tx, sale, "运单在同意退货之前已签收，请与买家核实")
    else:
        receive(tx, sale, actor=SYSTEM, text="退货包裹已签收")


def on_its_way(sale: AfterSale) -> bool:
    """Whether the courier has the parcel that the buyer named, by its own word."""
    sending = sale.sent_back
    parcel = Parcel.find(sale.id, sending.parcel_id, consistent=True) if sending is not None else None
    return parcel is not None and parcel.status is not ParcelStatus.CREATED


def track(sale: AfterSale) -> list[TrackView]:
    """The ways of the parcels of an after-sale: back, then the replacement's."""
    known = carriers.all_carriers()
    sendings = [each for each in (sale.sent_back, sale.replaced_by) if each is not None]
    seen = [tracking.sight(sale.id, each.parcel_id) for each in sendings]
    return [TrackView.of(each.parcel, each.case.track, known) for each in seen]
