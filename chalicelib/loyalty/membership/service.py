"""What happens to a membership as a whole: it begins, is told to the rest of the house, is looked at, ends."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from chalicelib.core.errors import Unauthorized
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import MembershipMoved
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.levels.service import Loaded
from chalicelib.loyalty.membership.models import LEDGER, MALL, Growth, LadderRow, Membership
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.loyalty.segments.rules.schemas import About
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member, MemberStatus


def announce(tx: Transaction, member_id: str) -> None:
    """Write a member's level onto their noticeboard, and have segments look at them with it.

    What is written is the row of this moment, and not what some message said. Nothing for who is not active any more.

    :raises MembershipMoved: it changed meanwhile; the reaction comes again.
    """
    member, found = Member.find(member_id, consistent=True), levels.load(member_id)
    if member is None or member.status is not MemberStatus.ACTIVE or found.row is None:
        return
    _post(member, found)
    facts.look_again(tx, member_id, {About.LEVEL})


def _post(member: Member, found: Loaded) -> None:
    """A transaction of its own: segments write to the noticeboard too."""
    wanted = _notices(found)
    board = member.notices or {}
    if found.row is None or all(board.get(key) == value for key, value in wanted.items()):
        return
    with Transaction() as tx:
        tx.check(found.row, only_if=Membership.version == found.row.version, otherwise=MembershipMoved())
        members.post_notices(tx, member.id, wanted)


def _notices(found: Loaded) -> dict[str, object]:
    level = found.ladder.level(levels.level_of(found.row, found.ladder))
    return {"level": level.id, "priority": True if level.benefits.priority_service else None}


def visit(page: Sequence[Member]) -> None:
    """Put active members where the ladder of now has them, each in a transaction of their own.

    Plugged into the walk of segments; what it reads is read for the page as a whole.
    """
    ids = [each.id for each in page]
    found = batch_get({Growth: ids, Membership: ids, LadderRow: [MALL]}, consistent=True)
    ladder = levels.ladder_of(found[LadderRow].get(MALL))
    for member in page:
        account = found[Growth].get(member.id) or LEDGER.empty(member.id)
        _look_at(member, Loaded(account, found[Membership].get(member.id), ladder))


def _look_at(member: Member, found: Loaded) -> None:
    """The level is told by the reaction to its change; here what the ladder says of it, and what went astray."""
    # Who closed the account meanwhile is left alone; who moved was looked at by whoever moved them.
    with suppress(Unauthorized, MembershipMoved):
        if not _settle(found):
            _post(member, found)


def _settle(found: Loaded) -> bool:
    with Transaction() as tx:
        changed = levels.settle(tx, found)
        if changed:
            members.require_active(tx, found.account.member_id)
    return changed
