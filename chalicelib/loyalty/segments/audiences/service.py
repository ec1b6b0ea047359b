"""Audiences: made, edited, and frozen page by page. Rules: docs/algorithms/audiences.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from chalicelib.core import clock, ids, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.loyalty.segments import service as segments
from chalicelib.loyalty.segments.audiences.errors import (
    AudienceBusy,
    AudienceEdited,
    AudienceEmptyYet,
    AudienceNotFound,
    StepMoved,
    TooManyAudiences,
)
from chalicelib.loyalty.segments.audiences.events import FreezeMembers
from chalicelib.loyalty.segments.audiences.models import MALL, Audience, AudienceList, ListStatus, Schedule
from chalicelib.loyalty.segments.audiences.schemas import (
    AudienceFields,
    AudienceListView,
    AudienceView,
    EditAudience,
    FindListed,
    ListAudiences,
    ListLists,
)
from chalicelib.loyalty.segments.errors import SegmentNotFound
from chalicelib.loyalty.segments.models import Segment, SegmentStatus
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.mall.identity.privacy.models import Scene

MAX_AUDIENCES = 100
PAGE = 500
"""Members a message looks at, and the ids in one file at most."""
FILES_A_PAGE = 5
"""A page of a list reads so many at most; it may be short, and has a cursor to the rest."""
KEPT = timedelta(days=90)
"""How long a list's files live: the lifecycle of ``audiences/`` in infra/aws/data.yaml."""
STUCK = timedelta(minutes=30)
"""A list that has not moved so long may be given up for a new one."""


def find(asked: ListAudiences) -> Page[AudienceView]:
    """Audiences, newest first."""
    found, cursor = pages.query(Audience, MALL, limit=asked.limit, cursor=asked.cursor)
    return Page[AudienceView](items=[AudienceView.of(each) for each in found], cursor=cursor)


def load(audience_id: str) -> Audience:
    """:raises AudienceNotFound:"""
    audience = Audience.find(MALL, audience_id, consistent=True)
    if audience is None:
        raise AudienceNotFound()
    return audience


def create(asked: AudienceFields, staff_id: str) -> AudienceView:
    """An audience, and its first list begins. :raises SegmentNotFound: :raises TooManyAudiences:"""
    _require_segment(asked.segment_id)
    if Audience.count(MALL) >= MAX_AUDIENCES:
        raise TooManyAudiences(limit=MAX_AUDIENCES)
    audience = Audience(
        shop=MALL,
        id=ids.new("aud"),
        title=asked.title,
        segment_id=asked.segment_id,
        schedule=asked.schedule,
        current=0,
        latest=1,
        version=1,
        created_at=clock.now(),
        created_by=staff_id,
    )
    with Transaction() as tx:
        tx.put(audience, only_if=Audience.id.does_not_exist(), otherwise=AudienceBusy())
        _begin(tx, audience, staff_id)
    return AudienceView.of(audience)


def edit(audience_id: str, asked: EditAudience) -> AudienceView:
    """Title, segment and schedule, as they were seen; lists stay as they are.

    :raises AudienceNotFound: :raises AudienceEdited: :raises SegmentNotFound:
    """
    audience = load(audience_id)
    if asked.segment_id != audience.segment_id:
        _require_segment(asked.segment_id)
    changes = [
        Audience.title.set(asked.title),
        Audience.segment_id.set(asked.segment_id),
        Audience.schedule.set(asked.schedule),
        Audience.version.set(asked.version + 1),
    ]
    with Transaction() as tx:
        tx.update(
            Audience(shop=MALL, id=audience_id),
            changes,
            only_if=Audience.version == asked.version,
            otherwise=AudienceEdited(version=audience.version),
        )
    return AudienceView.of(load(audience_id))


def remove(audience_id: str, version: int) -> None:
    """Delete an audience. Its lists go with their lifecycle; who took files out stays on record.

    :raises AudienceNotFound: :raises AudienceEdited:
    """
    audience = load(audience_id)
    with Transaction() as tx:
        tx.delete(
            Audience(shop=MALL, id=audience_id),
            only_if=Audience.version == version,
            otherwise=AudienceEdited(version=audience.version),
        )


def refresh(audience_id: str, by: str) -> AudienceListView:
    """Begin a new list. :raises AudienceNotFound: :raises SegmentNotFound: it has no members. :raises AudienceBusy:"""
    audience = load(audience_id)
    _require_segment(audience.segment_id)
    running = _list(audience_id, audience.latest)
    if running is not None and running.status is ListStatus.MAKING and clock.now() - running.moved_at < STUCK:
        raise AudienceBusy()
    audience.latest += 1
    with Transaction() as tx:
        tx.update(
            Audience(shop=MALL, id=audience_id),
            [Audience.latest.set(audience.latest)],
            only_if=Audience.latest == audience.latest - 1,
            otherwise=AudienceBusy(),
        )
        made = _begin(tx, audience, by)
    return AudienceListView.of(made)


def due_today() -> list[str]:
    """The audiences that are to be made anew today, and were not yet."""
    today = clock.today()
    wanted = {Schedule.DAILY, *([Schedule.WEEKLY] if today.weekday() == 0 else [])}
    due = [each for each in Audience.query(MALL) if each.schedule in wanted]
    newest = batch_get({AudienceList: [(each.id, f"{each.latest:08d}") for each in due]})[AudienceList]
    done = {each.audience_id for each in newest.values() if clock.business_day(each.started_at) == today}
    return [each.id for each in due if each.id not in done]


def lists(audience_id: str, asked: ListLists) -> Page[AudienceListView]:
    """What was made, newest first. :raises AudienceNotFound:"""
    load(audience_id)
    found, cursor = pages.query(AudienceList, audience_id, limit=asked.limit, cursor=asked.cursor)
    return Page[AudienceListView](items=[AudienceListView.of(each) for each in found], cursor=cursor)


def members(audience_id: str, asked: FindListed) -> Page[str]:
    """Ids of members on a list. :raises AudienceNotFound: :raises AudienceEmptyYet: no such list, or it is over."""
    made = ready(load(audience_id), asked.number)
    scope = f"audience/{audience_id}/{made.number}"
    part, start = pages.decode(asked.cursor, scope) or (0, 0)
    found = list[str]()
    for _ in range(FILES_A_PAGE):
        if part >= made.step or len(found) == asked.limit:
            break
        listed, end = part_of(made, part), start + asked.limit - len(found)
        found += listed[start:end]
        part, start = (part, end) if end < len(listed) else (part + 1, 0)
    return Page[str](items=found, cursor=pages.encode((part, start), scope) if part < made.step else None)


def ready(audience: Audience, number: int | None) -> AudienceList:
    """A finished list whose files are there; None: the newest. :raises AudienceEmptyYet:"""
    found = _list(audience.id, audience.current if number is None else number)
    if found is None or found.status is not ListStatus.READY or found.over_at <= clock.now():
        raise AudienceEmptyYet()
    return found


def stored(audience_id: str, number: int) -> AudienceList:
    """:raises AudienceEmptyYet: there is no such list."""
    found = _list(audience_id, number)
    if found is None:
        raise AudienceEmptyYet()
    return found


def part_of(made: AudienceList, part: int) -> list[str]:
    """The member ids in one file of a list. :raises AudienceEmptyYet: the file is over."""
    stored = storage.get(Bucket.WORK, _key(made, part))
    if stored is None:
        raise AudienceEmptyYet()
    found: list[str] = json.loads(stored)
    return found


def freeze(tx: Transaction, event: FreezeMembers) -> None:
    """The next page of a list: looked at, written to its file, then noted in *tx* with the message for the next.

    A page that comes again writes the same file; one whose step is done, or whose list was given up, does nothing.
    """
    made = _list(event.audience_id, event.number)
    if made is None or made.status is not ListStatus.MAKING or made.step != event.step:
        return
    member_ids, cursor = segments.page_of_members(made.segment_id, made.cursor, PAGE)
    active, willing = sift(member_ids, Scene.MARKETING)
    storage.put(Bucket.WORK, _key(made, made.step), json.dumps([each.id for each in willing]).encode())
    actions = [
        AudienceList.step.set(made.step + 1),
        AudienceList.cursor.set(cursor) if cursor else AudienceList.cursor.remove(),
        AudienceList.seen.add(len(member_ids)),
        AudienceList.kept.add(len(willing)),
        AudienceList.closed.add(len(member_ids) - len(active)),
        AudienceList.unwilling.add(len(active) - len(willing)),
        AudienceList.moved_at.set(clock.now()),
    ]
    if cursor:
        tx.emit(FreezeMembers(audience_id=event.audience_id, number=event.number, step=event.step + 1))
    else:
        actions += [AudienceList.status.set(ListStatus.READY), AudienceList.finished_at.set(clock.now())]
        _publish(tx, event)
    still = (AudienceList.step == event.step) & (AudienceList.status == ListStatus.MAKING)
    tx.update(made, actions, only_if=still, otherwise=StepMoved())


def sift(member_ids: Sequence[str], *scenes: Scene) -> tuple[list[Member], list[Member]]:
    """Of these members the active ones; and of them those who consent to all *scenes* now."""
    found = batch_get({Member: list(member_ids)}, consistent=True)[Member]
    there = [found[each] for each in member_ids if each in found]
    active = [each for each in there if each.status is MemberStatus.ACTIVE]
    return active, [each for each in active if privacy.consents_to(each, *scenes)]


def _publish(tx: Transaction, event: FreezeMembers) -> None:
    # The audience may have been deleted, or a newer list begun: then this one is only a row of the past.
    audience = Audience.find(MALL, event.audience_id, consistent=True)
    if audience is not None and audience.latest == event.number:
        tx.update(
            Audience(shop=MALL, id=event.audience_id),
            [Audience.current.set(event.number)],
            only_if=Audience.latest == event.number,
            otherwise=StepMoved(),
        )


def _begin(tx: Transaction, audience: Audience, by: str) -> AudienceList:
    now = clock.now()
    made = AudienceList(
        audience_id=audience.id,
        number=f"{audience.latest:08d}",
        segment_id=audience.segment_id,
        status=ListStatus.MAKING,
        started_at=now,
        started_by=by,
        moved_at=now,
        over_at=now + KEPT,
    )
    tx.put(made)
    tx.emit(FreezeMembers(audience_id=audience.id, number=audience.latest))
    return made


def _list(audience_id: str, number: int) -> AudienceList | None:
    return AudienceList.find(audience_id, f"{number:08d}", consistent=True)


def _key(made: AudienceList, part: int) -> str:
    return f"audiences/{made.audience_id}/{made.number}/{part:06d}"


def _require_segment(segment_id: str) -> None:
    segment = Segment.find(MALL, segment_id, consistent=True)
    if segment is None or segment.status is not SegmentStatus.ACTIVE:
        raise SegmentNotFound()
