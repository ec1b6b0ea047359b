"""No parcel is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.jobs import job
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.fulfillment.tracking.events import LookAfterParcel
from chalicelib.trade.fulfillment.tracking.models import shards

BATCH = 40  # two writes each, of a hundred
MOST = 640  # of a shard: 5,120 a run, five times the need of 50,000 silent parcels
IF_LOST = timedelta(hours=1)


@job("poll_tracking")
def poll_tracking() -> int:
    """Send a message for each parcel whose time has come; the reaction asks about it, alone.

    :returns: how many. What is above the most waits for the next run, the longest due first.
    """
    found = 0
    for shard in shards():
        due = list(_due(shard))
        for start in range(0, len(due), BATCH):
            _send(due[start : start + BATCH])
        found += len(due)
    return found


def _due(shard: str) -> Iterator[tuple[str, str]]:
    for parcel in Parcel.by_watch.query(shard, Parcel.look_at <= clock.now(), limit=MOST):
        yield parcel.order_id, parcel.id


def _send(parcels: list[tuple[str, str]]) -> None:
    again_at = clock.now() + IF_LOST
    with Transaction() as tx:
        for order_id, parcel_id in parcels:
            # Without a condition: one that fails would hold up its neighbors, and a time too much harms nothing.
            tx.update(Parcel(order_id=order_id, id=parcel_id), [Parcel.look_at.set(again_at)])
            tx.emit(LookAfterParcel(order_id=order_id, parcel_id=parcel_id))
