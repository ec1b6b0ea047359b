"""The formats by name, and what keeps a sheet from running what a buyer wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from chalicelib.mall.exports.models import SheetFormat, SheetState
from chalicelib.mall.exports.schemas import Column, Row

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


class Sheet(Protocol):
    """A format. Each call gives the next bytes of the file and notes in *state* what the next one needs."""

    content_type: str
    is_table: bool
    """Whether programs open it that hold :data:`~chalicelib.mall.exports.worker.service.MAX_ROWS` at most."""

    def head(self, state: SheetState, columns: Sequence[Column]) -> bytes:
        """What stands before the first row: the headings, too."""

    def rows(self, state: SheetState, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        """Some rows more."""

    def tail(self, state: SheetState, columns: Sequence[Column], title: str) -> bytes:
        """What stands after the last row."""


def harmless(cell: str) -> str:
    """A cell of a CSV file that no program runs: a quote before what begins with ``= + - @``, a tab or a return.

    Quotes that were there get one more, so that reading takes one off.
    """
    return "'" + cell if _FORMULA.match(cell) else cell


def sheet_of(file_format: SheetFormat) -> Sheet:
    """The format of that name."""
    from chalicelib.mall.exports.sheets.comma.service import Comma
    from chalicelib.mall.exports.sheets.lines.service import Lines
    from chalicelib.mall.exports.sheets.workbook.service import Workbook

    formats: dict[SheetFormat, type[Sheet]] = {
        SheetFormat.CSV: Comma,
        SheetFormat.LINES: Lines,
        SheetFormat.XLSX: Workbook,
    }
    return formats[file_format]()
