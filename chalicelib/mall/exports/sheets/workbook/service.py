"""XLSX, written in pieces: what a library holds in memory until the end is here a stream that can stop anywhere.

A workbook is a zip of XML files. The sheet comes first and grows: each piece is packed by itself and ends on a byte
(``Z_FULL_FLUSH``), so that pieces joined are one stream, whoever wrote them. The small files that describe it, and the
zip's table of contents, follow in the tail. Format: ECMA-376, and PKWARE's APPNOTE for the zip.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import chain
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from chalicelib.core.money import yuan
from chalicelib.core.settings import settings
from chalicelib.mall.exports.models import SheetState
from chalicelib.mall.exports.schemas import Cell, Column, Holds, Row

MAX_RAW = 0xF000_0000
"""Bytes of a sheet: a plain zip counts to 4 GiB."""
MAX_TEXT = 32_767
"""UTF-16 units that a cell holds."""
_SHEET = "xl/worksheets/sheet1.xml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DEFLATED, _SIZES_FOLLOW, _UTF8, _VERSION, _NEW_YEAR_1980 = 8, 0x0008, 0x0800, 20, 0x0021
_HEADING, _MONEY, _TIME, _DAY = 1, 2, 3, 4
_WIDTHS = {Holds.TEXT: 20, Holds.COUNT: 8, Holds.MONEY: 12, Holds.TIME: 20, Holds.DAY: 12}
_EPOCH = date(1899, 12, 30).toordinal()
# What XML can not say, and what Excel reads as a code for a character.
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class Workbook:
    content_type = f"{_TYPES}.sheet"
    is_table = True

    def head(self, state: SheetState, columns: Sequence[Column]) -> bytes:
        widths = "".join(
            f'<col min="{number}" max="{number}" width="{_WIDTHS[column.holds]}" customWidth="1"/>'
            for number, column in enumerate(columns, 1)
        )
        titles = "".join(
            _inline(f"{letters}1", column.title, _HEADING)
            for letters, column in zip(_letters(len(columns)), columns, strict=True)
        )
        text = (
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols>{widths}</cols><sheetData><row r="1">{titles}</row>'
        )
        local = _local(_SHEET, _SIZES_FOLLOW, 0, 0, 0)
        state.size += len(local)
        return local + _packed(state, text)

    def rows(self, state: SheetState, columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
        zone = ZoneInfo(settings().time_zone)
        plan = list(zip(_letters(len(columns)), (column.holds for column in columns), strict=True))
        text = []
        for row in rows:
            state.rows += 1
            number = state.rows + 1
            cells = (_cell(f"{at}{number}", holds, cell, zone) for (at, holds), cell in zip(plan, row, strict=True))
            text.append(f'<row r="{number}">{"".join(cells)}</row>')
        return _packed(state, "".join(text))

    def tail(self, state: SheetState, columns: Sequence[Column], title: str) -> bytes:
        last = f"{_letters(len(columns))[-1]}{state.rows + 1}"
        end = f'</sheetData><autoFilter ref="A1:{last}"/></worksheet>'
        body = _packed(state, end, last=True)
        packed = state.size - len(_local(_SHEET, _SIZES_FOLLOW, 0, 0, 0))
        sizes = struct.pack("<III", state.crc, packed, state.raw)
        contents = [_entry(_SHEET, _SIZES_FOLLOW, sizes, 0)]
        rest = b"PK\x07\x08" + sizes
        for name, text in _others(title).items():
            entry, found = _whole(name, text.encode(), state.size + len(rest))
            contents.append(entry)
            rest += found
        table = b"".join(contents)
        count, start = len(contents), state.size + len(rest)
        rest += table + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(table), start, 0)
        state.size += len(rest)
        return body + rest


def _packed(state: SheetState, text: str, *, last: bool = False) -> bytes:
    raw = text.encode()
    state.raw += len(raw)
    if state.raw > MAX_RAW:
        raise OverflowError("more than a plain zip counts")
    state.crc = zlib.crc32(raw, state.crc)
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(raw) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
    state.size += len(packed)
    return packed


def _cell(place: str, holds: Holds, cell: Cell, zone: ZoneInfo) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, str):
        return _inline(place, cell)
    if isinstance(cell, datetime):
        return f'<c r="{place}" s="{_TIME}"><v>{_serial(cell.astimezone(zone))}</v></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="{_DAY}"><v>{cell.toordinal() - _EPOCH}</v></c>'
    if holds is Holds.MONEY:
        return f'<c r="{place}" s="{_MONEY}"><v>{yuan(cell)}</v></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def _inline(place: str, text: str, style: int = 0) -> str:
    # Text stands in the cell as text: no program looks for a formula in it.
    styled = f' s="{style}"' if style else ""
    return f'<c r="{place}" t="inlineStr"{styled}><is><t xml:space="preserve">{_said(text)}</t></is></c>'


def _said(text: str) -> str:
    plain = _UNSAYABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(plain) > MAX_TEXT // 2:
        plain = plain.encode("utf-16-le")[: MAX_TEXT * 2].decode("utf-16-le", errors="ignore")
    return _CODED.sub("_x005F_", escape(plain))


def _serial(at: datetime) -> str:
    """Days since the end of 1899 with a fraction, as sheets count time; exact to the second."""
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    return f"{at.toordinal() - _EPOCH}.{(seconds * 10**10 + 43_200) // 86_400:010d}"


def _letters(count: int) -> list[str]:
    """``A``, ``B`` … ``Z``, ``AA`` …, at most 702."""
    alphabet = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    return list(chain(alphabet, (first + second for first in alphabet for second in alphabet)))[:count]


def _local(name: str, flags: int, crc: int, packed: int, raw: int) -> bytes:
    head = struct.pack(
        "<4s5H3I2H",
        b"PK\x03\x04",
        _VERSION,
        flags | _UTF8,
        _DEFLATED,
        0,
        _NEW_YEAR_1980,
        crc,
        packed,
        raw,
        len(name),
        0,
    )
    return head + name.encode()


def _entry(name: str, flags: int, sizes: bytes, start: int) -> bytes:
    kind = struct.pack("<4s6H", b"PK\x01\x02", _VERSION, _VERSION, flags | _UTF8, _DEFLATED, 0, _NEW_YEAR_1980)
    return kind + sizes + struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0, start) + name.encode()


def _whole(name: str, raw: bytes, start: int) -> tuple[bytes, bytes]:
    """A small file of the zip: its line in the table of contents, and itself."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(raw) + packer.flush()
    crc = zlib.crc32(raw)
    found = _local(name, 0, crc, len(packed), len(raw)) + packed
    return _entry(name, 0, struct.pack("<III", crc, len(packed), len(raw)), start), found


def _others(title: str) -> dict[str, str]:
    override = '<Override PartName="/{}" ContentType="' + _TYPES + '.{}+xml"/>'
    relation = '<Relationship Id="{}" Type="' + _OFFICE + '/{}" Target="{}"/>'
    wrap = f'{_XML}<Relationships xmlns="{_RELATIONS}">' + "{}</Relationships>"
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + override.format("xl/workbook.xml", "sheet.main")
        + override.format(_SHEET, "worksheet")
        + override.format("xl/styles.xml", "styles")
        + "</Types>",
        "_rels/.rels": wrap.format(relation.format("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": wrap.format(
            relation.format("rId1", "worksheet", "worksheets/sheet1.xml")
            + relation.format("rId2", "styles", "styles.xml")
        ),
        "xl/styles.xml": _STYLES,
    }


_FONT = '<font>{}<sz val="11"/><name val="Calibri"/></font>'
_FORMAT = '<xf numFmtId="{}" fontId="{}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    f'<fonts count="2">{_FONT.format("")}{_FONT.format("<b/>")}</fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="5">{_FORMAT.format(0, 0)}{_FORMAT.format(0, 1)}{_FORMAT.format(4, 0)}'
    f"{_FORMAT.format(164, 0)}{_FORMAT.format(165, 0)}</cellXfs>"
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
