"""One value a line: no mark, no headings, nothing a machine would have to skip. For values without line breaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.mall.exports.models import SheetState
from chalicelib.mall.exports.schemas import Column, Row


class Lines:
    content_type = "text/plain; charset=utf-8"
    is_table = False

    def head(self, state: SheetState, columns: Sequence[Column]) -> bytes:
        return b""

    def rows(self, state: SheetState, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        values = [str(value) for (value,) in rows]
        state.rows += len(values)
        found = "".join(f"{value}\n" for value in values).encode()
        state.size += len(found)
        return found

    def tail(self, state: SheetState, columns: Sequence[Column], title: str) -> bytes:
        return b""
