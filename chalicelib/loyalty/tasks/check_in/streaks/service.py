"""Streaks: pure. A mark's streak is, at every moment, the days without a gap that end on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from chalicelib.loyalty.tasks.check_in.models import Mark
from chalicelib.loyalty.tasks.check_in.schemas import Rules, WhenMissed

ONE = timedelta(days=1)
Marks = dict[date, Mark]


def enter(marks: Marks, day: date, *, made_up: bool) -> list[date]:
    """*day* counts from now on: its mark is added, and the streaks of those that follow it without a gap grow.

    :param marks: at least of the day before and of all days after.
    :returns: the days whose streak changed, in order; *day* is the first.
    """
    before = marks.get(day - ONE)
    streak = before.streak if before is not None else 0
    marks[day] = Mark(streak=0, made_up=made_up)
    changed = []
    while day in marks:
        streak += 1
        marks[day].streak = streak
        changed.append(day)
        day += ONE
    return changed


def steps_due(rules: Rules, marks: Marks, changed: Iterable[date], total: int) -> Iterator[int]:
    """The steps that *changed* days reach and have not given; they are noted in the marks.

    :param total: all days that count, with the first of *changed*.
    """
    for number, day in enumerate(changed):
        if rules.when_missed is WhenMissed.GO_ON and number:
            return  # by total: only the day that was entered has a number of its own
        mark = marks[day]
        step = rules.step_of(mark.streak if rules.when_missed is WhenMissed.RESTART else total)
        if step is not None and step not in mark.given and rules.reward_of(step) is not None:
            mark.given = [*mark.given, step]
            yield step


def months_of(first: date, last: date) -> list[str]:
    """The months in which the days from *first* to *last* lie."""
    months = (last.year - first.year) * 12 + last.month - first.month
    numbers = [first.year * 12 + first.month - 1 + n for n in range(months + 1)]
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]
