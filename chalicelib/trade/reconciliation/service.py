"""Days and their bills: begin what is due, look, run again."""

from __future__ import annotations

from datetime import date, timedelta

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import UPLOAD_LIFETIME, Bucket
from chalicelib.gateways.wechat_pay.bills import CHINA
from chalicelib.trade.reconciliation.comparing import service as comparing
from chalicelib.trade.reconciliation.errors import DayMoved, DayNotOver, NoBillKept, ReconciliationNotFound
from chalicelib.trade.reconciliation.events import CompareDay
from chalicelib.trade.reconciliation.models import MALL, DayStatus, Reconciliation
from chalicelib.trade.reconciliation.schemas import BillLink, DayView, ListDays

LOOK_BACK = 8
"""Days: what an outage left undone is caught up."""
STUCK = timedelta(hours=1)


def begin_due() -> list[str]:
    """Begin each day whose bill is ready and was never asked for, ask again for those that wait, and begin anew what
    got stuck. Safe beside itself.

    :returns: the days.
    """
    today = clock.now().astimezone(CHINA).date()
    days = [today - timedelta(days=back) for back in range(LOOK_BACK, 0, -1)]
    known = {each.day: each for each in Reconciliation.query(MALL, Reconciliation.day >= days[0].isoformat())}
    due = [day for day in days if clock.now() >= comparing.ready_at(day)]
    return [day.isoformat() for day in due if _begin_if_due(day.isoformat(), known.get(day.isoformat()))]


def run_again(day: str) -> DayView:
    """Compare a day anew, from its bill on. :raises DayNotOver: :raises ReconciliationNotFound: no such day."""
    wanted = _date(day)
    if clock.now() < comparing.ready_at(wanted):
        raise DayNotOver()
    with Transaction() as tx:
        comparing.begin(tx, day, Reconciliation.find(MALL, day, consistent=True))
    return show(day)


def find(asked: ListDays) -> Page[DayView]:
    """Days, the latest first."""
    found, cursor = pages.query(Reconciliation, MALL, limit=asked.limit, cursor=asked.cursor)
    return Page[DayView](items=[DayView.of(each) for each in found], cursor=cursor)


def show(day: str) -> DayView:
    """:raises ReconciliationNotFound:"""
    return DayView.of(_load(day))


def link(day: str) -> BillLink:
    """A link to the channel's bill. :raises ReconciliationNotFound: :raises NoBillKept:"""
    if not _load(day).has_bill:
        raise NoBillKept()
    url = storage.presign_download(Bucket.WORK, comparing.bill_key(day), filename=f"wechat-pay-{day}.csv.gz")
    return BillLink(url=url, expires_at=clock.now() + UPLOAD_LIFETIME)


def _begin_if_due(day: str, stored: Reconciliation | None) -> bool:
    if stored is not None and stored.status is DayStatus.DONE:
        return False
    stuck = stored is not None and stored.touched_at + STUCK <= clock.now()
    if stored is not None and stored.status is DayStatus.COMPARING and not stuck:
        return False
    try:
        with Transaction() as tx:
            if stored is None or stored.status is DayStatus.COMPARING:
                comparing.begin(tx, day, stored)
            else:
                tx.emit(CompareDay(day=day, run=stored.run, step=stored.step))
    except DayMoved:
        return False
    return True


def _load(day: str) -> Reconciliation:
    stored = Reconciliation.find(MALL, _date(day).isoformat(), consistent=True)
    if stored is None:
        raise ReconciliationNotFound()
    return stored


def _date(day: str) -> date:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise ReconciliationNotFound() from None
    if found.isoformat() != day or not 2000 <= found.year < 2100:
        raise ReconciliationNotFound()
    return found
