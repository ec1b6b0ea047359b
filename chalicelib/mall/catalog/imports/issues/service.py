"""Refusals and validation errors → issues by line; the first thousand are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import ValidationError

from chalicelib.core.errors import DomainError, Invalid
from chalicelib.mall.catalog.formats.schemas import Column, Issue, Record
from chalicelib.mall.catalog.imports.models import MAX_ISSUES, Import, ImportIssue

MAX_OF_A_RECORD = 20
_TEXTS = {
    "missing": "缺少内容",
    "extra_forbidden": "不认识的字段",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "string_type": "应为文字",
    "list_type": "应为列表",
    "model_type": "应为对象",
    "bool_type": "应为 true 或 false",
    "enum": "只能是 {expected}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_too_short": "不能少于 {min_length} 个字",
    "string_too_long": "不能超过 {max_length} 个字",
    "string_pattern_mismatch": "格式不对，或有不允许的字符",
    "too_short": "不能少于 {min_length} 项",
    "too_long": "不能超过 {max_length} 项",
    "timezone_aware": "时间要带时区",
    "json_invalid": "有不允许的字符",
    "value_error": "{error}",
}
_SKU_COLUMNS = {"code": "sku_code", "picture": "sku_picture", "values": "specs"}


def of(error: ValidationError | DomainError, record: Record, columns: Sequence[Column]) -> list[Issue]:
    """What *error* says of *record*, in the words of its file."""
    if isinstance(error, Invalid):
        return [Issue(record.line, each["field"], each["issue"]) for each in error.details["errors"]]
    if isinstance(error, DomainError):
        return [Issue(record.line, "", error.text)]
    errors = error.errors(include_url=False, include_input=False)
    return [_issue(each["loc"], _text(each), record, columns) for each in errors[:MAX_OF_A_RECORD]]


def keep(job: Import, bad: Sequence[Record]) -> int:
    """Store the issues of *bad* records, as far as there is room. The same again changes nothing.

    :returns: how many were stored.
    """
    rows = (
        ImportIssue(
            import_id=job.id,
            line=f"{issue.line:08d}#{number:03d}",
            row=issue.line,
            field=issue.field[:200],
            issue=issue.issue[:500],
        )
        for record in bad
        for number, issue in enumerate(record.issues[:MAX_OF_A_RECORD])
    )
    count = 0
    with ImportIssue.batch_write() as batch:
        for row in islice(rows, MAX_ISSUES - job.issues):
            batch.save(row)
            count += 1
    return count


def _text(error: Mapping[str, Any]) -> str:
    text = _TEXTS.get(error["type"])
    return text.format_map(error.get("ctx", {})) if text else str(error["msg"])


def _issue(place: tuple[int | str, ...], text: str, record: Record, columns: Sequence[Column]) -> Issue:
    if not record.from_sheet:
        return Issue(record.line, ".".join(map(str, place)), text)
    line, name = record.line, str(place[0]) if place else ""
    if len(place) > 1 and place[0] == "skus" and isinstance(place[1], int):
        line = record.lines[place[1]]
        name = str(place[2]) if len(place) > 2 else "specs"
        name = _SKU_COLUMNS.get(name, name)
    titles = {column.name: column.title for column in columns} | {"category_id": "类目", "skus": "规格"}
    return Issue(line, titles.get(name, name), text)
