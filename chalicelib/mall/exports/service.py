"""Exports as staff see them: ask, look, fetch, cancel, run again. Rules: docs/algorithms/exports.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import DomainError, Forbidden, Invalid
from chalicelib.core.once import Once
from chalicelib.core.plugs import PlugMap
from chalicelib.core.schemas import Page
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.exports.errors import (
    DataExportNotFound,
    DataExportNotReady,
    DataExportOver,
    DataExportRunning,
    FileOvertaken,
    TooManyDataExports,
)
from chalicelib.mall.exports.events import FileOverdue, WriteFile
from chalicelib.mall.exports.models import (
    MALL,
    STEPS,
    DataExport,
    ExportStatus,
    Position,
    Problem,
    SheetState,
)
from chalicelib.mall.exports.schemas import (
    CreateDataExport,
    DataExportLink,
    DataExportView,
    ExportKind,
    ListDataExports,
    Wish,
    going_on,
)
from chalicelib.mall.identity.service import Staff

AT_ONCE = 3
"""Files of one person that are written at once."""
LATEST = 50
"""Exports of a person that are looked at for those: older ones have ended long ago."""
KEPT = timedelta(days=7)
"""The lifecycle of ``tmp/`` in infra/aws/data.yaml."""
LINK_LIFETIME = timedelta(minutes=15)
NEWS = timedelta(days=31)
"""How long ago something was asked for that is still news."""
STUCK = timedelta(hours=1)
"""The queue gives what died another try after half an hour."""
kinds: PlugMap[ExportKind] = PlugMap("export_kinds")


def create(asked: CreateDataExport, key: str, staff: Staff) -> DataExportView:
    """Ask for a file; once per *key*.

    :raises Invalid: no such kind, or state of it. :raises Forbidden: they may not read what is to be taken out.
    :raises TooManyDataExports: :raises KeyReused: the key was used for another one.
    """
    filters = asked.filters
    wish = Wish(asked.kind, asked.format, filters.from_day, filters.to_day, filters.state)

    def checked() -> Wish:
        _require_askable(wish)
        return wish

    return ask(checked, Once(staff.staff_id, "create_data_export", key, asked), staff)


def ask(wish: Callable[[], Wish], once: Once, staff: Staff) -> DataExportView:
    """As :func:`create`, for kinds that are asked for where their feature is; *wish* says what, and may refuse.

    :raises Forbidden: they may not read what is to be taken out. :raises TooManyDataExports: :raises KeyReused:
    """
    return DataExportView.of(_load(once.carry_out(lambda: _create(wish(), once, staff))))


def find(asked: ListDataExports, staff: Staff) -> Page[DataExportView]:
    """Their own, or all of kinds that they may read; newest first. ``news``: what waits for somebody."""
    readable = [name for name, kind in kinds.items() if staff.may(kind.permission)]
    if not readable:
        return Page[DataExportView](items=[])
    source, key = (DataExport.by_staff, staff.staff_id) if asked.mine else (DataExport, MALL)
    wanted, since = DataExport.kind.is_in(*readable), None
    if asked.news:
        wanted, since = wanted & _is_news(), DataExport.id >= ids.first_at("dex", clock.now() - NEWS)
    found, cursor = pages.query(source, key, since, limit=asked.limit, cursor=asked.cursor, filter_condition=wanted)
    return Page[DataExportView](items=[DataExportView.of(each) for each in found], cursor=cursor)


def show(export_id: str, staff: Staff) -> DataExportView:
    """:raises DataExportNotFound: there is none, or of a kind that they may not read."""
    return DataExportView.of(_readable(export_id, staff))


def link(export_id: str, staff: Staff) -> DataExportLink:
    """A link to the file that is good for a quarter of an hour; each one is in the operation log.

    :raises DataExportNotFound: as in :func:`show`: rights are looked at now, not when it was asked for.
    :raises DataExportNotReady:
    """
    export = _readable(export_id, staff)
    shown = DataExportView.of(export)
    if shown.status is not ExportStatus.READY or export.file is None or export.expires_at is None:
        raise DataExportNotReady(status=shown.status)
    with Transaction() as tx:
        tx.update(
            DataExport(id=export.id),
            [DataExport.links.add(1), DataExport.fetched_at.set(clock.now())],
            only_if=(DataExport.status == ExportStatus.READY) & (DataExport.attempt == export.attempt),
            otherwise=DataExportNotReady(status=shown.status),
        )
    name = f"{export.kind}-{export.from_day}-{export.to_day}.{export.format}"
    lifetime = min(LINK_LIFETIME, export.expires_at - clock.now())
    url = storage.presign_download(Bucket.WORK, object_key(export, export.file), filename=name, lifetime=lifetime)
    return DataExportLink(url=url, expires_at=clock.now() + lifetime, rows=shown.rows, size=shown.size)


def cancel(export_id: str, staff: Staff) -> DataExportView:
    """Stop writing; nothing can be fetched. :raises DataExportNotFound: :raises DataExportOver:"""
    export = _readable(export_id, staff)
    refusal = DataExportOver(status=DataExportView.of(export).status)
    if not going_on(export):
        raise refusal
    actions = [DataExport.turn.add(1), DataExport.finished_at.set(clock.now())]
    with Transaction() as tx:
        move(
            tx,
            DataExport(id=export.id),
            DataExport.status,
            STEPS,
            ExportStatus.CANCELED,
            *actions,
            otherwise=refusal,
        )
    return show(export_id, staff)


def run_again(export_id: str, staff: Staff) -> DataExportView:
    """Write it anew, from the first row, as of now. :raises DataExportNotFound: :raises DataExportRunning:

    :raises TooManyDataExports:
    """
    export = _readable(export_id, staff)
    shown = DataExportView.of(export).status
    refusal = DataExportRunning(status=shown)
    if shown not in (ExportStatus.FAILED, ExportStatus.CANCELED, ExportStatus.EXPIRED):
        raise refusal
    _require_room(staff)
    now = clock.now()
    actions = [
        DataExport.attempt.set(export.attempt + 1),
        DataExport.turn.add(1),
        DataExport.as_of.set(now),
        DataExport.moved_at.set(now),
        DataExport.position.set(Position(day=export.from_day)),
        DataExport.sheet.set(SheetState()),
        DataExport.parts.set([]),
        DataExport.links.set(0),
        *(each.remove() for each in (DataExport.tail, DataExport.problem, DataExport.file)),
        *(each.remove() for each in (DataExport.finished_at, DataExport.expires_at, DataExport.fetched_at)),
    ]
    with Transaction() as tx:
        unmoved = DataExport.attempt == export.attempt
        item = DataExport(id=export.id)
        move(tx, item, DataExport.status, STEPS, ExportStatus.QUEUED, *actions, also=unmoved, otherwise=refusal)
        _begin(tx, export.id, export.attempt + 1)
    return show(export_id, staff)


def give_up_if_stuck(tx: Transaction, event: FileOverdue) -> None:
    """A file that did not move for an hour has failed; one that did is looked at again later."""
    export = DataExport.find(MALL, event.export_id, consistent=True)
    if export is None or export.attempt != event.attempt or not going_on(export):
        return
    if clock.now() < export.moved_at + STUCK:
        tx.emit(event, at=export.moved_at + STUCK)
        return
    fail(tx, export, Problem.STUCK, otherwise=FileOvertaken())


def fail(tx: Transaction, export: DataExport, problem: Problem, *, otherwise: DomainError) -> None:
    """Add to *tx* that it failed, unless somebody saved since it was read."""
    actions = [
        DataExport.turn.set(export.turn + 1),
        DataExport.problem.set(problem),
        DataExport.finished_at.set(clock.now()),
    ]
    mine = DataExport.turn == export.turn
    item = DataExport(id=export.id)
    move(tx, item, DataExport.status, STEPS, ExportStatus.FAILED, *actions, also=mine, otherwise=otherwise)


def object_key(export: DataExport, name: str) -> str:
    """Where a piece, or the file, lies in the work bucket."""
    return f"tmp/data-exports/{export.id}/{name}"


def _require_askable(wish: Wish) -> None:
    kind = kinds.get(wish.kind)
    if kind is None or not kind.by_days:
        known = sorted(name for name, each in kinds.items() if each.by_days)
        raise Invalid(errors=[{"field": "kind", "issue": f"one of {', '.join(known)}"}])
    if wish.state is not None and wish.state not in kind.states:
        raise Invalid(errors=[{"field": "filters.state", "issue": f"one of: {', '.join(sorted(kind.states))}"}])


def _create(wish: Wish, once: Once, staff: Staff) -> str:
    permission = kinds[wish.kind].permission
    if not staff.may(permission):
        raise Forbidden(permission=permission)
    _require_room(staff)
    now = clock.now()
    export = DataExport(
        id=ids.new("dex"),
        kind=wish.kind,
        format=wish.format,
        from_day=wish.from_day.isoformat(),
        to_day=wish.to_day.isoformat(),
        state=wish.state,
        question=wish.question,
        purpose=wish.purpose,
        expected=wish.expected,
        status=ExportStatus.QUEUED,
        staff_id=staff.staff_id,
        staff_name=staff.name,
        created_at=now,
        as_of=now,
        moved_at=now,
        position=Position(day=wish.from_day.isoformat()),
        sheet=SheetState(),
        parts=[],
    )
    with once.writing(export.id) as tx:
        tx.put(export)
        _begin(tx, export.id, export.attempt)
    return str(export.id)


def _is_news() -> Condition:
    now = clock.now()
    waits = (DataExport.status == ExportStatus.READY) & (DataExport.links == 0) & (DataExport.expires_at > now)
    failed = (DataExport.status == ExportStatus.FAILED) & (DataExport.finished_at > now - KEPT)
    news: Condition = waits | failed
    return news


def _begin(tx: Transaction, export_id: str, attempt: int) -> None:
    tx.emit(WriteFile(export_id=export_id))
    tx.emit(FileOverdue(export_id=export_id, attempt=attempt), at=clock.now() + STUCK)


def _require_room(staff: Staff) -> None:
    """Not exact when several are asked for in one moment: it keeps the queue for others, no more."""
    latest = DataExport.by_staff.query(staff.staff_id, scan_index_forward=False, limit=LATEST)
    if sum(going_on(each) for each in latest) >= AT_ONCE:
        raise TooManyDataExports(limit=AT_ONCE)


def _readable(export_id: str, staff: Staff) -> DataExport:
    export = _load(export_id)
    kind = kinds.get(export.kind)
    if kind is None or not staff.may(kind.permission):
        raise DataExportNotFound()
    return export


def _load(export_id: str) -> DataExport:
    export = DataExport.find(MALL, export_id, consistent=True)
    if export is None:
        raise DataExportNotFound()
    return export
