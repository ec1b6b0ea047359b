"""How a batch goes on. See docs/algorithms/delivery.md, "By file".

What a parcel writes and the note that it is done are one transaction: a worker that dies is taken over at exactly
its place, and two workers never both go on.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.catalog.formats.errors import FileUnreadable
from chalicelib.trade.fulfillment.batches.errors import BatchOvertaken
from chalicelib.trade.fulfillment.batches.files import service as files
from chalicelib.trade.fulfillment.batches.files.schemas import FileParcel
from chalicelib.trade.fulfillment.batches.models import BATCH_STEPS, RUNNING, Batch, BatchError, BatchStatus
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.errors import ParcelExists, ShipmentChanged
from chalicelib.trade.fulfillment.shipments.handover.schemas import Handover, Pieces
from chalicelib.trade.fulfillment.shipments.handover.service import Leaving, hand_over
from chalicelib.trade.fulfillment.shipments.models import waybill_key
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.models import Order

log = logging.getLogger(__name__)

RUN_SECONDS = 4.0
"""A run ends after this and asks for the next one: ten messages share one minute of a function, and orders wait."""
TRIES = 4


class AlreadyShipped(Exception):
    """The order has a parcel under this waybill."""


def file_key(batch_id: str) -> str:
    """Where the file is uploaded to."""
    return f"tmp/shipping-batches/{batch_id}/file"


def advance(batch_id: str) -> bool:
    """Go on for some time. :returns: whether there is more to do, in another run."""
    batch = Batch.find(batch_id, consistent=True)
    until = time.monotonic() + RUN_SECONDS
    try:
        if batch is not None and batch.status is BatchStatus.QUEUED:
            _read(batch)
        if batch is not None and batch.status is BatchStatus.SHIPPING:
            return _ship(batch, until)
    except BatchOvertaken:
        log.info("another worker is ahead", extra={"batch_id": batch_id})
    return False


@contextmanager
def saved(batch: Batch, to: BatchStatus | None = None, **changes: Any) -> Iterator[Transaction]:
    """A transaction that notes *changes* of the batch, and its status *to*, beside what the block adds.

    :raises BatchOvertaken: another worker has saved since *batch* was read.
    """
    item, mine = Batch(id=batch.id), Batch.turn == batch.turn
    actions = [getattr(Batch, name).set(value) for name, value in changes.items()]
    actions.append(Batch.turn.set(batch.turn + 1))
    with Transaction() as tx:
        if to is None:
            tx.update(item, actions, only_if=mine & Batch.status.is_in(*RUNNING), otherwise=BatchOvertaken())
        else:
            move(tx, item, Batch.status, BATCH_STEPS, to, *actions, also=mine, otherwise=BatchOvertaken())
        yield tx
    for name, value in changes.items():
        setattr(batch, name, value)
    batch.turn += 1
    batch.status = to or batch.status


def _read(batch: Batch) -> None:
    """From the file to its parcels, which are kept: nobody exchanges the file under a batch that is running."""
    try:
        content = storage.get(Bucket.WORK, file_key(batch.id))
        if content is None:
            raise FileUnreadable(reason="文件已过期，请重新上传")
        rows, parcels = files.read(content, batch.format)
    except FileUnreadable as error:
        _fail(batch, error.details["reason"])
        return
    text = "\n".join(parcel.model_dump_json() for parcel in parcels)
    storage.put(Bucket.WORK, _parcels_key(batch), text.encode(), "application/jsonl")
    with saved(batch, BatchStatus.SHIPPING, rows=rows, parcels=len(parcels)):
        return


def _fail(batch: Batch, reason: str) -> None:
    with saved(batch, BatchStatus.FAILED, reason=reason, finished_at=clock.now()):
        return


def _ship(batch: Batch, until: float) -> bool:
    content = storage.get(Bucket.WORK, _parcels_key(batch))
    if content is None:
        _fail(batch, "文件已过期，未发的部分请重新上传")
        return False
    lines = content.decode().split("\n")
    for line in lines[batch.position :]:
        if time.monotonic() >= until:
            return True
        _take(batch, FileParcel(**json.loads(line)))
    with saved(batch, BatchStatus.FINISHED, finished_at=clock.now()):
        return False


def _take(batch: Batch, parcel: FileParcel) -> None:
    """Ship one parcel, or note why not: either way it is done."""
    for _ in range(TRIES):
        try:
            _send(batch, parcel)
            return
        except (AlreadyShipped, ParcelExists):
            with saved(batch, position=batch.position + 1, unchanged=batch.unchanged + 1):
                return
        except (ShipmentChanged, OrderChanged):
            continue  # staff, or another file, changed it meanwhile: read again
        except (TooBusy, BatchOvertaken):
            raise
        except DomainError as error:
            _refuse(batch, parcel, error.code, error.text)
            return
    raise TooBusy()


def _send(batch: Batch, parcel: FileParcel) -> None:
    if parcel.issue is not None:
        _refuse(batch, parcel, "invalid", parcel.issue)
        return
    order = by_number(parcel.order_number)
    _require_new(order, parcel)
    shipment, others = shipments.open_shipment(order)
    how = Handover(
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        lines=[Pieces(**each.model_dump()) for each in parcel.pieces] or None,
        even_if_used=parcel.even_if_used,
    )
    # The same for the same order and waybill, in whatever file: what makes a second one find the first.
    parcel_id = ids.derive("pcl", order.id, parcel.carrier, parcel.tracking_number)
    leaving = Leaving(order, shipment, others, parcel_id, how, batch.staff_name)
    with saved(batch, position=batch.position + 1, shipped=batch.shipped + 1) as tx:
        hand_over(tx, leaving)


def _require_new(order: Order, parcel: FileParcel) -> None:
    waybill = waybill_key(parcel.carrier, parcel.tracking_number)
    if any(each.waybill == waybill for each in shipments.parcels_of(order.id)):
        raise AlreadyShipped()


def _refuse(batch: Batch, parcel: FileParcel, code: str, issue: str) -> None:
    with saved(batch, position=batch.position + 1, refused=batch.refused + 1) as tx:
        tx.put(
            BatchError(batch_id=batch.id, line=f"{parcel.line:08d}", issue=issue[:500], code=code, cells=parcel.cells)
        )


def _parcels_key(batch: Batch) -> str:
    return f"tmp/shipping-batches/{batch.id}/parcels"
