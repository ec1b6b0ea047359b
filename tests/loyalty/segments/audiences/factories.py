"""Audiences for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.loyalty.segments.models import SegmentMember
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.privacy.models import Consent, Scene
from tests.harness import Client
from tests.loyalty.segments.factories import some_active

_later = count(1)


def consent(member_id: str, *scenes: Scene, granted: bool = True) -> None:
    """An answer to each, as the member gives it."""
    for scene in scenes:
        now = clock.now() + timedelta(milliseconds=next(_later))
        row = Consent(member_id=member_id, id=ids.new("cns"), scene=scene, version="1", granted=granted, given_at=now)
        row.save()
    Member(id=member_id).update([Member.consent_count.add(len(scenes))])


def segment_of(people: Iterable[str]) -> str:
    """An active segment with exactly these members."""
    (made,) = some_active(1)
    with SegmentMember.batch_write() as batch:
        for each in people:
            batch.save(SegmentMember(segment_id=made.id, member_id=each))
    return str(made.id)


def crowd(size: int, *scenes: Scene, start: int = 0) -> list[str]:
    """Members with phones who agreed to *scenes*, in the order of lists: the newest first."""
    people = [f"mem_c{number:06d}" for number in range(start, start + size)]
    with Member.batch_write() as batch:
        for number, each in enumerate(people, start):
            more: dict[str, Any] = {"phone": f"139{number:08d}", "phone_country": "86", "openid": f"o-{number}"}
            batch.save(Member(id=each, registered_at=clock.now(), consent_count=len(scenes), **more))
    with Consent.batch_write() as rows:
        for each in people:
            for scene in scenes:
                named = {"member_id": each, "id": ids.new("cns"), "scene": scene, "version": "1"}
                rows.save(Consent(**named, granted=True, given_at=clock.now()))
    return people[::-1]


def audience(desk: Client, segment_id: str, **more: Any) -> str:
    body = {"title": "老客", "segment_id": segment_id, **more}
    return str(desk.post("/admin/audiences", json=body).ok()["id"])


def listed(desk: Client, audience_id: str, *, limit: int = 3, **query: Any) -> list[str]:
    """All members on a list, page by page."""
    found, cursor = list[str](), None
    while True:
        asked = {"limit": limit, **query, **({"cursor": cursor} if cursor else {})}
        page = desk.get(f"/admin/audiences/{audience_id}/members", query=asked).ok()
        assert len(page["items"]) <= limit
        found, cursor = found + page["items"], page["cursor"]
        if cursor is None:
            return found
