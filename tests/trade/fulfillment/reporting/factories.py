"""Paid orders and the parcels that leave for them, as staff's shipping leaves them behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.plugs import resolve
from chalicelib.core.transaction import Transaction
from chalicelib.extensions import PLUG_MAPS
from chalicelib.mall.pushes.schemas import Push
from chalicelib.trade.fulfillment.reporting.models import ShippingReport
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered, ParcelShipped, WaybillCorrected
from chalicelib.trade.fulfillment.shipments.models import (
    Delivery,
    Parcel,
    ParcelLine,
    ParcelStatus,
    Trouble,
    waybill_key,
)
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import now_of, place

COMPLETE_AFTER = timedelta(days=10)


def paid(till: Till, **more: Any) -> Order:
    """An order paid with WeChat Pay, in the hands of those who send it."""
    order = place(**more)
    till.pay(order)
    till.deliver()
    with Transaction() as tx:
        orders.begin_processing(tx, now_of(order))
    return now_of(order)


def send(
    order: Order, *numbers: str, carrier: str = "zto", delivery: Delivery = Delivery.EXPRESS, last: bool = True
) -> list[Parcel]:
    """Staff hand over parcels under these numbers (without a courier: one hand-over). *last*: nothing is left."""
    parcels = [parcel_of(order, number, carrier, delivery) for number in numbers or ("",)]
    for number, parcel in enumerate(parcels, 1):
        parcel.shipped_at += timedelta(milliseconds=number)
        parcel.save()
        with Transaction() as tx:
            if last and number == len(parcels):
                orders.ship(tx, now_of(order), complete_by=clock.now() + COMPLETE_AFTER)
            tx.emit(ParcelShipped(member_id=order.member_id, order_id=order.id, parcel_id=parcel.id))
    return parcels


def parcel_of(order: Order, number: str, carrier: str = "zto", delivery: Delivery = Delivery.EXPRESS) -> Parcel:
    """A parcel, of which nothing is announced."""
    express = delivery is Delivery.EXPRESS
    return Parcel(
        order_id=order.id,
        id=ids.new("pcl"),
        shipment_id="shp_1",
        member_id=order.member_id,
        order_number=order.number,
        delivery=delivery,
        carrier=carrier if express else None,
        tracking_number=number if express else None,
        waybill=waybill_key(carrier, number) if express else None,
        lines=[ParcelLine(line=0, sku_id="sku_1", name="蚕丝被 四季款", quantity=1)],
        shipped_at=clock.now(),
    )


def correct(parcel: Parcel, number: str) -> None:
    """Staff mend a waybill."""
    parcel = parcel_now(parcel)
    old = parcel.waybill or ""
    parcel.tracking_number, parcel.waybill = number, waybill_key(parcel.carrier or "", number)
    parcel.version += 1
    parcel.corrected_at = clock.now()
    parcel.save()
    with Transaction() as tx:
        tx.emit(
            WaybillCorrected(member_id=parcel.member_id, order_id=parcel.order_id, parcel_id=parcel.id, old_waybill=old)
        )


def parcel_now(parcel: Parcel) -> Parcel:
    found = Parcel.find(parcel.order_id, parcel.id, consistent=True)
    assert found is not None
    return found


def arrive(*parcels: Parcel) -> None:
    """The courier says that they were signed for."""
    for parcel in map(parcel_now, parcels):
        parcel.status, parcel.delivered_at, parcel.last_moved_at = ParcelStatus.DELIVERED, clock.now(), clock.now()
        parcel.trouble = parcel.trouble_at = None
        parcel.save()
        with Transaction() as tx:
            event = ParcelDelivered(member_id=parcel.member_id, order_id=parcel.order_id, parcel_id=parcel.id)
            tx.emit(event)


def travel(parcel: Parcel, *, trouble: Trouble | None = None, at: datetime | None = None) -> None:
    """The courier says that it is on its way, or in trouble."""
    parcel = parcel_now(parcel)
    parcel.status, parcel.last_moved_at = ParcelStatus.IN_TRANSIT, at or clock.now()
    parcel.trouble, parcel.trouble_at = trouble, clock.now() if trouble else None
    parcel.save()


def report_of(order: Order) -> ShippingReport | None:
    """The report as it is stored now."""
    return ShippingReport.find(order.id, consistent=True)


def pushes(till: Till) -> list[dict[str, Any]]:
    """What WeChat has to tell the mall, taken."""
    state = till.partners.wechat.state.pushes
    taken = [state.pushes[each].message for each in state.unsent]
    state.unsent.clear()
    return taken


def hear(*documents: dict[str, Any]) -> None:
    """The mall hears pushes, verified."""
    for document in documents:
        push = Push(event=document["Event"], openid=document["FromUserName"], at=clock.now(), document=document)
        with Transaction() as tx:
            resolve(PLUG_MAPS["wechat_pushes"][push.event])(push, tx)


def status_of(order: Order) -> OrderStatus:
    return now_of(order).status
