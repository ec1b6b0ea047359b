"""Writing segments and settings. What changes who belongs where starts a walk through all members with it."""

from __future__ import annotations

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, ids, pages
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments import service as segments
from chalicelib.loyalty.segments.editing.schemas import (
    EditSegment,
    ListSegmentMembers,
    ListSegments,
    SegmentFields,
    SegmentView,
    SetSegmentStatus,
    SetSettings,
    SettingsView,
    VersionView,
)
from chalicelib.loyalty.segments.errors import (
    SegmentActive,
    SegmentEdited,
    SegmentNotFound,
    SettingsEdited,
    TooManySegments,
    UnknownTag,
)
from chalicelib.loyalty.segments.models import (
    MALL,
    SEGMENT_STEPS,
    Segment,
    SegmentSettings,
    SegmentStatus,
    SegmentVersion,
)
from chalicelib.loyalty.segments.runs import service as runs
from chalicelib.loyalty.segments.schemas import Settings

MAX_SEGMENTS = 300


def find(asked: ListSegments) -> Page[SegmentView]:
    """Segments, newest first."""
    found, cursor = pages.query(Segment, MALL, limit=asked.limit, cursor=asked.cursor)
    return Page[SegmentView](items=[SegmentView.of(each) for each in found], cursor=cursor)


def load(segment_id: str) -> Segment:
    """:raises SegmentNotFound:"""
    segment = Segment.find(MALL, segment_id, consistent=True)
    if segment is None:
        raise SegmentNotFound()
    return segment


def create(asked: SegmentFields, staff_id: str) -> SegmentView:
    """A draft. :raises UnknownTag: :raises TooManySegments:"""
    _require_tag(asked.tag)
    if Segment.count(MALL) >= MAX_SEGMENTS:
        raise TooManySegments(limit=MAX_SEGMENTS)
    segment = Segment(
        shop=MALL,
        id=ids.new("seg"),
        title=asked.title,
        rule=asked.rule,
        tag=asked.tag,
        status=SegmentStatus.DRAFT,
        version=1,
        created_at=clock.now(),
    )
    with Transaction() as tx:
        _write(tx, segment, Segment.id.does_not_exist(), staff_id)
    return SegmentView.of(segment)


def edit(segment_id: str, asked: EditSegment, staff_id: str) -> SegmentView:
    """Change a segment as it was seen; an active one moves its members.

    :raises SegmentNotFound: :raises SegmentEdited: :raises UnknownTag:
    """
    segment = _seen(segment_id, asked.version)
    _require_tag(asked.tag)
    segment.title, segment.rule, segment.tag = asked.title, asked.rule, asked.tag
    with Transaction() as tx:
        _next(tx, segment, staff_id)
        if segment.status is SegmentStatus.ACTIVE:
            runs.begin(tx, staff_id)
    return SegmentView.of(segment)


def set_status(segment_id: str, asked: SetSegmentStatus, staff_id: str) -> SegmentView:
    """Begin or stop to have members.

    :raises SegmentNotFound: :raises SegmentEdited: also when the step is none. :raises TooManySegments: active ones.
    """
    segment = _seen(segment_id, asked.version)
    if not SEGMENT_STEPS.allows(segment.status, asked.status):
        raise SegmentEdited(version=segment.version)
    if asked.status is SegmentStatus.ACTIVE and len(segments.setup().segments) >= segments.MAX_ACTIVE:
        raise TooManySegments(limit=segments.MAX_ACTIVE)
    segment.status = asked.status
    with Transaction() as tx:
        _next(tx, segment, staff_id)
        runs.begin(tx, staff_id)
    return SegmentView.of(segment)


def remove(segment_id: str, version: int) -> None:
    """Delete a segment that is not active; its versions stay on record.

    :raises SegmentNotFound: :raises SegmentEdited: :raises SegmentActive:
    """
    segment = _seen(segment_id, version)
    if segment.status is SegmentStatus.ACTIVE:
        raise SegmentActive()
    with Transaction() as tx:
        tx.delete(segment, only_if=Segment.version == version, otherwise=SegmentEdited(version=version + 1))


def members(segment_id: str, asked: ListSegmentMembers) -> Page[str]:
    """Ids of members, in no order that means anything. :raises SegmentNotFound:"""
    load(segment_id)
    found, cursor = segments.page_of_members(segment_id, asked.cursor, asked.limit)
    return Page[str](items=found, cursor=cursor)


def versions(segment_id: str, asked: ListSegments) -> Page[VersionView]:
    """What was written, newest first."""
    found, cursor = pages.query(SegmentVersion, segment_id, limit=asked.limit, cursor=asked.cursor)
    return Page[VersionView](items=[VersionView.of(each) for each in found], cursor=cursor)


def show_settings() -> SettingsView:
    """The settings now."""
    stored = SegmentSettings.find(MALL, consistent=True)
    if stored is None:
        return SettingsView(settings=Settings(), version=0)
    return SettingsView(settings=stored.settings, version=stored.version)


def put_settings(asked: SetSettings, staff_id: str) -> SettingsView:
    """:raises SettingsEdited: they were set meanwhile."""
    version = SegmentSettings.version
    unmoved = version == asked.version if asked.version else SegmentSettings.shop.does_not_exist()
    written = SegmentSettings(shop=MALL, settings=asked.settings, version=asked.version + 1)
    with Transaction() as tx:
        tx.put(written, only_if=unmoved, otherwise=SettingsEdited(version=show_settings().version))
        runs.begin(tx, staff_id)
    return show_settings()


def _seen(segment_id: str, version: int) -> Segment:
    segment = load(segment_id)
    if segment.version != version:
        raise SegmentEdited(version=segment.version)
    return segment


def _next(tx: Transaction, segment: Segment, staff_id: str) -> None:
    read = segment.version
    segment.version = read + 1
    _write(tx, segment, Segment.version == read, staff_id)


def _write(tx: Transaction, segment: Segment, unmoved: Condition, staff_id: str) -> None:
    tx.put(segment, only_if=unmoved, otherwise=SegmentEdited(version=segment.version))
    tx.put(
        SegmentVersion(
            segment_id=segment.id,
            version=f"{segment.version:08d}",
            title=segment.title,
            rule=segment.rule,
            tag=segment.tag,
            status=segment.status,
            at=clock.now(),
            by=staff_id,
        )
    )


def _require_tag(tag: str | None) -> None:
    if tag is not None and tag not in show_settings().settings.tags:
        raise UnknownTag(tag=tag)
