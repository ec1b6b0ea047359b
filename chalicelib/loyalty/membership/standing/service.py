"""Where a member stands, the statement of growth, and changes by staff."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.loyalty.membership.growth import service as growth
from chalicelib.loyalty.membership.ladder.schemas import LevelView
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.levels.service import Loaded
from chalicelib.loyalty.membership.models import MALL, GrowthEntry, ShippingUse
from chalicelib.loyalty.membership.shipping import service as shipping
from chalicelib.loyalty.membership.standing.schemas import (
    AdjustGrowth,
    GrowthEntryView,
    MembershipView,
    NextLevel,
    StaffMembershipView,
)
from chalicelib.loyalty.points.models import PointsRules
from chalicelib.loyalty.points.schemas import Rules
from chalicelib.loyalty.points.service import rules_of
from chalicelib.mall.identity.members import service as members

EXPORTED = 200


def mine(member_id: str) -> MembershipView:
    """Where the member stands now."""
    month = shipping.month_of(clock.now())
    more = batch_get({ShippingUse: [(member_id, month)], PointsRules: [MALL]})
    use, rules = more[ShippingUse].get((member_id, month)), rules_of(more[PointsRules].get(MALL))
    return _view(levels.load(member_id), use, rules)


def _view(found: Loaded, use: ShippingUse | None, rules: Rules) -> MembershipView:
    ladder, standing = found.ladder, found.standing
    level = ladder.level(levels.level_of(found.row, ladder))
    grown = ladder.level(standing.top.level)
    counts, gained = found.account.balance - standing.base, found.account.balance - standing.top.base
    above = ladder.levels[ladder.position(level.id) + 1 :][:1]
    return MembershipView(
        level=LevelView.of(level, rules.level_bps),
        since=found.row.since if found.row is not None else None,
        growth=max(counts, 0),
        next=next(
            (NextLevel(id=each.id, name=each.name, growth=each.growth, missing=each.growth - counts) for each in above),
            None,
        ),
        ends_at=standing.top.ends_at,
        gained=max(gained, 0),
        to_keep=max(grown.keep - gained, 0) if standing.top.ends_at is not None else 0,
        card_ends_at=_card_ends_at(found, level.id),
        free_shipping_left=shipping.left(level.benefits, use),
    )


def _card_ends_at(found: Loaded, level: str) -> datetime | None:
    """Until when cards, one after the other, give that level."""
    ends = [each.ends_at for each in (found.row.cards if found.row is not None else []) if each.level == level]
    return max([each for each in ends if each > clock.now()], default=None)


def of_member(member_id: str) -> StaffMembershipView:
    """For staff."""
    balance = levels.load(member_id).account.balance
    return StaffMembershipView(member_id=member_id, membership=mine(member_id), balance=balance)


def entries(member_id: str, limit: int, cursor: str | None) -> Page[GrowthEntryView]:
    """The statement, newest first."""
    found, rest = pages.query(GrowthEntry.by_sequence, member_id, limit=limit, cursor=cursor)
    return Page[GrowthEntryView](items=[GrowthEntryView.of(each) for each in found], cursor=rest)


def export(member_id: str) -> dict[str, object]:
    """For the copy of the member's personal data. Registered with identity."""
    newest = GrowthEntry.by_sequence.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return {
        "standing": mine(member_id).model_dump(mode="json"),
        "entries": [GrowthEntryView.of(each).model_dump(mode="json") for each in newest],
    }


def adjust(member_id: str, asked: AdjustGrowth, key: str) -> StaffMembershipView:
    """Staff give or take growth, with a reason, once for each *key*; the level follows at once.

    :raises Invalid: nothing to change. :raises BalanceTooLow: there is less. :raises BalanceTooHigh:
    :raises NotFound: no such member.
    """
    if asked.growth == 0:
        raise Invalid(errors=[{"field": "growth", "issue": "not zero"}])
    once = Once(member_id, "adjust_growth", key, asked)
    insistently(lambda: once.carry_out(lambda: _adjust(member_id, asked, once)))
    return of_member(member_id)


def _adjust(member_id: str, asked: AdjustGrowth, once: Once) -> str:
    cause = ids.new("adj")
    with once.writing(cause) as tx:
        members.require_active(tx, member_id, refusal=NotFound())
        growth.post(tx, levels.load(member_id), "adjusted", cause, asked.growth, note=asked.reason)
    return cause
