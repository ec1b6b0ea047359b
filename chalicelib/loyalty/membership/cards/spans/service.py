"""The times for which a member's cards give levels: pure functions on a list of spans.

Of one level the spans follow each other; of different levels they may lie side by side, and the higher level counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.core import clock
from chalicelib.loyalty.membership.models import Span


def live(spans: Sequence[Span], now: datetime) -> list[Span]:
    """Those that are not over."""
    return [each for each in spans if each.ends_at > now]


def added(spans: Sequence[Span], card_id: str, level: str, days: int, now: datetime) -> list[Span]:
    """With *days* more of *level*: from now, or from the end of what there is of that level."""
    kept = live(spans, now)
    starts_at = max([now, *(each.ends_at for each in kept if each.level == level)])
    return [*kept, Span(id=card_id, level=level, starts_at=starts_at, ends_at=end_of(starts_at, days))]


def removed(spans: Sequence[Span], card_id: str, now: datetime) -> list[Span]:
    """Without one; what follows it of its level moves up, and is as long as it was."""
    gone = next(each for each in spans if each.id == card_id)
    kept = [each for each in live(spans, now) if each.id != card_id]
    free_from = max(gone.starts_at, now)
    moved: list[Span] = []
    for each in sorted(kept, key=lambda span: span.starts_at):
        if each.level == gone.level and each.starts_at >= gone.ends_at:
            length = each.ends_at - each.starts_at
            each = each.model_copy(update={"starts_at": free_from, "ends_at": free_from + length})
            free_from = each.ends_at
        moved.append(each)
    return moved


def end_of(starts_at: datetime, days: int) -> datetime:
    """The end of a business day, at least *days* whole days after *starts_at*."""
    first = clock.business_day(starts_at)
    whole = starts_at == clock.day_start(first)
    return clock.day_start(first + timedelta(days=days if whole else days + 1))


def unused_share(amount: int, span: Span, days: int, now: datetime) -> int:
    """Of *amount*, paid for *days*: the share of the whole days that are not begun, rounded down to the fen."""
    left = (span.ends_at - max(now, span.starts_at)) // timedelta(days=1)
    return amount * max(min(left, days), 0) // days
