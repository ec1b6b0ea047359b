"""Reactions on the queue ``tracking``: each parcel alone."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments.events import ParcelShipped, SideParcelShipped, WaybillCorrected
from chalicelib.trade.fulfillment.tracking import service
from chalicelib.trade.fulfillment.tracking.events import LookAfterParcel, TrackHeard


@subscribe(ParcelShipped, queue="tracking")
def watch_parcel(event: ParcelShipped, tx: Transaction) -> None:
    """Have it watched."""
    service.begin(tx, event.order_id, event.parcel_id)


@subscribe(SideParcelShipped, queue="tracking")
def watch_side_parcel(event: SideParcelShipped, tx: Transaction) -> None:
    """Have a parcel of an after-sale watched."""
    service.begin(tx, event.order_id, event.parcel_id)


@subscribe(WaybillCorrected, queue="tracking")
def watch_corrected_parcel(event: WaybillCorrected, tx: Transaction) -> None:
    """Have it watched under its new number; what is said of the old one is void."""
    service.begin(tx, event.order_id, event.parcel_id)


@subscribe(TrackHeard, queue="tracking")
def take_callback(event: TrackHeard, tx: Transaction) -> None:
    """Take what Kuaidi100 told."""
    service.hear(tx, event.order_id, event.parcel_id, event.version, event.callback, event.heard_at)


@subscribe(LookAfterParcel, queue="tracking")
def look_after_parcel(event: LookAfterParcel, tx: Transaction) -> None:
    """Ask what Kuaidi100 does not tell."""
    service.look(tx, event.order_id, event.parcel_id)
