"""Bytes to rows and back: encodings, JSON Lines, CSV."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chalicelib.mall.catalog.formats.errors import FileUnreadable
from chalicelib.mall.catalog.formats.schemas import Column, FileFormat, Issue, Row
from chalicelib.mall.exports.sheets.service import harmless

MAX_CELL = 400_000
MAX_DEPTH = 8
_ESCAPED_FORMULA = re.compile(r"'+[=+\-@\t\r]")


def decode(raw: bytes) -> str:
    """The text of a file: UTF-8 with or without a byte order mark, else GB18030 (what Chinese Excel writes).

    :raises FileUnreadable: neither.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileUnreadable(reason="编码是 UTF-16，请另存为 UTF-8")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnreadable(reason="编码既不是 UTF-8 也不是 GB18030")


def rows(text: str, file_format: FileFormat, columns: Sequence[Column]) -> Iterator[Row]:
    """The rows of a file. A row that is wrong in itself carries its issues.

    :raises FileUnreadable: the headings are not those of *columns*, or broken quotes hide where rows end.
    """
    return _json_rows(text) if file_format is FileFormat.JSONL else _csv_rows(text, columns)


def json_line(data: Mapping[str, Any]) -> str:
    """One line of JSON Lines."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv_text(columns: Sequence[Column], rows: Iterable[Mapping[str, str]]) -> str:
    """A CSV file with titles for people and the mark by which Excel knows UTF-8. No cell is a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    sheet = csv.writer(out)
    sheet.writerow([column.title for column in columns])
    for row in rows:
        sheet.writerow([harmless(row.get(column.name, "")) for column in columns])
    return out.getvalue()


def _as_meant(cell: str) -> str:
    return cell[1:] if _ESCAPED_FORMULA.match(cell) else cell


def _json_rows(text: str) -> Iterator[Row]:
    # Not splitlines: U+2028 and its like may stand in a JSON text.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row:
    try:
        data = json.loads(line)
        if "\\ud" in line.lower():  # half a surrogate pair is a Python str, but no text that can be stored
            json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return Row(number, issues=[Issue(number, "", "不是有效的 JSON")])
    if not isinstance(data, dict):
        return Row(number, issues=[Issue(number, "", "每行应是一个 JSON 对象")])
    if _depth(data) > MAX_DEPTH:
        return Row(number, issues=[Issue(number, "", "JSON 嵌套过深")])
    return Row(number, data)


def _depth(document: Any) -> int:
    level, depth = [document], 0
    while level and depth <= MAX_DEPTH:
        lists = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level, depth = [each for values in lists for each in values], depth + 1
    return depth


def _csv_rows(text: str, columns: Sequence[Column]) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] | None = None
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _headings(cells, columns)
            else:
                yield _csv_row(line, names, cells)
    except csv.Error:
        raise FileUnreadable(reason=f"第 {before + 1} 行附近的引号或分隔符有误") from None
    if names is None:
        raise FileUnreadable(reason="文件是空的")


def _headings(cells: Sequence[str], columns: Sequence[Column]) -> list[str]:
    known = {text: column.name for column in columns for text in (column.name, column.title)}
    texts = [cell.strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if unknown := [text for text in texts if text not in known]:
        raise FileUnreadable(reason=f"不认识的列“{unknown[0][:50]}”")
    names = [known[text] for text in texts]
    if missing := [column.title for column in columns if column.required and column.name not in names]:
        raise FileUnreadable(reason=f"缺少列“{'、'.join(missing)}”")
    if len(set(names)) < len(names):
        raise FileUnreadable(reason="有重复的列")
    return names


def _csv_row(line: int, names: Sequence[str], cells: Sequence[str]) -> Row:
    row = Row(line, {name: _as_meant(cell.strip()) for name, cell in zip(names, cells, strict=False)})
    if any(cell.strip() for cell in cells[len(names) :]):
        row.issues.append(Issue(line, "", "单元格多于列"))
    return row
