"""Finding, keeping, explaining and settling differences. Rules: docs/algorithms/reconciliation.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from chalicelib.core import clock, pages, states
from chalicelib.core.schemas import Page
from chalicelib.core.tables import Table, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat_pay.bills import BillRow, RowKind
from chalicelib.trade.payments.models import Payment, PaymentStatus
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from chalicelib.trade.reconciliation.errors import DifferenceMoved, DifferenceNotFound
from chalicelib.trade.reconciliation.models import STEPS, About, Difference, Kind, State
from chalicelib.trade.reconciliation.schemas import DifferenceView, FindDifferences

Own = Payment | DirectPurchase | Refund
TRIES = 4

# What a refund of ours may be by now when the bill says that of it.
_REFUND_AGREES = {
    "SUCCESS": {RefundStatus.SUCCEEDED},
    "PROCESSING": {RefundStatus.PROCESSING, RefundStatus.SUCCEEDED, RefundStatus.ABNORMAL, RefundStatus.CLOSED},
    "FAIL": {RefundStatus.CLOSED, RefundStatus.ABNORMAL},
    "CHANGE": {RefundStatus.ABNORMAL, RefundStatus.SUCCEEDED},
}


@dataclass(frozen=True)
class Found:
    """A difference as it was just met."""

    about: About
    number: str
    kind: Kind
    own_amount: int | None = None
    own_status: str | None = None
    channel_amount: int | None = None
    channel_state: str | None = None
    channel_number: str | None = None
    paid_number: str | None = None
    order_id: str | None = None
    member_id: str | None = None

    @property
    def id(self) -> str:
        return f"{self.about}-{self.number}"


def table_of(about: About, number: str) -> type[Table]:
    """Where our item of that number is: a purchase that is no order has its kind and ``_`` in front."""
    if about is About.REFUND:
        return Refund
    return DirectPurchase if "_" in number else Payment


def own_of(wanted: Iterable[tuple[About, str]]) -> dict[tuple[About, str], Own]:
    """Our items of those numbers, consistent; a hundred take one round trip."""
    keys: dict[type[Table], list[str]] = {}
    asked = list(dict.fromkeys(wanted))
    for about, number in asked:
        keys.setdefault(table_of(about, number), []).append(number)
    found = batch_get(keys, consistent=True)
    return {key: item for key in asked if (item := found[table_of(*key)].get(key[1])) is not None}


def judged(row: BillRow, own: Own | None) -> Found | None:
    """What a row of the bill and our item of its number do not agree about; None: they agree."""
    told = {
        "channel_amount": row.amount,
        "channel_state": row.state,
        "channel_number": row.refund_id if row.kind is RowKind.REFUND else row.transaction_id,
        "paid_number": row.number if row.kind is RowKind.REFUND else None,
    }
    return compared(About(row.kind.value), row.name, told, own)


def compared(about: About, number: str, told: Mapping[str, object], own: Own | None) -> Found | None:
    """The same, of what the bill *told*: now, or when the difference was kept."""
    kind = _kind(told, own)
    if kind is None:
        return None
    return Found(about=about, number=number, kind=kind, **told, **_ours(own))  # type: ignore[arg-type]


def ours_only(about: About, number: str, own: Own) -> Found | None:
    """Money that we have in our books, and no bill; None: we do not hold it for money."""
    if isinstance(own, Refund) and own.status is RefundStatus.CLOSED:
        return None
    return Found(about=about, number=number, kind=Kind.OURS_ONLY, **_ours(own))  # type: ignore[arg-type]


def keep(day: str, found: Found) -> bool:
    """Write a difference. :returns: whether it is news: never met before, met again after all, or another by now."""
    for _ in range(TRIES):
        stored = Difference.find(day, found.id, consistent=True)
        if stored is not None and stored.state is not State.RESOLVED and _facts(stored) == asdict(found):
            return False
        try:
            with Transaction() as tx:
                _put(tx, day, found, stored)
            return True
        except DifferenceMoved:
            continue
    raise DifferenceMoved()


def resolve(difference: Difference) -> bool:
    """The books agree by now. :returns: False: somebody else was quicker."""
    try:
        with Transaction() as tx:
            _step(tx, difference, State.RESOLVED)
    except DifferenceMoved:
        return False
    return True


def explain(day: str, difference_id: str, note: str, by: str) -> DifferenceView:
    """Staff know why. :raises DifferenceNotFound: :raises DifferenceMoved: it is resolved."""
    difference = load(day, difference_id)
    with Transaction() as tx:
        _step(tx, difference, State.EXPLAINED, note=note, by=by)
    return DifferenceView.of(load(day, difference_id))


def load(day: str, difference_id: str) -> Difference:
    """:raises DifferenceNotFound:"""
    difference = Difference.find(day, difference_id, consistent=True)
    if difference is None:
        raise DifferenceNotFound()
    return difference


def find(asked: FindDifferences) -> Page[DifferenceView]:
    """Of a state, the latest day first; or all of a day."""
    paging = {"limit": asked.limit, "cursor": asked.cursor}
    if asked.day is not None:
        found, cursor = pages.query(Difference, asked.day.isoformat(), **paging)  # type: ignore[arg-type]
    else:
        found, cursor = pages.query(Difference.by_state, asked.state.value, **paging)  # type: ignore[arg-type]
    return Page[DifferenceView](items=[DifferenceView.of(each) for each in found], cursor=cursor)


def _kind(told: Mapping[str, object], own: Own | None) -> Kind | None:
    if own is None:
        return Kind.THEIRS_ONLY
    if not _status_agrees(own, str(told["channel_state"])):
        return Kind.STATUS
    if own.channel_amount != told["channel_amount"]:
        return Kind.AMOUNT
    return None if _numbers_agree(own, told) else Kind.NUMBER


def _status_agrees(own: Own, state: str) -> bool:
    if isinstance(own, Refund):
        return own.status in _REFUND_AGREES.get(state, set())
    # The two statuses are written alike: a purchase that is no order succeeds as a payment does.
    return state == "SUCCESS" and own.status.value == PaymentStatus.SUCCEEDED.value


def _numbers_agree(own: Own, told: Mapping[str, object]) -> bool:
    if isinstance(own, Refund):
        known = own.channel_refund_id in (None, told["channel_number"])
        return known and own.payment_id == told["paid_number"]
    return own.transaction_id in (None, told["channel_number"])


def _ours(own: Own | None) -> dict[str, object]:
    if own is None:
        return {}
    return {
        "own_amount": own.channel_amount,
        "own_status": own.status.value,
        "order_id": own.order_id,
        "member_id": own.member_id,
    }


def _facts(stored: Difference) -> dict[str, object]:
    return {name: getattr(stored, name) for name in Found.__dataclass_fields__}


def _put(tx: Transaction, day: str, found: Found, stored: Difference | None) -> None:
    item = Difference(
        day=day, id=found.id, place=f"{day}#{found.id}", state=State.OPEN, found_at=clock.now(), **asdict(found)
    )
    # What was said of it before is no explanation of what it is now: the note stays in the operation log.
    unmoved = Difference.id.does_not_exist()
    if stored is not None:
        unmoved = (Difference.state == stored.state) & (Difference.found_at == stored.found_at)
    tx.put(item, only_if=unmoved, otherwise=DifferenceMoved())


def _step(tx: Transaction, difference: Difference, to: State, *, note: str = "", by: str = "") -> None:
    now = clock.now()
    if to is State.EXPLAINED:
        actions = [Difference.note.set(note), Difference.explained_by.set(by), Difference.explained_at.set(now)]
    else:
        actions = [Difference.resolved_at.set(now)]
    item = Difference(day=difference.day, id=difference.id)
    as_read = Difference.found_at == difference.found_at
    states.move(tx, item, Difference.state, STEPS, to, *actions, also=as_read, otherwise=DifferenceMoved())
