"""CSV: UTF-8 with the mark by which Excel knows it, amounts in yuan, times as the shop's clocks show them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.core.money import yuan
from chalicelib.core.settings import settings
from chalicelib.mall.exports.models import SheetState
from chalicelib.mall.exports.schemas import Cell, Column, Holds, Row
from chalicelib.mall.exports.sheets.service import harmless

_MARK = "\ufeff"


class Comma:
    content_type = "text/csv; charset=utf-8"
    is_table = True

    def head(self, state: SheetState, columns: Sequence[Column]) -> bytes:
        return _counted(state, _MARK + _text([[column.title for column in columns]]))

    def rows(self, state: SheetState, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        zone = ZoneInfo(settings().time_zone)
        held = [column.holds for column in columns]
        found = [[_cell(holds, cell, zone) for holds, cell in zip(held, row, strict=True)] for row in rows]
        state.rows += len(found)
        return _counted(state, _text(found))

    def tail(self, state: SheetState, columns: Sequence[Column], title: str) -> bytes:
        return b""


def _counted(state: SheetState, text: str) -> bytes:
    # Half a surrogate pair is a Python str, but no text.
    packed = text.encode(errors="replace")
    state.size += len(packed)
    return packed


def _text(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _cell(holds: Holds, cell: Cell, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if holds is Holds.MONEY and isinstance(cell, int):
        return yuan(cell)
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return harmless(cell) if isinstance(cell, str) else str(cell)
