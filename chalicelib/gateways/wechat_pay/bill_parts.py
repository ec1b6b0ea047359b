"""A kept bill in parts: each opens alone, and all of them, one behind the other, are the channel's text to the byte.

A gzip file may consist of several (RFC 1952, 2.2): the whole is read as one text, a part alone by who knows its place.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from typing import IO

from chalicelib.gateways.wechat_pay.bills import BillRow, read_row
from chalicelib.gateways.wechat_pay.client import PARTNER
from chalicelib.gateways.wechat_pay.errors import BadBill

_PIECE = 64 * 1024


def pack(packed: IO[bytes], into: IO[bytes], rows: int) -> int:
    """Write the bill *packed*, which was looked through before, anew: its header, then parts of *rows* rows.

    :returns: the place of the first part, in bytes.
    """
    with io.BufferedReader(gzip.GzipFile(fileobj=packed)) as lines:
        _write(into, [lines.readline()])
        first = into.tell()
        while part := list(islice(lines, rows)):
            if not lines.peek(1).startswith(b"`"):
                part += lines.readlines()  # the totals: who reads the last rows sees that they are
            _write(into, part)
    return first


def read(header: IO[bytes], part: IO[bytes]) -> tuple[list[BillRow], int]:
    """The rows of a part, and the bytes from its place to the next one's; 0: there are no more rows.

    :param header: the kept bill from its beginning, :param part: from a part's place on. They are read no further.
    :raises BadBill: there is no part at that place, or a row that does not read.
    """
    (names, *_), _ = _open(header)
    lines, length = _open(part)
    found: list[BillRow] = []
    sums = defaultdict[str, Decimal](Decimal)
    for line in lines:
        if not line.startswith("`"):
            return found, 0
        found.append(read_row(names.split(","), line, sums))
    return found, length


def _write(into: IO[bytes], lines: Iterable[bytes]) -> None:
    with gzip.GzipFile(filename="", fileobj=into, mode="wb", mtime=0) as part:
        part.writelines(lines)


def _open(stream: IO[bytes]) -> tuple[list[str], int]:
    """The lines of the part with which *stream* begins, and its length, packed."""
    unpacking, text, length = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), bytearray(), 0
    try:
        while not unpacking.eof and (piece := stream.read(_PIECE)):
            text += unpacking.decompress(piece)
            length += len(piece)
        lines = text.decode("utf-8-sig").removesuffix("\n").split("\n")
    except (zlib.error, UnicodeDecodeError):
        raise BadBill(PARTNER, reason="no part of a kept bill") from None
    if not unpacking.eof:
        raise BadBill(PARTNER, reason="half a part of a kept bill")
    return [line.rstrip("\r") for line in lines], length - len(unpacking.unused_data)
