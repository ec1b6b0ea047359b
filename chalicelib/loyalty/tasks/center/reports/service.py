"""What clients report can not be proven: it is counted so often a day. What staff report is an event like others."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once, Repeat
from chalicelib.loyalty.tasks.center.errors import ReportLimitReached
from chalicelib.loyalty.tasks.center.events import MemberDid
from chalicelib.loyalty.tasks.center.models import TaskReport
from chalicelib.loyalty.tasks.center.reports.schemas import NoteDoing, Share, Visit
from chalicelib.loyalty.tasks.center.schemas import Kind, Plan
from chalicelib.loyalty.tasks.center.service import Doing, Worth, count
from chalicelib.mall.identity.members import service as members

SHARES_A_DAY = 20
VISITS_A_DAY = 50
KEEP = timedelta(days=3)


def share(member_id: str, asked: Share, key: str) -> bool:
    """The client says that a page was shared. :returns: whether it counted.

    :raises ReportLimitReached: :raises KeyReused: :raises AccountMoved:
    """
    return _report(member_id, "share", asked, key, SHARES_A_DAY, lambda plan: int(plan.kind is Kind.SHARE))


def visit(member_id: str, asked: Visit, key: str) -> bool:
    """The client says that a page was visited. :returns: whether it counted. Refusals: as of :func:`share`."""

    def worth(plan: Plan) -> int:
        return int(plan.kind is Kind.VISIT_PAGE and plan.word == asked.page)

    return _report(member_id, "visit", asked, key, VISITS_A_DAY, worth)


def _report(member_id: str, what: str, asked: BaseModel, key: str, limit: int, worth: Worth) -> bool:
    once = Once(member_id, f"report_{what}", key, asked)
    try:
        return insistently(lambda: _report_once(member_id, what, once, limit, worth))
    except Repeat:
        return True


def _report_once(member_id: str, what: str, once: Once, limit: int, worth: Worth) -> bool:
    once.recall()
    now, day = clock.now(), clock.today()
    try:
        with once.writing(what) as tx:
            tx.update(
                TaskReport(member_id=member_id, id=f"{what}#{day}"),
                [TaskReport.times.add(1), TaskReport.expires_at.set(int((now + KEEP).timestamp()))],
                only_if=TaskReport.times.does_not_exist() | (TaskReport.times < limit),
                otherwise=ReportLimitReached(limit=limit),
            )
            members.require_active(tx, member_id)
            if not count(tx, Doing(member_id, now, worth)):
                raise _NotWanted()
    except _NotWanted:
        return False
    return True


class _NotWanted(Exception):
    """No task wants it: nothing is written; never leaves this module."""


def note(member_id: str, asked: NoteDoing, key: str) -> None:
    """Staff say that a member did something, once for each *key*. :raises NotFound: :raises KeyReused:"""
    once = Once(member_id, "note_doing", key, asked)

    def did() -> str:
        with once.writing(asked.what) as tx:
            members.require_active(tx, member_id, refusal=NotFound())
            tx.emit(MemberDid(member_id=member_id, what=asked.what, at=clock.now(), times=asked.times))
        return asked.what

    once.carry_out(did)
