"""Exports, in and out; and what a kind of export is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core import clock
from chalicelib.core.schemas import Day, PageQuery, Schema
from chalicelib.mall.exports.models import GOING_ON, DataExport, ExportStatus, Problem, SheetFormat

MAX_DAYS = 366


class Holds(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    """A whole number."""
    MONEY = "money"
    """Fen; yuan in the file."""
    TIME = "time"
    """An aware time; in the file by the clocks of the business zone."""
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """One column of a file, under the heading that people read."""

    title: str
    holds: Holds = Holds.TEXT


Cell = str | int | date | None
"""A ``datetime`` is a ``date``. None, and an empty text, is an empty cell."""
Row = Sequence[Cell]


@dataclass(frozen=True)
class Asked:
    """What a file is to hold. ``state`` is one of the kind's, or None: all."""

    from_day: date
    to_day: date
    state: str | None
    as_of: datetime
    """What came later is left out, so that a file has an end."""
    question: Mapping[str, Any] = field(default_factory=dict)
    """Of a kind that is not asked for by days alone: the rest."""


@dataclass(frozen=True)
class Wish:
    """A file that somebody wants, before there is one: as in :class:`DataExport`."""

    kind: str
    format: SheetFormat
    from_day: date
    to_day: date
    state: str | None = None
    question: dict[str, Any] | None = None
    purpose: str | None = None
    expected: int | None = None


class ExportKind(Protocol):
    """What can be taken out. Plugged in by name: ``export_kinds`` of chalicelib/extensions.py."""

    title: str
    permission: str
    """Who may read this anyway may take it out."""
    states: Collection[str]
    by_days: bool
    """Whether it is asked for by days, at ``POST /admin/exports``. If not, its feature has a route that asks."""
    columns: Sequence[Column]

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        """Some hundred rows of a business day at most, and where to go on (JSON), or None: the day is through.

        :param inner: what the call before returned; None at the begin of the day. :raises SourceGone:
        """


class ExportFilters(Schema):
    """Business days, both ends included: at most 366. ``state``: in the words of the kind."""

    from_day: Day
    to_day: Day
    state: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")] | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if not 0 <= (self.to_day - self.from_day).days < MAX_DAYS:
            raise ValueError(f"from_day to to_day is 1 to {MAX_DAYS} days")
        return self


class CreateDataExport(Schema):
    """``POST /admin/exports``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "orders", "format": "xlsx", "filters": {"from_day": "2026-11-01", "to_day": "2026-11-30"}}
            ]
        }
    )

    kind: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]
    """``orders``, ``refunds``, ``after_sales``, ``invoices``, ``finance``."""
    format: Literal[SheetFormat.CSV, SheetFormat.XLSX]
    filters: ExportFilters


class ListDataExports(PageQuery):
    """``GET /admin/exports``: one's own, or all those of kinds that one may read."""

    mine: bool = True
    news: bool = False
    """Only what waits for somebody, of the last 31 days: files that are there and were not fetched, and what failed in
    the last seven days and was not asked for again."""


class DataExportView(Schema):
    """A file, and how far it is."""

    id: str
    kind: str
    format: SheetFormat
    from_day: date
    to_day: date
    state: str | None
    question: dict[str, Any] | None
    """What was asked beside days: of `audiences`, which list, which identifier, how hashed."""
    purpose: str | None
    """What for, where the kind wants to know."""
    status: ExportStatus
    problem: Problem | None
    """Why it failed."""
    days: int
    days_done: int
    rows: int
    """Written so far, without the headings."""
    expected: int | None
    """Rows at most, where that is known before; what is missing from them when it is ready was left out."""
    size: int
    """Bytes."""
    attempt: int
    staff_id: str
    staff_name: str
    created_at: datetime
    as_of: datetime
    """What came later is not in the file."""
    finished_at: datetime | None
    expires_at: datetime | None
    """Then the file is deleted."""
    links: int
    """How often a link to the file was given out."""
    fetched_at: datetime | None
    """When that was, last."""

    @classmethod
    def of(cls, stored: DataExport) -> DataExportView:
        first, last = date.fromisoformat(stored.from_day), date.fromisoformat(stored.to_day)
        days = (last - first).days + 1
        done = (date.fromisoformat(stored.position.day) - first).days
        over = stored.expires_at is not None and stored.expires_at <= clock.now()
        plain = ("id", "kind", "format", "state", "question", "purpose", "expected")
        more = ("problem", "attempt", "staff_id", "staff_name", "links")
        times = ("created_at", "as_of", "finished_at", "expires_at", "fetched_at")
        return cls(
            **{name: getattr(stored, name) for name in (*plain, *more, *times)},
            from_day=first,
            to_day=last,
            status=ExportStatus.EXPIRED if over else stored.status,
            days=days,
            days_done=days if stored.status is ExportStatus.READY else min(done, days),
            rows=stored.sheet.rows,
            size=stored.sheet.size,
        )


class DataExportLink(Schema):
    """Where the file is, for a quarter of an hour."""

    url: str
    expires_at: datetime
    rows: int
    size: int


def going_on(stored: DataExport) -> bool:
    """Whether the file is still being written."""
    return stored.status in GOING_ON
