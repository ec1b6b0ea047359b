"""The decision about a group. Rule: docs/algorithms/group-buy.md, "The decision"."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pynamodb.expressions.update import Action

from chalicelib.core import clock, states
from chalicelib.core.errors import TooBusy
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.group_buy.errors import GroupMoved
from chalicelib.growth.campaigns.group_buy.events import GroupDecided
from chalicelib.growth.campaigns.group_buy.models import (
    STEPS,
    Group,
    GroupStatus,
    Seat,
    SeatStatus,
    campaign_status,
)
from chalicelib.growth.campaigns.group_buy.schemas import GroupBuySettings
from chalicelib.growth.campaigns.group_buy.service import group_of, rules_of

TRIES = 5


@dataclass(frozen=True)
class Verdict:
    """Complete at a *size* of which *made_up* seats nobody had; or failed, for a *reason*."""

    size: int | None = None
    made_up: int = 0
    reason: str | None = None


def judge(rules: GroupBuySettings, taken: int, paid: int, over: str | None) -> Verdict | None:
    """What becomes of an open group with so many seats; None: it waits.

    :param over: why nobody joins any more: ``time``, ``stopped``; None: people still do.
    """
    if paid >= rules.sizes[-1]:
        return Verdict(size=rules.sizes[-1])
    if not taken:
        return Verdict(reason="left")
    if over is None:
        return None
    least = rules.sizes[0]
    enough = least if rules.virtual_from is None else rules.virtual_from
    if paid < taken and taken >= enough:
        return None  # they joined in time, and may pay in their order's time
    if paid >= least:
        return Verdict(size=max(size for size in rules.sizes if size <= paid))
    if paid >= enough:
        return Verdict(size=least, made_up=least - paid)
    return Verdict(reason=over)


def decide(group_id: str) -> Group:
    """Complete the group, fail it, or let it wait; again does nothing.

    :raises GroupNotFound: :raises TooBusy: it moves faster than we read; nothing was written.
    """
    for _ in range(TRIES):
        group = group_of(group_id, consistent=True)
        if group.status is not GroupStatus.OPEN:
            return group
        campaign = campaign_of(group.campaign_id, consistent=True)  # a stop is a moment ago
        verdict = judge(rules_of(campaign.settings), group.taken, group.paid, over(group, campaign))
        if verdict is None:
            return group
        try:
            with Transaction() as tx:
                _close(tx, group, verdict, _free(tx, group, verdict, rules_of(campaign.settings)))
        except GroupMoved:
            continue
    raise TooBusy()


def over(group: Group, campaign: Campaign) -> str | None:
    """Why nobody joins the group any more; None: people do."""
    if campaign.status is CampaignStatus.STOPPED:
        return "stopped"
    return "time" if clock.now() >= group.ends_at else None


def _free(tx: Transaction, group: Group, verdict: Verdict, rules: GroupBuySettings) -> list[Action]:
    """Draw one of the paid orders of a complete group, by the system's cryptographic source; the number stays with it.

    :raises GroupMoved: (at commit) the member drawn left at this moment.
    """
    if verdict.size is None or not rules.free_order:
        return []
    seats = [each for each in Seat.query(group.id, consistent_read=True) if each.status is SeatStatus.PAID]
    seats.sort(key=lambda seat: (seat.held_at, seat.member_id))
    number = secrets.randbelow(len(seats))
    drawn = Seat(group_id=group.id, member_id=seats[number].member_id)
    tx.check(drawn, only_if=Seat.status == SeatStatus.PAID, otherwise=GroupMoved())
    return [
        Group.free_member_id.set(drawn.member_id),
        Group.free_number.set(number),
        Group.free_of.set(len(seats)),
    ]


def _close(tx: Transaction, group: Group, verdict: Verdict, drawn: list[Action]) -> None:
    to = GroupStatus.FAILED if verdict.size is None else GroupStatus.COMPLETE
    states.move(
        tx,
        Group(id=group.id),
        Group.status,
        STEPS,
        to,
        Group.campaign_status.set(campaign_status(group.campaign_id, to)),
        Group.undecided.remove(),
        Group.decided_at.set(clock.now()),
        Group.made_up.set(verdict.made_up),
        Group.reason.set(verdict.reason or "") if verdict.size is None else Group.size.set(verdict.size),
        *drawn,
        # Not a seat more or less than was judged.
        also=(Group.taken == group.taken) & (Group.paid == group.paid),
        otherwise=GroupMoved(),
    )
    tx.emit(GroupDecided(group_id=group.id))
