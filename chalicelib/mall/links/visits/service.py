"""Counting visits. Rules: docs/algorithms/links.md, "Resolving"."""

from __future__ import annotations

import logging
import random
from datetime import date, datetime
from itertools import islice
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.links.models import Link
from chalicelib.mall.links.schemas import DayView
from chalicelib.mall.links.visits.events import LinkVisited
from chalicelib.mall.links.visits.models import SHARDS, LinkDay, LinkVisitor, MemberTouch, Touch

log = logging.getLogger(__name__)
_EXPORTED = 100


class VisitsMet(DomainError):
    """Two visits of one member are counted at once: one of them is counted again, later. Never leaves the queue."""

    code = "visits_met"


def announce(code: str, member_id: str | None) -> None:
    """Have a visit counted. What goes wrong is logged and costs a count, never the visit."""
    try:
        with Transaction() as tx:
            tx.emit(LinkVisited(code=code, at=clock.now(), member_id=member_id))
    except Exception:
        log.exception("a visit is not counted", extra={"link": code})


def record(tx: Transaction, visit: LinkVisited) -> None:
    """Add to *tx* what a visit changes. One read. :raises VisitsMet: (at commit) deliver it again."""
    who = visit.member_id or ""
    found = batch_get(
        {
            Link: [visit.code],
            **({Member: [who], LinkVisitor: [(who, visit.code)], MemberTouch: [who]} if who else {}),
        },
        consistent=True,
    )
    link: Link | None = found[Link].get(visit.code)
    if link is None:
        return
    member = found[Member].get(who) if who else None
    if member is None or member.status is not MemberStatus.ACTIVE or link.member_id == who:
        _count(tx, visit, is_new=False)
        return
    visitor: LinkVisitor | None = found[LinkVisitor].get((who, visit.code))
    _count(tx, visit, is_new=visitor is None)
    _remember_visitor(tx, visit, who, visitor)
    _remember_touch(tx, link, visit.at, who, found[MemberTouch].get(who))


def days_of(code: str, first: date, last: date) -> list[DayView]:
    """The days of a link on which somebody came. Four queries, however many came."""
    visits: dict[str, int] = {}
    visitors: dict[str, int] = {}
    for shard in range(SHARDS):
        span = LinkDay.day.between(first.isoformat(), last.isoformat())
        for each in LinkDay.query(f"{code}#{shard}", range_key_condition=span):
            visits[each.day] = visits.get(each.day, 0) + each.visits
            visitors[each.day] = visitors.get(each.day, 0) + each.visitors
    return [DayView(day=date.fromisoformat(day), visits=visits[day], visitors=visitors[day]) for day in sorted(visits)]


def touches_of(member_id: str) -> MemberTouch | None:
    """What first and last brought the member here, for attribution; None: nothing that is known."""
    return MemberTouch.find(member_id, consistent=True)


def export(member_id: str) -> dict[str, Any]:
    """Which links the member came through, for the copy of their data."""
    touches = touches_of(member_id)
    return {
        "first": touches.first.model_dump(mode="json") if touches else None,
        "last": touches.last.model_dump(mode="json") if touches else None,
        "links": [
            {"code": each.code, "first_at": each.first_at.isoformat(), "last_at": each.last_at.isoformat()}
            for each in islice(LinkVisitor.query(member_id, limit=_EXPORTED), _EXPORTED)
        ],
    }


def forget(member_id: str) -> None:
    """Drop what is kept about a closed account. Running it twice does no harm."""
    LinkVisitor.delete_under(member_id)
    MemberTouch(member_id=member_id).delete()


def _count(tx: Transaction, visit: LinkVisited, *, is_new: bool) -> None:
    day = clock.business_day(visit.at).isoformat()
    counter = LinkDay(link=f"{visit.code}#{random.randrange(SHARDS)}", day=day)
    tx.update(counter, [LinkDay.visits.add(1), LinkDay.visitors.add(int(is_new))])


def _remember_visitor(tx: Transaction, visit: LinkVisited, member_id: str, known: LinkVisitor | None) -> None:
    row = LinkVisitor(member_id=member_id, code=visit.code, first_at=visit.at, last_at=visit.at)
    if known is None:
        # Put if absent: it decides that this one is the new visitor.
        tx.put(row, only_if=LinkVisitor.code.does_not_exist(), otherwise=VisitsMet())
        return
    row.first_at, row.last_at = min(known.first_at, visit.at), max(known.last_at, visit.at)
    unchanged = (LinkVisitor.first_at == known.first_at) & (LinkVisitor.last_at == known.last_at)
    tx.put(row, only_if=unchanged, otherwise=VisitsMet())


def _remember_touch(tx: Transaction, link: Link, at: datetime, member_id: str, known: MemberTouch | None) -> None:
    touch = Touch(code=link.code, sharer_id=link.member_id, channel=link.channel, campaign_id=link.campaign_id, at=at)
    if known is None:
        first, last, version = touch, touch, 1
        unchanged: Condition = MemberTouch.member_id.does_not_exist()
    else:
        first = touch if at < known.first.at else known.first
        last = touch if at >= known.last.at else known.last
        version, unchanged = known.version + 1, MemberTouch.version == known.version
    row = MemberTouch(member_id=member_id, first=first, last=last, version=version)
    tx.put(row, only_if=unchanged, otherwise=VisitsMet())
