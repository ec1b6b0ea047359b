"""A list taken out as one file. Rules: docs/algorithms/audiences.md."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from chalicelib.core import clock, ids, pages
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.loyalty.segments.audiences import service as audiences
from chalicelib.loyalty.segments.audiences.errors import ExportNotFound, ExportNotReady, StepMoved
from chalicelib.loyalty.segments.audiences.events import WriteExport
from chalicelib.loyalty.segments.audiences.exports.schemas import (
    AudienceExportView,
    AudienceLinkView,
    ExportAudience,
    ListExports,
)
from chalicelib.loyalty.segments.audiences.models import AudienceExport, ExportStatus, Hashing, Identifier
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.privacy.models import Scene
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.operations import service as operations

KEPT = timedelta(days=7)
"""The lifecycle of ``tmp/`` in infra/aws/data.yaml."""
LINK_LIFETIME = timedelta(minutes=15)


def create(audience_id: str, asked: ExportAudience, staff: Staff) -> AudienceExportView:
    """Begin a file. :raises AudienceNotFound: :raises AudienceEmptyYet: there is no such list, or it is over."""
    made = audiences.ready(audiences.load(audience_id), asked.number)
    export = AudienceExport(
        audience_id=audience_id,
        id=ids.new("aex"),
        number=int(made.number),
        identifier=asked.identifier,
        hashing=asked.hashing,
        status=ExportStatus.WRITING,
        steps=made.step,
        reason=asked.reason,
        created_at=clock.now(),
        created_by=staff.staff_id,
        created_by_name=staff.name,
        over_at=clock.now() + KEPT,
    )
    with Transaction() as tx:
        tx.put(export)
        tx.emit(WriteExport(audience_id=audience_id, export_id=export.id))
    return AudienceExportView.of(export)


def find(audience_id: str, asked: ListExports) -> Page[AudienceExportView]:
    """Files of an audience, newest first; also of one that is deleted."""
    found, cursor = pages.query(AudienceExport, audience_id, limit=asked.limit, cursor=asked.cursor)
    return Page[AudienceExportView](items=[AudienceExportView.of(each) for each in found], cursor=cursor)


def load(audience_id: str, export_id: str) -> AudienceExport:
    """:raises ExportNotFound:"""
    export = AudienceExport.find(audience_id, export_id, consistent=True)
    if export is None:
        raise ExportNotFound()
    return export


def link(audience_id: str, export_id: str) -> AudienceLinkView:
    """A link to the file, good for a quarter of an hour; each one is on record.

    :raises ExportNotFound: :raises ExportNotReady: it is being written, or over.
    """
    export = load(audience_id, export_id)
    if export.status is not ExportStatus.FINISHED or export.over_at <= clock.now():
        raise ExportNotReady()
    with Transaction() as tx:
        tx.update(AudienceExport(audience_id=audience_id, id=export_id), [AudienceExport.links.add(1)])
    url = storage.presign_download(
        Bucket.WORK, _file(export), filename=f"audience-{export.id}.csv", lifetime=LINK_LIFETIME
    )
    return AudienceLinkView(url=url, expires_at=clock.now() + LINK_LIFETIME, rows=export.rows)


def write(tx: Transaction, event: WriteExport) -> None:
    """The next piece; the last one joins them. Whoever closed the account or took a consent back since is left out.

    A piece that comes again writes the same file; one whose step is done does nothing.
    """
    export = AudienceExport.find(event.audience_id, event.export_id, consistent=True)
    if export is None or export.status is ExportStatus.FINISHED or export.step != event.step:
        return
    listed = audiences.part_of(audiences.stored(event.audience_id, export.number), export.step)
    values = _values(export, listed)
    storage.put(Bucket.WORK, _piece(export, export.step), "".join(f"{each}\n" for each in values).encode(), "text/csv")
    rows, step = export.rows + len(values), export.step + 1
    actions = [
        AudienceExport.step.set(step),
        AudienceExport.rows.set(rows),
        AudienceExport.left_out.add(len(listed) - len(values)),
    ]
    if step < export.steps:
        tx.emit(WriteExport(audience_id=event.audience_id, export_id=export.id, step=step))
    else:
        _join(export)
        actions += [AudienceExport.status.set(ExportStatus.FINISHED), AudienceExport.finished_at.set(clock.now())]
        _note(tx, export, rows)
    key = AudienceExport(audience_id=export.audience_id, id=export.id)
    tx.update(key, actions, only_if=AudienceExport.step == event.step, otherwise=StepMoved())


def identifier_of(member: Member, identifier: Identifier) -> str | None:
    """As ad platforms hash it: a mainland number is its eleven digits, another one has its country's code."""
    if identifier is Identifier.MEMBER_ID:
        return str(member.id)
    if identifier is not Identifier.PHONE:
        return member.openid if identifier is Identifier.OPENID else member.unionid
    if not member.phone:
        return None
    digits = "".join(each for each in member.phone if each.isascii() and each.isdigit())
    return digits if member.phone_country == "86" else f"{member.phone_country or ''}{digits}"


def hashed(text: str, hashing: Hashing) -> str:
    """Hexadecimal, small letters; without a salt, or the platform could not match it."""
    if hashing is Hashing.NONE:
        return text
    if hashing is Hashing.MD5:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return hashlib.sha256(text.encode()).hexdigest()


def _values(export: AudienceExport, member_ids: list[str]) -> list[str]:
    # Hashed identifiers go to others: the law wants a consent of its own for that.
    scenes = [Scene.MARKETING] + ([] if export.identifier is Identifier.MEMBER_ID else [Scene.SHARING])
    _, willing = audiences.sift(member_ids, *scenes)
    found = [identifier_of(each, export.identifier) for each in willing]
    return [hashed(each, export.hashing) for each in found if each]


def _join(export: AudienceExport) -> None:
    pieces = [storage.get(Bucket.WORK, _piece(export, step)) or b"" for step in range(export.steps)]
    storage.put(Bucket.WORK, _file(export), b"".join(pieces), "text/csv")


def _note(tx: Transaction, export: AudienceExport, rows: int) -> None:
    operations.note(
        tx,
        staff_id=export.created_by,
        staff_name=export.created_by_name,
        path=f"/admin/audiences/{export.audience_id}/exports/{export.id}",
        summary=f"{rows} rows of {export.identifier}, {export.hashing}: {export.reason}",
    )


def _piece(export: AudienceExport, step: int) -> str:
    return f"tmp/audience-exports/{export.id}/{step:06d}"


def _file(export: AudienceExport) -> str:
    return f"tmp/audience-exports/{export.id}/file"
