"""What a member's level gets, what they were given, and this month's gift, which they take themselves."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.ledgers import insistently
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.gifts import service
from chalicelib.loyalty.gifts.errors import GiftGiven, NoMonthlyGift
from chalicelib.loyalty.gifts.mine.schemas import AllGifts, GiftView, LevelGifts, MyGifts
from chalicelib.loyalty.gifts.models import MemberGift
from chalicelib.loyalty.gifts.schemas import GiftKind, GiftRules
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.models import MALL, LadderRow

SHOWN = 100


def offered() -> AllGifts:
    """What each level gets."""
    ladder, rules = levels.ladder_of(LadderRow.find(MALL)), service.rules()
    return AllGifts(items=[_of_level(each.id, rules) for each in ladder.levels])


def mine(member_id: str) -> MyGifts:
    """What the member's level gets, and what they were given."""
    found = levels.load(member_id)
    given = _given(member_id)
    taken = any(each.id == f"{GiftKind.MONTHLY}/{_month()}" for each in given)
    level = levels.level_of(found.row, found.ladder)
    return MyGifts(offered=_of_level(level, service.rules()), monthly_taken=taken, given=given)


def take_monthly(member_id: str) -> GiftView:
    """This month's gift of the member's level; the same one if it is taken already.

    :raises NoMonthlyGift: the level gets none. :raises AccountMoved: the accounts move faster than we read.
    """
    return GiftView.of(insistently(lambda: _take(member_id, _month())))


def _take(member_id: str, month: str) -> MemberGift:
    try:
        with Transaction() as tx:
            gift = service.give(tx, member_id, GiftKind.MONTHLY, month)
    except GiftGiven:
        gift = None
    gift = gift or MemberGift.find(member_id, f"{GiftKind.MONTHLY}/{month}", consistent=True)
    if gift is None:
        raise NoMonthlyGift()
    return gift


def export(member_id: str) -> list[dict[str, object]]:
    """For the copy of the member's personal data. Registered with identity."""
    return [each.model_dump(mode="json") for each in _given(member_id)]


def _given(member_id: str) -> list[GiftView]:
    found = [GiftView.of(each) for each in MemberGift.query(member_id, consistent_read=True)]
    return sorted(found, key=lambda each: each.at, reverse=True)[:SHOWN]


def _of_level(level: str, rules: GiftRules) -> LevelGifts:
    return LevelGifts(level=level, **{kind.value: rules.reward(kind, level) for kind in GiftKind})


def _month() -> str:
    return f"{clock.today():%Y-%m}"
