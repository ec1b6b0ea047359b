"""Where a member belongs, and members of segments as other benefits and higher floors ask for them.

Promise and algorithm: docs/algorithms/segments.md.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Set
from dataclasses import dataclass, field
from datetime import date, datetime

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, ids, pages
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments.errors import FactsMoved
from chalicelib.loyalty.segments.models import (
    MALL,
    MemberFacts,
    Segment,
    SegmentMember,
    SegmentSettings,
    SegmentStatus,
    Stage,
    StageEntry,
)
from chalicelib.loyalty.segments.rules.schemas import BEHAVIOR, About
from chalicelib.loyalty.segments.rules.service import Known, asks, matches
from chalicelib.loyalty.segments.schemas import Settings
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member, MemberStatus

MAX_ACTIVE = 30
"""Active segments: leaving all, entering as many others and taking over a shell's still fits one transaction."""


@dataclass(frozen=True)
class Setup:
    """What everybody is judged by."""

    settings: Settings
    segments: list[Segment]
    asked: Set[About] = field(init=False)
    """What the rules of these segments read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", {about for each in self.segments for about in asks(each.rule)})


@dataclass(frozen=True)
class Verdict:
    """What follows for a member."""

    stage: Stage
    rfm: str | None
    segments: list[str]
    tags: list[str]


def page_of_members(segment_id: str, cursor: str | None, limit: int) -> tuple[list[str], str | None]:
    """The ids of some members of a segment, and a cursor to the next ones."""
    found, rest = pages.query(SegmentMember, segment_id, limit=limit, cursor=cursor)
    return [each.member_id for each in found], rest


def setup() -> Setup:
    """The settings and the active segments, this moment."""
    stored = SegmentSettings.find(MALL, consistent=True)
    found = Segment.query(MALL, filter_condition=Segment.status == SegmentStatus.ACTIVE, consistent_read=True)
    return Setup(stored.settings if stored is not None else Settings(), list(found)[:MAX_ACTIVE])


def load(member_id: str) -> tuple[Member | None, MemberFacts]:
    """The member, if active, with what is known; facts that nobody wrote are zero."""
    found = batch_get({Member: [member_id], MemberFacts: [member_id]}, consistent=True)
    member: Member | None = found[Member].get(member_id)
    facts: MemberFacts = found[MemberFacts].get(member_id) or MemberFacts(member_id=member_id)
    return (member if member is not None and member.status is MemberStatus.ACTIVE else None), facts


def judge(member: Member, facts: MemberFacts, by: Setup, now: datetime) -> Verdict:
    """Stage, scores, segments and tags of a member: pure. Rules see the tags put on by hand: none waits on another."""
    stage, rfm = stage_of(member, facts, by.settings, now), scores_of(facts, by.settings, now)
    known = known_of(member, facts, stage, rfm, now)
    fitting = [each for each in by.segments if matches(each.rule, known)]
    carried = {*facts.hand_tags, *(each.tag for each in fitting if each.tag)}
    tags = sorted(each for each in carried if each in by.settings.tags)
    return Verdict(stage, rfm, sorted(each.id for each in fitting), tags)


def stage_of(member: Member, facts: MemberFacts, by: Settings, now: datetime) -> Stage:
    """By the last payment; before the first, by the registration."""
    if facts.last_paid_at is None:
        return Stage.NEW if days(member.registered_at, now) <= by.new_days else Stage.POTENTIAL
    quiet = days(facts.last_paid_at, now)
    if quiet > by.sleeping_days:
        return Stage.LOST if quiet > by.lost_days else Stage.SLEEPING
    return Stage.LOYAL if facts.order_count >= by.loyal_orders else Stage.ACTIVE


def scores_of(facts: MemberFacts, by: Settings, now: datetime) -> str | None:
    """R, F and M from 1 to 5, as three digits; None: never paid."""
    if facts.last_paid_at is None:
        return None
    quiet, amount = days(facts.last_paid_at, now), facts.paid_amount - facts.refunded_amount
    recency = 5 - sum(quiet > each for each in by.recency_days)
    frequency = 1 + sum(facts.order_count >= each for each in by.frequency_orders)
    monetary = 1 + sum(amount >= each for each in by.monetary_amounts)
    return f"{recency}{frequency}{monetary}"


def known_of(member: Member, facts: MemberFacts, stage: Stage, rfm: str | None, now: datetime) -> Known:
    """What rules may ask; what is not known is absent."""
    level = (member.notices or {}).get("level")
    known: dict[About, int | str | Collection[str] | None] = {
        About.GENDER: member.gender,
        About.BIRTHDAY_MONTH: date.fromisoformat(member.birthday).month if member.birthday else None,
        About.REGION: member.region_code,
        About.INTERESTS: member.interests,
        About.LEVEL: level if isinstance(level, str) else None,
        About.TAGS: facts.hand_tags,
        About.CHANNEL: member.source.channel if member.source else None,
        About.STAGE: stage,
        About.ORDER_COUNT: facts.order_count,
        About.COMPLETED_COUNT: facts.completed_count,
        About.PAID_AMOUNT: facts.paid_amount - facts.refunded_amount,
        About.REFUNDED_AMOUNT: facts.refunded_amount,
        About.DAYS_SINCE_REGISTERED: days(member.registered_at, now),
        About.DAYS_SINCE_FIRST_PAID: days(facts.first_paid_at, now) if facts.first_paid_at else None,
        About.DAYS_SINCE_LAST_PAID: days(facts.last_paid_at, now) if facts.last_paid_at else None,
        About.PHONE_BOUND: 1 if member.phone else 0,
        About.OCCUPATION: member.occupation,
        About.INCOME_BAND: member.income_band,
        About.STORES: facts.stores or [],
        **{each: (facts.behavior or {}).get(each, 0) for each in BEHAVIOR},
    }
    names = (About.RECENCY, About.FREQUENCY, About.MONETARY)
    known |= {name: int(digit) for name, digit in zip(names, rfm or "", strict=False)}
    return {name: value for name, value in known.items() if value is not None}


def days(since: datetime, now: datetime) -> int:
    """Whole business days from *since* to *now*; never below zero."""
    return max((clock.business_day(now) - clock.business_day(since)).days, 0)


def settle(tx: Transaction, member: Member, facts: MemberFacts, by: Setup, *, moved: bool) -> Verdict | None:
    """Add to *tx* what follows for *member* from *facts*: rows, history, noticeboard, by difference.

    The noticeboard's ``has_paid`` is there (true) for members with :attr:`MemberFacts.has_paid`.

    :param moved: *facts* differ from what is stored, and are written in any case.
    :returns: None when there was nothing to write.
    :raises FactsMoved: (at commit) they were written meanwhile, or the member is not as judged any more.
    """
    now = clock.now()
    verdict = judge(member, facts, by, now)
    before = Verdict(facts.stage, facts.rfm, sorted(facts.segments), sorted(facts.tags)) if facts.stage else None
    notices = {"segments": verdict.segments or None, "tags": verdict.tags or None, "has_paid": facts.has_paid or None}
    board = member.notices or {}
    is_posted = notices == {key: board.get(key) or None for key in notices}
    if not moved and before == verdict and is_posted:
        return None
    if before is None or (before.stage, before.rfm) != (verdict.stage, verdict.rfm):
        entry = StageEntry(member_id=member.id, id=ids.new("stg"), at=now, stage=verdict.stage, rfm=verdict.rfm)
        tx.put(entry)
    _move_rows(tx, member.id, {*facts.segments}, {*verdict.segments})
    as_judged = _as_judged(member)
    if is_posted:
        members.require_active(tx, member.id, also=as_judged, otherwise=FactsMoved())
    else:
        members.post_notices(tx, member.id, notices, also=as_judged, otherwise=FactsMoved())
    _write(tx, facts, verdict)
    return verdict


def _as_judged(member: Member) -> Condition:
    """What rules read of the member's row is as it was: what is decided on an older profile is not written over a newer
    one, whose own reaction may have found nothing to write."""
    level = (member.notices or {}).get("level")
    found = Member.notices["level"]
    condition: Condition = found.does_not_exist() if level is None else found == json.dumps(level, ensure_ascii=False)
    for attribute, value in (
        (Member.gender, member.gender),
        (Member.birthday, member.birthday),
        (Member.region_code, member.region_code),
        (Member.interests, member.interests),
        (Member.occupation, member.occupation),
        (Member.income_band, member.income_band),
    ):
        condition &= attribute.does_not_exist() if value is None else attribute == value
    condition &= Member.phone.exists() if member.phone else Member.phone.does_not_exist()
    return condition


def _move_rows(tx: Transaction, member_id: str, old: set[str], new: set[str]) -> None:
    for segment_id in sorted(new - old):
        tx.put(SegmentMember(segment_id=segment_id, member_id=member_id))
    for segment_id in sorted(old - new):
        tx.delete(SegmentMember(segment_id=segment_id, member_id=member_id))


def _write(tx: Transaction, facts: MemberFacts, verdict: Verdict) -> None:
    read = facts.version
    facts.stage, facts.rfm, facts.version = verdict.stage, verdict.rfm, read + 1
    facts.segments, facts.tags = verdict.segments, verdict.tags
    unmoved = MemberFacts.version == read if read else MemberFacts.member_id.does_not_exist()
    tx.put(facts, only_if=unmoved, otherwise=FactsMoved())


def forget_in(tx: Transaction, member_id: str) -> None:
    """Drop what is kept about a closed account or a merged shell. The history goes at once: that twice does no harm.

    :raises FactsMoved: (at commit) they were written meanwhile; the reaction comes again.
    """
    facts = MemberFacts.find(member_id, consistent=True)
    StageEntry.delete_under(member_id)
    if facts is not None:
        _move_rows(tx, member_id, {*facts.segments}, set())
        tx.delete(facts, only_if=MemberFacts.version == facts.version, otherwise=FactsMoved())
