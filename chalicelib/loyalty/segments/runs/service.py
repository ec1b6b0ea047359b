"""Walks through all members: in parts, page by page, each page a message. What died goes on at its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import Unauthorized
from chalicelib.core.plugs import PlugList
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments import service
from chalicelib.loyalty.segments.errors import FactsMoved, RunNotFound
from chalicelib.loyalty.segments.events import WalkMembers
from chalicelib.loyalty.segments.models import MALL, MemberFacts, RunPart, SegmentRun
from chalicelib.loyalty.segments.rules.schemas import Rule
from chalicelib.loyalty.segments.rules.service import matches
from chalicelib.loyalty.segments.runs.schemas import MAX_SAMPLE, PREVIEW, ListRuns, RunDetail, RunView
from chalicelib.loyalty.segments.service import Setup
from chalicelib.mall.identity.members.models import Member, MemberStatus

visits: PlugList[Callable[[Sequence[Member]], None]] = PlugList("member_visits")
"""What else looks at each member of the walk: gets the active members of a page, writes in transactions of its own, and
finds nothing to do when the page comes again."""

PARTS = 8
PAGE = 100
TRIES = 5


@dataclass
class Found:
    """What a page of members came to."""

    seen: int = 0
    changed: int = 0
    matched: Counter[str] = field(default_factory=Counter)
    sample: list[str] = field(default_factory=list)


def start(by: str, rule: Rule | None = None) -> RunDetail:
    """Begin a walk; with *rule*, one that only counts."""
    with Transaction() as tx:
        run_id = begin(tx, by, rule)
    return show(run_id)


def begin(tx: Transaction, by: str, rule: Rule | None = None) -> str:
    """Add to *tx* the beginning of a walk. :returns: its id."""
    run = SegmentRun(shop=MALL, id=ids.new("sgr"), rule=rule, parts=PARTS, started_at=clock.now(), started_by=by)
    tx.put(run)
    for number in range(PARTS):
        tx.put(RunPart(run_id=run.id, part=f"{number:03d}"))
        tx.emit(WalkMembers(run_id=run.id, part=number))
    return run.id


def find(asked: ListRuns) -> Page[RunView]:
    """Runs, newest first."""
    found, cursor = pages.query(SegmentRun, MALL, limit=asked.limit, cursor=asked.cursor)
    return Page[RunView](items=[RunView.of(each) for each in found], cursor=cursor)


def show(run_id: str) -> RunDetail:
    """:raises RunNotFound:"""
    run = SegmentRun.find(MALL, run_id, consistent=True)
    if run is None:
        raise RunNotFound()
    return RunDetail.told(run, list(RunPart.query(run_id, consistent_read=True)))


def walk(tx: Transaction, run_id: str, number: int, step: int) -> None:
    """The next page of a part: each member in a transaction of their own, then how far the part is, in *tx*.

    A page that is done again finds its members where they belong.
    """
    run = SegmentRun.find(MALL, run_id, consistent=True)
    part = RunPart.find(run_id, f"{number:03d}", consistent=True)
    if run is None or part is None or part.done or part.step != step:
        return
    page, last = _page(part, number, run.parts)
    found = _counted(page, run.rule) if run.rule is not None else _settled(page)
    if run.rule is None:
        for visit in visits:
            visit([member for member, _ in page])
    _note(tx, part, found, last)
    if last is not None:
        tx.emit(WalkMembers(run_id=run_id, part=number, step=step + 1))


def _page(part: RunPart, number: int, parts: int) -> tuple[list[tuple[Member, MemberFacts]], str | None]:
    """Active members with their facts, and the id after which the next page begins. There is no list of all members."""
    start = {"id": {"S": part.cursor}} if part.cursor else None
    found = Member.scan(
        segment=number, total_segments=parts, limit=PAGE, page_size=PAGE, last_evaluated_key=start, consistent_read=True
    )
    active = [each for each in found if each.status is MemberStatus.ACTIVE]
    facts = batch_get({MemberFacts: [each.id for each in active]}, consistent=True)[MemberFacts]
    pairs = [(each, facts.get(each.id) or MemberFacts(member_id=each.id)) for each in active]
    last = found.last_evaluated_key
    return pairs, last["id"]["S"] if last else None


def _counted(page: list[tuple[Member, MemberFacts]], rule: Rule) -> Found:
    by, now, found = service.setup(), clock.now(), Found(seen=len(page))
    for member, facts in page:
        stage, rfm = service.stage_of(member, facts, by.settings, now), service.scores_of(facts, by.settings, now)
        if matches(rule, service.known_of(member, facts, stage, rfm, now)):
            found.matched[PREVIEW] += 1
            found.sample.append(member.id)
    return found


def _settled(page: list[tuple[Member, MemberFacts]]) -> Found:
    by, found = service.setup(), Found(seen=len(page))
    for member, facts in page:
        found.changed += _settle_insistently(member, facts, by, found.matched)
    return found


def _settle_insistently(member: Member | None, facts: MemberFacts, by: Setup, matched: Counter[str]) -> bool:
    """Whether the member had to move. Who closed the account meanwhile is left alone.

    :raises FactsMoved: they move faster than we read; the page comes again.
    """
    for _ in range(TRIES):
        if member is None:
            return False
        try:
            with Transaction() as tx:
                verdict = service.settle(tx, member, facts, by, moved=False)
            matched.update(facts.segments)
            return verdict is not None
        except (FactsMoved, Unauthorized):
            member, facts = service.load(member.id)
    raise FactsMoved()


def _note(tx: Transaction, part: RunPart, found: Found, last: str | None) -> None:
    matched = Counter(part.matched) + found.matched
    tx.update(
        part,
        [
            RunPart.step.set(part.step + 1),
            RunPart.cursor.set(last) if last is not None else RunPart.cursor.remove(),
            RunPart.done.set(last is None),
            RunPart.seen.set(part.seen + found.seen),
            RunPart.changed.set(part.changed + found.changed),
            RunPart.matched.set(dict(matched)),
            RunPart.sample.set([*part.sample, *found.sample][:MAX_SAMPLE]),
        ],
        only_if=RunPart.step == part.step,
        otherwise=FactsMoved(),
    )
