"""Categories and brands in files: one a line, one a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from chalicelib.mall.catalog.formats.cells import service as cells
from chalicelib.mall.catalog.formats.schemas import Column, FileFormat, Issue, Record, Row

CATEGORY_COLUMNS = (
    Column("path", "类目", required=True),
    Column("code", "编码"),
    Column("summary", "说明"),
    Column("icon", "图标"),
    Column("sort", "排序"),
    Column("visible", "显示"),
)
BRAND_COLUMNS = (
    Column("name", "品牌", required=True),
    Column("code", "编码"),
    Column("summary", "说明"),
    Column("logo", "标志"),
    Column("sort", "排序"),
    Column("visible", "显示"),
)
_READERS: dict[str, Callable[[str], Any]] = {"sort": cells.whole, "visible": cells.boolean}


def records(rows: Iterable[Row], file_format: FileFormat, columns: Sequence[Column]) -> Iterator[Record]:
    """The categories or brands of a file. A path or name that comes again is an issue of the later one."""
    key, first = columns[0], dict[str, int]()
    titles = {column.name: column.title for column in columns}
    for row in rows:
        record = Record(row.line, row.data, [row.line], row.issues, from_sheet=file_format is FileFormat.CSV)
        if record.from_sheet:
            record.data = {name: _read(record, name, titles[name], cell) for name, cell in row.data.items()}
        name = record.data.get(key.name)
        if isinstance(name, str) and name in first:
            record.issues.append(Issue(row.line, key.name, f"在第 {first[name]} 行已出现"))
        elif isinstance(name, str):
            first[name] = row.line
        elif not record.issues:
            record.issues.append(Issue(row.line, key.name, f"缺少{key.title}"))
        yield record


def sheet_row(data: Mapping[str, Any]) -> dict[str, str]:
    """The CSV row of a category or brand."""
    return {name: _text(value) for name, value in data.items()}


def _read(record: Record, name: str, title: str, cell: str) -> Any:
    if not cell:
        return None
    try:
        return _READERS.get(name, str)(cell)
    except ValueError as error:
        record.issues.append(Issue(record.line, title, str(error)))
        return None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)
