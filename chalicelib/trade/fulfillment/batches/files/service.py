"""Rows → parcels. What is wrong in a row itself is found here, and said in words for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.mall.catalog.formats import service as formats
from chalicelib.mall.catalog.formats.cells import service as cells
from chalicelib.mall.catalog.formats.errors import FileUnreadable
from chalicelib.mall.catalog.formats.schemas import FileFormat, Row
from chalicelib.trade.fulfillment.batches.files.schemas import COLUMNS, FileParcel, FilePieces
from chalicelib.trade.fulfillment.batches.models import MAX_BYTES, MAX_ROWS
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.carriers.errors import CarrierUnknown

MAX_QUANTITY = 1_000_000
MAX_SKUS = 100
_KEPT = 100
_NAMES = tuple(column.name for column in COLUMNS)
_ORDER_NUMBER = re.compile(r"\d{20}", re.ASCII)
_SPOILED = re.compile(r"[\d.]+[eE]\+?\d+", re.ASCII)
_TRACKING_NUMBER = re.compile(r"[0-9A-Z\-]{6,32}", re.ASCII)
_SKU = re.compile(r"[A-Za-z0-9_\-]{1,64}", re.ASCII)


def read(content: bytes, file_format: FileFormat) -> tuple[int, list[FileParcel]]:
    """How many rows a file has, and the parcels they speak of, in the order of their first rows.

    :raises FileUnreadable: not a file of this kind, empty, or too large.
    """
    if len(content) > MAX_BYTES:
        raise FileUnreadable(reason=f"文件超过 {MAX_BYTES // 1024 // 1024} MB")
    rows = 0
    found: dict[tuple[str, ...], FileParcel] = {}
    for row in formats.rows(formats.decode(content), file_format, COLUMNS):
        rows += 1
        if rows > MAX_ROWS:
            raise FileUnreadable(reason=f"超过 {MAX_ROWS} 行，请分成几个文件")
        parcel = _parcel(row, file_format)
        key = _key(parcel)
        if key in found:
            _join(found[key], parcel)
        else:
            found[key] = parcel
    if not rows:
        raise FileUnreadable(reason="文件里没有数据")
    return rows, list(found.values())


def template() -> str:
    """An empty sheet with two rows of example, which staff overwrite."""
    example = {"order_number": "26112436000000123456", "carrier": "顺丰", "tracking_number": "SF1234567890123"}
    part = {"sku_id": "sku_01example", "quantity": "1"}
    return _sheet([example, {**example, "tracking_number": "SF1234567890124", **part}])


def errors_sheet(parcels: Iterable[tuple[Sequence[dict[str, str]], str]]) -> str:
    """The rows that were not shipped, each with the reason: mend it and send it again."""
    return _sheet([{**row, "issue": issue} for rows, issue in parcels for row in rows])


def _sheet(rows: Iterable[dict[str, str]]) -> str:
    longs = ("order_number", "tracking_number")
    return formats.csv_text(
        COLUMNS, ({**row, **{name: cells.long_number(row.get(name, "")) for name in longs}} for row in rows)
    )


def _parcel(row: Row, file_format: FileFormat) -> FileParcel:
    texts = {name: _text(row.data.get(name)) for name in _NAMES if name in row.data}
    parcel = FileParcel(
        line=row.line,
        order_number=texts.get("order_number", "").lstrip("'"),
        tracking_number=carriers.plain(texts.get("tracking_number", "").lstrip("'")),
        cells=[{name: text[:_KEPT] for name, text in texts.items() if name != "issue"}],
    )
    try:
        if row.issues:
            raise ValueError(row.issues[0].issue)
        parcel.carrier = _carrier(parcel, texts.get("carrier", ""))
        parcel.even_if_used = _used(row.data.get("even_if_used"))
        parcel.pieces = _of_sheet(texts) if file_format is FileFormat.CSV else _of_object(row.data)
    except ValueError as error:
        parcel.issue = str(error)
    if file_format is FileFormat.JSONL and parcel.pieces:
        parcel.cells = [{**parcel.cells[0], **_plain(each)} for each in parcel.pieces]
    return parcel


def _key(parcel: FileParcel) -> tuple[str, ...]:
    """What rows of one parcel have in common. A row that does not say whose it is stands alone."""
    if not parcel.carrier:
        return ("", str(parcel.line))
    return (parcel.order_number, parcel.carrier, parcel.tracking_number)


def _carrier(parcel: FileParcel, text: str) -> str:
    """The courier's code, once the row says whose it is."""
    for number, title in ((parcel.order_number, "订单号"), (parcel.tracking_number, "运单号")):
        if not number:
            raise ValueError(f"缺少{title}")
        if _SPOILED.fullmatch(number):
            raise ValueError(f"{title}被表格软件改成了“{number[:30]}”，请把该列设为文本格式后重新填写")
    if not _ORDER_NUMBER.fullmatch(parcel.order_number):
        raise ValueError(f"“{parcel.order_number[:30]}”不是订单号（20 位数字）")
    if not _TRACKING_NUMBER.fullmatch(parcel.tracking_number):
        raise ValueError(f"“{parcel.tracking_number[:30]}”不是运单号")
    if not text:
        raise ValueError("缺少快递公司")
    try:
        return carriers.named(text).code
    except CarrierUnknown as error:
        raise ValueError(f"{error.text}“{text[:30]}”") from None


def _plain(pieces: FilePieces) -> dict[str, str]:
    return {"sku_id": pieces.sku_id, "quantity": str(pieces.quantity)}


def _of_sheet(texts: dict[str, str]) -> list[FilePieces]:
    sku_id, quantity = texts.get("sku_id", ""), texts.get("quantity", "")
    if not sku_id and not quantity:
        return []
    if not sku_id:
        raise ValueError("有数量，缺少规格编号")
    if not quantity:
        raise ValueError("有规格编号，缺少数量")
    return [_pieces(sku_id, cells.whole(quantity))]


def _of_object(data: dict[str, Any]) -> list[FilePieces]:
    if unknown := sorted(set(data) - (set(_NAMES) - {"sku_id", "quantity", "issue"} | {"lines"})):
        raise ValueError(f"不认识的字段 {unknown[0][:30]}")
    lines = data.get("lines")
    if lines is None:
        return []
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_SKUS:
        raise ValueError(f"lines 应为 1 到 {MAX_SKUS} 项的列表")
    found = []
    for line in lines:
        if not isinstance(line, dict) or set(line) != {"sku_id", "quantity"}:
            raise ValueError('lines 的每一项应为 {"sku_id": …, "quantity": …}')
        found.append(_pieces(line["sku_id"], line["quantity"]))
    if len({each.sku_id for each in found}) < len(found):
        raise ValueError("lines 里规格编号重复")
    return found


def _pieces(sku_id: Any, quantity: Any) -> FilePieces:
    if not isinstance(sku_id, str) or not _SKU.fullmatch(sku_id):
        raise ValueError(f"“{str(sku_id)[:30]}”不是规格编号")
    if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
        raise ValueError(f"“{str(quantity)[:30]}”不是可发的数量")
    return FilePieces(sku_id=sku_id, quantity=quantity)


def _join(parcel: FileParcel, more: FileParcel) -> None:
    """One more row of a parcel that is known. A parcel ships whole or not at all: one bad row keeps it back."""
    parcel.cells = (parcel.cells + more.cells)[:MAX_SKUS]
    parcel.even_if_used |= more.even_if_used
    if parcel.issue is not None:
        return
    named = {each.sku_id for each in parcel.pieces}
    if more.issue is not None:
        parcel.issue = f"第 {more.line} 行：{more.issue}"
    elif not parcel.pieces or not more.pieces:
        parcel.issue = f"第 {more.line} 行：同一订单同一运单的行重复；分规格发货时每行都要填规格编号和数量"
    elif any(each.sku_id in named for each in more.pieces):
        parcel.issue = f"第 {more.line} 行：同一订单同一运单里规格编号重复"
    elif len(named) + len(more.pieces) > MAX_SKUS:
        parcel.issue = f"一个包裹最多 {MAX_SKUS} 种规格"
    parcel.pieces += more.pieces


def _used(value: Any) -> bool:
    if value is None or value == "" or isinstance(value, bool):
        return bool(value)
    return cells.boolean(_text(value))


def _text(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value).strip()
