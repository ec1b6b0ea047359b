"""Staff: what is in trouble, asked now, settled. Algorithm: docs/algorithms/delivery.md, "Tracking"."""

from __future__ import annotations

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.errors import NoWaybill
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered
from chalicelib.trade.fulfillment.shipments.models import ENDED, Parcel, ParcelStatus
from chalicelib.trade.fulfillment.tracking import service as tracking
from chalicelib.trade.fulfillment.tracking.desk.schemas import (
    DeskTrackView,
    ListTroubled,
    SettleParcel,
    TroubledParcelView,
)
from chalicelib.trade.fulfillment.tracking.errors import NotInTrouble, NotTracked, ParcelEnded
from chalicelib.trade.fulfillment.tracking.reading import service as reading
from chalicelib.trade.fulfillment.tracking.service import Sight
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.desk.service import by_number

_ENDED_AS = {ParcelStatus.DELIVERED: "已签收", ParcelStatus.RETURNED: "已退回"}


def troubled(question: ListTroubled) -> Page[TroubledParcelView]:
    """One page of parcels in trouble of a kind, the longest first."""
    found, cursor = pages.query(
        Parcel.by_trouble, question.trouble.value, limit=question.limit, cursor=question.cursor, newest_first=False
    )
    keys = [(each.order_id, each.id) for each in found]
    parcels = batch_get({Parcel: keys})[Parcel]
    # The index may be a moment behind: what is out of trouble by now is left out.
    still = [parcels[key] for key in keys if key in parcels and parcels[key].trouble is not None]
    return Page[TroubledParcelView](items=[TroubledParcelView.of(parcel) for parcel in still], cursor=cursor)


def show(number: str, parcel_id: str) -> DeskTrackView:
    """A parcel's way. :raises OrderNotFound, ParcelNotFound:"""
    return _view(tracking.sight(by_number(number).id, parcel_id))


def ask(number: str, parcel_id: str) -> DeskTrackView:
    """Ask Kuaidi100 now; the answer shows what it said, or why it did not.

    :raises OrderNotFound, ParcelNotFound, ParcelChanged:
    :raises NotTracked: it can not be asked. :raises AskedLately: not yet again.
    """
    seen = tracking.sight(by_number(number).id, parcel_id)
    if not tracking.is_tracked(seen.parcel):
        raise NotTracked()
    tracking.ask(seen.case)
    reading.check_stuck(seen.case)
    reading.plan(seen.case)
    with Transaction() as tx:
        seen.write(tx)
    return show(number, parcel_id)


def settle(number: str, parcel_id: str, asked: SettleParcel, actor: str) -> DeskTrackView:
    """Take a parcel off the list of troubles; with ``ended_as``, it has come to its end by the staff's word.

    :raises OrderNotFound, ParcelNotFound, ParcelChanged:
    :raises NoWaybill: it went without a courier. :raises ParcelEnded: it has ended. :raises NotInTrouble:
    """
    order = by_number(number)
    seen = tracking.sight(order.id, parcel_id)
    parcel, track = seen.parcel, seen.case.track
    if parcel.waybill is None:
        raise NoWaybill()
    if asked.ended_as is not None:
        _end(seen, asked.ended_as)
    elif parcel.trouble is None:
        raise NotInTrouble()
    parcel.trouble, parcel.trouble_at, track.settled_at = None, None, clock.now()
    reading.plan(seen.case)
    if not tracking.is_tracked(parcel):
        parcel.watch, parcel.look_at = None, None
    with Transaction() as tx:
        seen.write(tx)
        ending = f"，按{_ENDED_AS[asked.ended_as]}处理" if asked.ended_as else ""
        orders.note(tx, order, actor, f"物流{parcel.tracking_number}异常已处理{ending}：{asked.note}")
    return show(number, parcel_id)


def _end(seen: Sight, status: ParcelStatus) -> None:
    parcel, now = seen.parcel, clock.now()
    if parcel.status in ENDED:
        raise ParcelEnded()
    parcel.status, parcel.status_at = status, now
    if status is ParcelStatus.DELIVERED:
        parcel.delivered_at = now
        seen.case.events.append(ParcelDelivered(**seen.case.names))


def _view(seen: Sight) -> DeskTrackView:
    return DeskTrackView.of(seen.parcel, seen.case.track, carriers.all_carriers(), tracked=seen.stored)
