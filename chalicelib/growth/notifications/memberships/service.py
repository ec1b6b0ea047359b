"""The kinds of notices about levels and cards that end soon, what they say, and when they are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.loyalty.membership.cards import service as cards
from chalicelib.loyalty.membership.levels import service as levels

_WHEN = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
_A_MINUTE = timedelta(minutes=1)


def period_of(level: str, ends_at: datetime) -> str:
    """What a period is known by: the level and its end."""
    return f"{level}-{int(ends_at.timestamp())}"


def level_kept(member_id: str, period: str) -> bool:
    """The level is kept by now, or is another one, or its period is."""
    found = levels.load(member_id)
    top = found.standing.top
    same = top.ends_at is not None and period_of(top.level, top.ends_at) == period
    return not same or levels.missing_to_keep(found) <= 0


def card_goes_on(member_id: str, card_id: str) -> bool:
    """The card is stopped, over, or followed by another one."""
    return cards.ending(member_id, card_id) is None


LEVEL_ENDING = Kind(
    "level_ending",
    "会员等级到期提醒",
    Moment.OTHER,
    "pages/membership/index",
    (),
    {
        "level": Variable(Type.TEXT, "会员等级", "金卡会员"),
        "ends_at": Variable(Type.TIME, "到期时间", _WHEN),
        "missing": Variable(Type.NUMBER, "还需成长值", 120),
    },
    {"thing1": "level", "time2": "ends_at", "number3": "missing"},
    is_over=level_kept,
    waits_for_day=True,
)
CARD_ENDING = Kind(
    "card_ending",
    "会员卡到期提醒",
    Moment.PAY,
    "pages/membership/cards",
    (),
    {
        "level": Variable(Type.TEXT, "会员等级", "金卡会员"),
        "ends_at": Variable(Type.TIME, "到期时间", _WHEN),
    },
    {"thing1": "level", "time2": "ends_at"},
    is_over=card_goes_on,
    waits_for_day=True,
)


def of_level(member_id: str) -> dict[str, Value] | None:
    """What a notice about the member's level by growth can say; None: it is not going to fall."""
    found = levels.load(member_id)
    top, missing = found.standing.top, levels.missing_to_keep(found)
    if top.ends_at is None or missing <= 0:
        return None
    return {**_ends(found.ladder.level(top.level).name, top.ends_at), "missing": missing}


def of_card(member_id: str, card_id: str) -> dict[str, Value] | None:
    """What a notice about a card can say; None: it does not end, or its level is none any more."""
    span, ladder = cards.ending(member_id, card_id), levels.load(member_id).ladder
    if span is None or ladder.position(span.level) < 0:
        return None
    return _ends(ladder.level(span.level).name, span.ends_at)


def _ends(name: str, ends_at: datetime) -> dict[str, Value]:
    # The last minute of its last day, not the midnight after.
    return {"level": name, "ends_at": ends_at - _A_MINUTE}
