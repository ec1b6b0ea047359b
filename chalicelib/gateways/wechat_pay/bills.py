"""The trade bill of a day: fetched in pieces, believed as a whole, read row by row.

Partner documentation "申请交易账单", "下载账单". The application is signed in both directions; the file is signed by
nobody: what vouches for it is the SHA-1, over the unpacked bytes, in the signed answer.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import IO, Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from chalicelib.core import http
from chalicelib.core.money import MAX_AMOUNT
from chalicelib.gateways.wechat_pay import client
from chalicelib.gateways.wechat_pay.client import PARTNER
from chalicelib.gateways.wechat_pay.errors import BadBill

CHINA = ZoneInfo("Asia/Shanghai")
"""The zone of bills and their days, whatever the mall's own is."""
MAX_PACKED, MAX_LINE = 400_000_000, 20_000
_DOWNLOADS = "/v3/billdownload/"
_PIECE = 64 * 1024
_NEEDED = (
    *("交易时间", "微信订单号", "商户订单号", "交易状态", "微信退款单号", "商户退款单号", "退款状态"),
    *("手续费", "订单金额", "申请退款金额"),
)
_COUNT = "总交易单数"
_SUMMED = {"订单金额": "订单总金额", "申请退款金额": "申请退款总金额", "手续费": "手续费总金额"}


class RowKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class BillRow:
    """A payment, or a refund. Amounts in fen: what the order cost before WeChat's own coupons, what was asked back."""

    kind: RowKind
    at: datetime
    number: str
    """Ours: ``out_trade_no``; of a refund, that of what was paid."""
    transaction_id: str
    state: str
    """``SUCCESS`` or ``REVOKED``; of a refund ``SUCCESS``, ``PROCESSING``, ``FAIL``, ``CHANGE``."""
    amount: int
    fee: Decimal
    """Yuan, what WeChat Pay keeps; negative where it gives some back."""
    refund_number: str = ""
    refund_id: str = ""

    @property
    def name(self) -> str:
        """The number that this row is about."""
        return self.refund_number if self.kind is RowKind.REFUND else self.number


@dataclass
class Totals:
    """What the rows of a bill sum to."""

    rows: int = 0
    payments: int = 0
    payments_amount: int = 0
    refunds: int = 0
    refunds_amount: int = 0
    fees: Decimal = Decimal(0)

    def add(self, row: BillRow) -> None:
        self.rows += 1
        self.fees += row.fee
        if row.kind is RowKind.REFUND:
            self.refunds += 1
            self.refunds_amount += row.amount
        else:
            self.payments += 1
            self.payments_amount += row.amount

    @property
    def fee_amount(self) -> int:
        """Fen, rounded."""
        return int((self.fees * 100).to_integral_value())


def fetch(day: date, into: IO[bytes]) -> Totals:
    """Write the packed (gzip) bill of *day* into the empty, seekable file *into*, and look through the whole of it.

    :raises BillNotReady: ask later. :raises NoBill: there is none.
    :raises BadBill: what came is not what was promised, or not of the known form.
    :raises PartnerError: as any call.
    """
    query = {"bill_date": day.isoformat(), "bill_type": "ALL", "tar_type": "GZIP"}
    promised = client.call("GET", f"/v3/bill/tradebill?{urlencode(query)}")
    target, digest = _promise(promised)
    http.retried(lambda: _download(target, into), idempotent=True)
    into.seek(0)
    if _digest(into) != digest:
        raise BadBill(PARTNER, reason="the file's hash is not the one that was signed")
    into.seek(0)
    totals = Totals()
    for row in rows(into):
        totals.add(row)
    into.seek(0)
    return totals


def rows(packed: IO[bytes]) -> Iterator[BillRow]:
    """The rows of a packed bill, in its order; nothing is kept in memory but one.

    :raises BadBill: an unknown form, a row that does not read, an end that is missing or does not agree with the rows.
    """
    lines = _lines(packed)
    names = next(lines, "").split(",")
    if missing := [name for name in _NEEDED if name not in names]:
        raise BadBill(PARTNER, reason=f"columns: {', '.join(missing)}")
    sums = dict.fromkeys(_SUMMED.values(), Decimal(0))
    for count, line in enumerate(lines):
        if not line.startswith("`"):
            _require_totals(line, next(lines, ""), {**sums, _COUNT: Decimal(count)})
            return
        yield read_row(names, line, sums)
    raise BadBill(PARTNER, reason="it ends without its totals")


def read_row(names: Sequence[str], line: str, sums: dict[str, Decimal]) -> BillRow:
    """The row of a bill with those columns; its amounts are added to *sums*. :raises BadBill: it does not read."""
    cells = _cells(line)
    if len(cells) != len(names):
        raise BadBill(PARTNER, reason="a row with another number of cells")
    return _row(dict(zip(names, cells, strict=True)), sums)


def _promise(answer: Mapping[str, Any]) -> tuple[str, str]:
    """The target of the file and its SHA-1. The address's host is not followed: we know where WeChat Pay is."""
    address, digest = answer.get("download_url"), answer.get("hash_value")
    if answer.get("hash_type") != "SHA1" or not isinstance(digest, str) or not isinstance(address, str):
        raise BadBill(PARTNER, reason="no hash or address in the answer")
    parts = urlsplit(address)
    if not parts.path.startswith(_DOWNLOADS):
        raise BadBill(PARTNER, reason="an address that is no bill's")
    return f"{parts.path}?{parts.query}", digest.lower()


def _download(target: str, into: IO[bytes]) -> None:
    into.seek(0)
    into.truncate()
    address, headers = client.address(target), client.headers("GET", target, b"")
    response = http.download(PARTNER, address, into, headers=headers, limit=MAX_PACKED)
    if response.status != 200:
        client.judge(response)


def _digest(packed: IO[bytes]) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        with gzip.GzipFile(fileobj=packed) as unpacked:
            while piece := unpacked.read(_PIECE):
                digest.update(piece)
    except (OSError, EOFError, zlib.error):
        raise BadBill(PARTNER, reason="not a whole gzip file") from None
    return digest.hexdigest()


def _lines(packed: IO[bytes]) -> Iterator[str]:
    with io.BufferedReader(gzip.GzipFile(fileobj=packed)) as unpacked:
        try:
            while line := unpacked.readline(MAX_LINE):
                yield line.decode("utf-8-sig").rstrip("\r\n")
        except (OSError, EOFError, zlib.error, UnicodeDecodeError):
            raise BadBill(PARTNER, reason="not a whole gzip file of UTF-8") from None


def _cells(line: str) -> Sequence[str]:
    # Every cell begins with a backtick, so that a comma within one is no border.
    return line[1:].split(",`")


def _row(cells: Mapping[str, str], sums: dict[str, Decimal]) -> BillRow:
    """The row that *cells* are; its amounts are added to *sums*."""
    try:
        for column, total in _SUMMED.items():
            sums[total] += Decimal(cells[column])
        is_refund = cells["交易状态"] == "REFUND"
        return BillRow(
            kind=RowKind.REFUND if is_refund else RowKind.PAYMENT,
            at=datetime.fromisoformat(cells["交易时间"]).replace(tzinfo=CHINA),
            number=cells["商户订单号"],
            transaction_id=cells["微信订单号"],
            state=cells["退款状态"] if is_refund else cells["交易状态"],
            amount=_fen(cells["申请退款金额" if is_refund else "订单金额"]),
            fee=Decimal(cells["手续费"]),
            refund_number=cells["商户退款单号"] if is_refund else "",
            refund_id=cells["微信退款单号"] if is_refund else "",
        )
    except (ValueError, InvalidOperation) as error:
        raise BadBill(PARTNER, reason=f"a row: {type(error).__name__}") from None


def _fen(yuan: str) -> int:
    amount = Decimal(yuan) * 100
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= MAX_AMOUNT:
        raise ValueError("not an amount")
    return int(amount)


def _require_totals(header: str, line: str, found: Mapping[str, Decimal]) -> None:
    told = dict(zip(header.split(","), _cells(line), strict=False))
    try:
        wrong = [name for name, value in found.items() if Decimal(told[name]) != value]
    except (KeyError, InvalidOperation):
        raise BadBill(PARTNER, reason="totals that do not read") from None
    if wrong:
        raise BadBill(PARTNER, reason=f"its totals are not those of its rows: {', '.join(wrong)}")
