"""A kind of export that is no feature's: so many rows a day, out of nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from chalicelib.core import clock
from chalicelib.mall.exports.schemas import Asked, Column, Holds, Row

PAGE = 3


class Numbers:
    """``rows`` of each day, three a page; ``seen`` says which pages were asked for, ``between`` happens before each."""

    title = "数字 <1>"
    permission = "orders.read"
    states = frozenset({"odd"})
    by_days = True
    columns = (
        Column("编号"),
        Column("日期", Holds.DAY),
        Column("时间", Holds.TIME),
        Column("数量", Holds.COUNT),
        Column("金额", Holds.MONEY),
        Column("备注"),
    )

    def __init__(self, rows: int = 7, text: Callable[[int], str | None] = lambda number: f"第 {number} 个") -> None:
        self.rows, self.text = rows, text
        self.seen: list[tuple[str, Any]] = []
        self.between: Callable[[], object] = lambda: None

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        self.seen.append((day.isoformat(), inner))
        self.between()
        start = inner or 0
        rows = [self.row(day, number) for number in range(start, min(start + PAGE, self.rows))]
        if asked.state == "odd":
            rows = [row for row in rows if isinstance(row[3], int) and row[3] % 2]
        return rows, start + PAGE if start + PAGE < self.rows else None

    def row(self, day: date, number: int) -> Row:
        at: datetime = clock.day_start(day)
        return (f"{day:%Y%m%d}{number:012d}", day, at, number, number * 101 - 1, self.text(number))

    def all(self, first: date, last: date) -> list[Row]:
        days = [date.fromordinal(each) for each in range(first.toordinal(), last.toordinal() + 1)]
        return [self.row(day, number) for day in days for number in range(self.rows)]
