"""What a file is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FileFormat(StrEnum):
    """How a file is written."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True)
class Column:
    """A column of a CSV file: *name* in JSON Lines, *title* for people. A file may use either as its heading."""

    name: str
    title: str
    required: bool = False


@dataclass
class Issue:
    """What is wrong, and in which line of the file."""

    line: int
    field: str
    issue: str


@dataclass
class Row:
    """A line of the file as it was read: JSON's object, or a CSV row's cells by column name."""

    line: int
    data: dict[str, Any] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


@dataclass
class Record:
    """One thing that a file speaks of: a category, a brand, a product with all its rows.

    ``data`` has the keys of JSON Lines. A key that is absent leaves what is stored; a null one clears it.
    """

    line: int
    data: dict[str, Any]
    lines: list[int]
    """The lines it came from; for a product in CSV, one for each SKU."""
    issues: list[Issue] = field(default_factory=list)
    from_sheet: bool = False
    """Of CSV: it tells which values a spec has, but not their order."""
