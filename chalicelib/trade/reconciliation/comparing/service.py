"""A day compared with its bill, one step a message. Algorithm: docs/algorithms/reconciliation.md."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TypeVar

from pynamodb.expressions.update import Action

from chalicelib.core import clock, states
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.gateways.wechat_pay import bill_parts, bills
from chalicelib.gateways.wechat_pay.bills import CHINA, BillRow, Totals
from chalicelib.gateways.wechat_pay.errors import NoBill
from chalicelib.trade.payments.models import Payment
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.refunds.models import Refund
from chalicelib.trade.reconciliation.differences import service as differences
from chalicelib.trade.reconciliation.errors import DayMoved
from chalicelib.trade.reconciliation.events import CompareDay, DayReconciled
from chalicelib.trade.reconciliation.models import DAY_STEPS, MALL, About, DayStatus, Difference, Kind, State
from chalicelib.trade.reconciliation.models import Reconciliation as Day

T = TypeVar("T")
log = logging.getLogger(__name__)
READY = time(10)
LATE = timedelta(hours=8)
"""After :data:`READY`: a day that still waits needs a person."""
NO_TRADES = timedelta(hours=24)
"""After :data:`READY`: "no such bill" is believed although we know of trades."""
CHUNK, MOST = 5_000, 1_000
_BATCH = 100
_OWN = ((About.PAYMENT, Payment), (About.PAYMENT, DirectPurchase), (About.REFUND, Refund))
_DAY = timedelta(days=1)


def ready_at(day: date) -> datetime:
    """When the channel has the bill of *day*."""
    return datetime.combine(day + _DAY, READY, CHINA)


def begin(tx: Transaction, day: str, stored: Day | None) -> None:
    """Begin *day*, or begin it anew. :raises DayMoved: (at commit) somebody else just did."""
    now = clock.now()
    run = stored.run + 1 if stored else 1
    fresh = Day(day=day, status=DayStatus.WAITING, run=run, step=0, begun_at=now, touched_at=now)
    only_if = Day.run == stored.run if stored else Day.day.does_not_exist()
    tx.put(fresh, only_if=only_if, otherwise=DayMoved())
    tx.emit(CompareDay(day=day, run=run, step=0))


def advance(tx: Transaction, event: CompareDay) -> None:
    """The next step of a day, if it is the one that is due.

    :raises DayMoved: (at commit) it was done meanwhile.
    """
    day = Day.find(MALL, event.day, consistent=True)
    if day is None or (day.run, day.step) != (event.run, event.step) or day.status is DayStatus.DONE:
        return
    if day.place is None:
        _fetch(tx, day)
    elif day.place:
        _compare(tx, day)
    else:
        _finish(tx, day)


def bill_key(day: str) -> str:
    """Where the packed bill of a day is kept, in the work bucket: in parts of :data:`CHUNK` rows."""
    return f"bills/wechat_pay/{day}.csv.gz"


def _fetch(tx: Transaction, day: Day) -> None:
    try:
        totals, place = _stored_bill(date.fromisoformat(day.day))
    except NoBill as refusal:
        if _own_numbers(day.day) and clock.now() < ready_at(date.fromisoformat(day.day)) + NO_TRADES:
            return _wait(tx, day, refusal.partner_code)
        return _step(tx, day, DayStatus.COMPARING, Day.place.set(0))
    except PartnerError as error:
        return _wait(tx, day, error.partner_code or type(error).__name__)
    names = ("rows", "payments", "payments_amount", "refunds", "refunds_amount", "fee_amount")
    told = {**{name: getattr(totals, name) for name in names}, "has_bill": True, "place": place, "found": 0}
    return _step(tx, day, DayStatus.COMPARING, *(getattr(Day, name).set(value) for name, value in told.items()))


def _stored_bill(day: date) -> tuple[Totals, int]:
    """What the bill sums to, and where its rows begin."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as kept:
        totals = bills.fetch(day, file)
        place = bill_parts.pack(file, kept, CHUNK)
        kept.seek(0)
        storage.put(Bucket.WORK, bill_key(day.isoformat()), kept, "application/gzip")
    return totals, place


def _wait(tx: Transaction, day: Day, problem: str) -> None:
    """The job asks again."""
    late = clock.now() >= ready_at(date.fromisoformat(day.day)) + LATE
    extra = {"alarm": late, "day": day.day, "problem": problem}
    log.log(logging.ERROR if late else logging.INFO, "no bill yet", extra=extra)
    _move(tx, day, DayStatus.WAITING, Day.problem.set(problem))


def _compare(tx: Transaction, day: Day) -> None:
    found = 0
    rows, further = _part(day)
    for batch in _batches(rows):
        own = differences.own_of((About(row.kind.value), row.name) for row in batch)
        for row in batch:
            met = differences.judged(row, own.get((About(row.kind.value), row.name)))
            if met is not None:
                found += 1
                _keep(day, met, day.found + found)
    place = day.place + further if further else 0
    _step(tx, day, DayStatus.COMPARING, Day.found.set(day.found + found), Day.place.set(place))


def _finish(tx: Transaction, day: Day) -> None:
    theirs, ours = _their_numbers(day.day), _own_numbers(day.day)
    missing = sorted(ours - theirs)
    found = 0
    for batch in _batches(missing):
        for (about, number), own in differences.own_of(batch).items():
            met = differences.ours_only(about, number, own)
            if met is not None:
                found += 1
                _keep(day, met, day.found + found)
    _settle(theirs)
    total, new = day.found + found, _unseen(day)
    actions: list[Action] = [
        Day.found.set(total),
        Day.own_payments.set(sum(about is About.PAYMENT for about, _ in ours)),
        Day.own_refunds.set(sum(about is About.REFUND for about, _ in ours)),
        Day.finished_at.set(clock.now()),
        Day.problem.remove(),
    ]
    _move(tx, day, DayStatus.DONE, *actions)
    tx.emit(DayReconciled(day=day.day, found=total, new=new))
    if new:
        log.error("the channel's bill differs", extra={"alarm": True, "day": day.day, "found": total, "new": new})


def _settle(theirs: set[tuple[About, str]]) -> None:
    """All that is open, of any day, is looked at again: what agrees by now is resolved."""
    for batch in _batches(Difference.by_state.query(State.OPEN.value)):
        own = differences.own_of((each.about, each.number) for each in batch)
        for each in batch:
            if _agrees_now(each, own.get((each.about, each.number)), theirs):
                differences.resolve(each)


def _agrees_now(each: Difference, own: differences.Own | None, theirs: set[tuple[About, str]]) -> bool:
    if each.kind is Kind.OURS_ONLY:
        # Met in a bill, it was judged there: what is wrong about it has a difference of that day.
        gone = own is not None and differences.ours_only(each.about, each.number, own) is None
        return gone or (each.about, each.number) in theirs
    names = ("channel_amount", "channel_state", "channel_number", "paid_number")
    told = {name: getattr(each, name) for name in names}
    return differences.compared(each.about, each.number, told, own) is None


def _keep(day: Day, met: differences.Found, count: int) -> None:
    if count <= MOST:
        differences.keep(day.day, met)


def _unseen(day: Day) -> int:
    """Open differences of the day that this run brought."""
    return sum(
        each.state is State.OPEN and each.found_at >= day.begun_at
        for each in Difference.query(day.day, consistent_read=True)
    )


def _own_numbers(day: str) -> set[tuple[About, str]]:
    return {(about, each.id) for about, model in _OWN for each in model.by_channel_day.query(day)}


def _their_numbers(day: str) -> set[tuple[About, str]]:
    """What is in the bill, or in a neighbor's: clocks differ, and midnight is a moment."""
    middle = date.fromisoformat(day)
    days = (middle - _DAY, middle, middle + _DAY)
    return {(About(row.kind.value), row.name) for each in days for row in _rows(each.isoformat())}


def _part(day: Day) -> tuple[list[BillRow], int]:
    """The rows at the day's place, and how much further the next ones are."""
    key = bill_key(day.day)
    header, part = storage.open_stream(Bucket.WORK, key), storage.open_stream(Bucket.WORK, key, start=day.place)
    if header is None or part is None:
        raise FileNotFoundError(key)
    with header, part:
        return bill_parts.read(header, part)


def _rows(day: str) -> Iterator[BillRow]:
    packed = storage.open_stream(Bucket.WORK, bill_key(day))
    if packed is None:
        return
    with packed:
        yield from bills.rows(packed)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    """As many as one round trip reads."""
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _step(tx: Transaction, day: Day, to: DayStatus, *actions: Action) -> None:
    _move(tx, day, to, Day.step.set(day.step + 1), *actions)
    tx.emit(CompareDay(day=day.day, run=day.run, step=day.step + 1))


def _move(tx: Transaction, day: Day, to: DayStatus, *actions: Action) -> None:
    as_read = (Day.run == day.run) & (Day.step == day.step)
    item = Day(day=day.day)
    touched = Day.touched_at.set(clock.now())
    states.move(tx, item, Day.status, DAY_STEPS, to, touched, *actions, also=as_read, otherwise=DayMoved())
