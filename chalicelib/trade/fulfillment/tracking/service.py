"""Where parcels are: subscribed, told, asked. Algorithm: docs/algorithms/delivery.md, "Tracking"."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.core import clock, states
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.kuaidi100 import service as kuaidi100
from chalicelib.gateways.kuaidi100.schemas import Callback
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.carriers.errors import CarrierUnknown
from chalicelib.trade.fulfillment.shipments.errors import ParcelChanged, ParcelNotFound
from chalicelib.trade.fulfillment.shipments.models import ENDED, PARCEL_STEPS, Delivery, Parcel
from chalicelib.trade.fulfillment.tracking.asking import service as asking
from chalicelib.trade.fulfillment.tracking.errors import AskedLately
from chalicelib.trade.fulfillment.tracking.events import TrackHeard
from chalicelib.trade.fulfillment.tracking.models import Subscription, Track
from chalicelib.trade.fulfillment.tracking.reading import service as reading
from chalicelib.trade.fulfillment.tracking.reading.service import Case
from chalicelib.trade.fulfillment.tracking.schemas import TrackView
from chalicelib.trade.orders.models import Order

_LOWER = ("status_at", "delivered_at", "last_text", "last_moved_at", "watch", "look_at", "trouble", "trouble_at")


class Sight:
    """A parcel and its track as they were read; :meth:`write` writes what a case made of them."""

    def __init__(self, parcel: Parcel, track: Track | None) -> None:
        self.parcel, self.stored = parcel, track is not None and track.version == parcel.version
        self.case = Case(parcel, track if track is not None and self.stored else _fresh(parcel), clock.now())
        self._status, self._revision = parcel.status, self.case.track.revision
        self._before = {name: getattr(parcel, name) for name in _LOWER}

    def write(self, tx: Transaction) -> None:
        """Add to *tx* what changed. :raises ParcelChanged: (at commit) somebody else changed it meanwhile."""
        self._write_track(tx)
        self._write_parcel(tx)
        for event in self.case.events:
            tx.emit(event)

    def _write_track(self, tx: Transaction) -> None:
        track = self.case.track
        learned = track.subscription is not Subscription.WAITING or track.problem or track.heard_at
        if not (self.stored or learned):
            return
        condition: Any = (Track.revision == self._revision) & (Track.version == track.version)
        if not self.stored:
            condition = Track.id.does_not_exist() | (Track.version < track.version)
        track.revision = self._revision + 1
        tx.put(track, only_if=condition, otherwise=ParcelChanged())

    def _write_parcel(self, tx: Transaction) -> None:
        parcel, item = self.parcel, Parcel(order_id=self.parcel.order_id, id=self.parcel.id)
        changed = {name: getattr(parcel, name) for name in _LOWER if getattr(parcel, name) != self._before[name]}
        actions = [
            getattr(Parcel, name).remove() if value is None else getattr(Parcel, name).set(value)
            for name, value in changed.items()
        ]
        same = (Parcel.version == parcel.version) & (Parcel.status == self._status)
        if parcel.status is not self._status:
            states.move(
                tx, item, Parcel.status, PARCEL_STEPS, parcel.status, *actions, also=same, otherwise=ParcelChanged()
            )
        elif actions:
            tx.update(item, actions, only_if=same, otherwise=ParcelChanged())


def sight(order_id: str, parcel_id: str) -> Sight:
    """The parcel and its track of this moment, in one round trip. :raises ParcelNotFound:"""
    key = (order_id, parcel_id)
    found = batch_get({Parcel: [key], Track: [key]}, consistent=True)
    if key not in found[Parcel]:
        raise ParcelNotFound()
    return Sight(found[Parcel][key], found[Track].get(key))


def is_tracked(parcel: Parcel) -> bool:
    """Whether Kuaidi100 can tell of the parcel, and is wanted to."""
    under_way = parcel.delivery is Delivery.EXPRESS and parcel.status not in ENDED
    return under_way and kuaidi100.offered() and bool(_code(parcel))


def begin(tx: Transaction, order_id: str, parcel_id: str) -> None:
    """Have a parcel watched that has just been given its waybill."""
    seen = sight(order_id, parcel_id)
    if seen.stored or not is_tracked(seen.parcel):
        return
    asking.subscribe(seen.parcel, seen.case.track)
    reading.plan(seen.case)
    seen.write(tx)


def hear(tx: Transaction, order_id: str, parcel_id: str, version: int, callback: Callback, heard_at: datetime) -> None:
    """Take a callback about the parcel: nothing, if it is about an older waybill, or no news."""
    seen = sight(order_id, parcel_id)
    if seen.parcel.version != version or not _code(seen.parcel):
        return
    if not reading.hear(seen.case, callback) and seen.stored:
        return
    seen.case.track.heard_at = max(heard_at, seen.case.track.heard_at or heard_at)
    reading.plan(seen.case)
    seen.write(tx)


def look(tx: Transaction, order_id: str, parcel_id: str) -> None:
    """Ask about a parcel of which nothing was heard for a while."""
    seen = sight(order_id, parcel_id)
    parcel, track = seen.parcel, seen.case.track
    if not is_tracked(parcel):
        actions = [Parcel.watch.remove(), Parcel.look_at.remove()]
        tx.update(Parcel(order_id=order_id, id=parcel_id), actions)
        return
    if track.subscription is Subscription.WAITING:
        asking.subscribe(parcel, track)
    free_at = None
    try:
        # Who does not take a subscription does not answer a question either.
        if track.subscription is not Subscription.WAITING:
            ask(seen.case)
    except AskedLately as refusal:
        free_at = refusal.details["again_at"]
    reading.check_stuck(seen.case)
    reading.plan(seen.case)
    if free_at is not None and parcel.look_at is not None:
        parcel.look_at = min(parcel.look_at, max(free_at, clock.now()))
    seen.write(tx)


def ask(case: Case) -> None:
    """Ask Kuaidi100 and take what it says. :raises AskedLately:"""
    told = asking.query(case.parcel, case.track)
    if told is not None:
        reading.take(case, told)


def announce(ticket: str, body: bytes) -> None:
    """Put a true callback on the queue.

    :raises ForgedCallback: it is not signed for the parcel that the ticket names.
    :raises UnreadableCallback: signed, but not understood.
    """
    about = asking.read_ticket(ticket)
    heard = TrackHeard(
        order_id=about.order_id,
        parcel_id=about.parcel_id,
        version=about.version,
        heard_at=clock.now(),
        callback=kuaidi100.read_callback(body, about.salt),
    )
    with Transaction() as tx:
        tx.emit(heard)


def show(member_id: str, order_id: str, parcel_id: str) -> TrackView:
    """The way of a parcel of the member's own order. :raises ParcelNotFound: not theirs, or none."""
    key, mine = (order_id, parcel_id), (member_id, order_id)
    found = batch_get({Order: [mine], Parcel: [key], Track: [key]})
    if mine not in found[Order] or key not in found[Parcel]:
        raise ParcelNotFound()
    seen = Sight(found[Parcel][key], found[Track].get(key))
    return TrackView.of(seen.parcel, seen.case.track, carriers.all_carriers())


def _fresh(parcel: Parcel) -> Track:
    return Track(
        order_id=parcel.order_id,
        id=parcel.id,
        version=parcel.version,
        carrier=_code(parcel) or "",
        number=parcel.tracking_number or "",
    )


def _code(parcel: Parcel) -> str | None:
    try:
        return carriers.carrier(parcel.carrier).kuaidi100 if parcel.carrier else None
    except CarrierUnknown:
        return None
