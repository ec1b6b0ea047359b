"""Trade bills: made of the books once, and never changed; asked for, then fetched within five minutes."""

from __future__ import annotations

import gzip
import hashlib
import secrets
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from infra.local.partners.exchange import Reply, Request, json_reply
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat_pay.protocol import Refusal, param_error
from infra.local.partners.wechat_pay.state import Books, Refund, Trade

_CHINA = ZoneInfo("Asia/Shanghai")
READY, KEPT, LINK_LIFETIME = time(10), timedelta(days=93), timedelta(minutes=5)
COLUMNS = (
    *("交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型"),
    *("交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额"),
    *("充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额"),
    "费率备注",
)
TOTALS = (
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
)
_REFUND_STATES = {"PROCESSING": "PROCESSING", "SUCCESS": "SUCCESS", "CLOSED": "FAIL", "ABNORMAL": "CHANGE"}
_FEE_BPS = 60
_Row = dict[str, str]


class Bills:
    """What WeChat Pay's bill desk answers."""

    def __init__(self, keys: Credentials, now: Callable[[], datetime], books: Callable[[], Books]) -> None:
        self._keys, self._now, self._books = keys, now, books

    def apply(self, request: Request) -> Reply:
        """``GET /v3/bill/tradebill``."""
        asked = request.query
        day, kind, packing = _day(asked), asked.get("bill_type", "ALL"), asked.get("tar_type", "")
        if kind not in ("ALL", "SUCCESS", "REFUND"):
            raise param_error("/bill_type", "取值必须为ALL、SUCCESS或REFUND", kind)
        if packing not in ("", "GZIP"):
            raise param_error("/tar_type", "取值必须为GZIP", packing)
        text, token = self._bill(day, kind), secrets.token_urlsafe(24)
        books = self._books()
        books.bill_links[token] = (f"{day}/{kind}", packing, self._now() + LINK_LIFETIME)
        host = request.headers.get("host", "api.mch.weixin.qq.com")
        return json_reply(
            {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
                "download_url": f"https://{host}/v3/billdownload/file?token={token}",
            }
        )

    def download(self, request: Request) -> Reply:
        """``GET /v3/billdownload/file``: plain bytes that nobody signs."""
        books = self._books()
        name, packing, until = books.bill_links.get(request.query.get("token", ""), ("", "", self._now()))
        if self._now() >= until:
            raise Refusal(400, "PARAM_ERROR", "下载链接不存在或已过期")
        content = books.bills[name].encode()
        kind = "application/x-gzip" if packing else "text/csv; charset=utf-8"
        return Reply(200, gzip.compress(content, 6, mtime=0) if packing else content, {"Content-Type": kind})

    def _bill(self, day: date, kind: str) -> str:
        """:raises Refusal: it is too early, too late, or there was no trade on that day."""
        now, books = self._now().astimezone(_CHINA), self._books()
        if day >= now.date():
            raise param_error("/bill_date", "账单日期必须早于今天", str(day))
        if now < datetime.combine(day + timedelta(days=1), READY, _CHINA):
            raise Refusal(400, "STATEMENT_CREATING", "请求的账单正在生成中，请稍后再试")
        if now.date() - day > KEPT:
            raise Refusal(400, "INVALID_REQUEST", "只能下载三个月以内的账单")
        name = f"{day}/{kind}"
        if name not in books.bills:
            rows = [row for row in self._rows(day) if kind in ("ALL", _kind(row))]
            if not rows:
                raise Refusal(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
            books.bills[name] = text_of(rows)
        return books.bills[name]

    def _rows(self, day: date) -> Iterator[_Row]:
        found: list[tuple[datetime, _Row]] = []
        for trade in self._books().trades.values():
            if trade.succeeded_at and _is_on(trade.succeeded_at, day):
                found.append((trade.succeeded_at, self._paid(trade, trade.succeeded_at)))
            refunds = [each for each in trade.refunds.values() if _is_on(each.created_at, day)]
            found.extend((each.created_at, self._refunded(trade, each)) for each in refunds)
        return (row for _, row in sorted(found, key=lambda each: each[0]))

    def _paid(self, trade: Trade, at: datetime) -> _Row:
        amounts = {"应结订单金额": yuan(trade.payer_total), "代金券金额": yuan(trade.total - trade.payer_total)}
        fees = {"手续费": _fee(trade.payer_total), "订单金额": yuan(trade.total)}
        return self._row(trade, at) | {"交易状态": "SUCCESS"} | amounts | fees

    def _refunded(self, trade: Trade, refund: Refund) -> _Row:
        paid_back = min(refund.amount, trade.payer_total)
        numbers = {"微信退款单号": refund.refund_id, "商户退款单号": refund.out_refund_no}
        amounts = {"退款金额": yuan(paid_back), "充值券退款金额": yuan(refund.amount - paid_back)}
        state = {"交易状态": "REFUND", "退款类型": "ORIGINAL", "退款状态": _REFUND_STATES[refund.status]}
        asked = {"申请退款金额": yuan(refund.amount), "手续费": _fee(-paid_back)}
        return self._row(trade, refund.created_at) | state | numbers | amounts | asked

    def _row(self, trade: Trade, at: datetime) -> _Row:
        amounts = ("应结订单金额", "代金券金额", "退款金额", "充值券退款金额", "订单金额", "申请退款金额")
        return {
            **dict.fromkeys(COLUMNS, ""),
            **dict.fromkeys(amounts, "0.00"),
            "交易时间": f"{at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}",
            "公众账号ID": self._keys.app_id,
            "商户号": self._keys.merchant_id,
            "特约商户号": "0",
            "微信订单号": trade.transaction_id,
            "商户订单号": trade.out_trade_no,
            "用户标识": trade.openid,
            "交易类型": "JSAPI",
            "付款银行": "OTHERS",
            "货币种类": "CNY",
            "微信退款单号": "0",
            "商户退款单号": "0",
            # The file has no quoting: a comma stays, what would end a row or a cell does not.
            "商品名称": trade.description.replace("`", "'").replace("\n", " "),
            "商户数据包": trade.attach,
            "费率": "0.60%",
        }


def text_of(rows: list[_Row]) -> str:
    """The file: a header, rows with a backtick before each cell, a header of totals, the totals."""
    lines = [",".join(COLUMNS), *(_cells([row[name] for name in COLUMNS]) for row in rows)]
    columns = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")
    sums = [_sum(row[name] for row in rows) for name in columns]
    texts = [yuan(each // 1000) + ("000" if name == "手续费" else "") for name, each in zip(columns, sums, strict=True)]
    return "".join(f"{line}\r\n" for line in [*lines, ",".join(TOTALS), _cells([str(len(rows)), *texts])])


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _cells(values: list[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _fee(fen: int) -> str:
    """Rounded to the fen, and written with five decimals."""
    return f"{yuan((abs(fen) * _FEE_BPS + 5000) // 10_000 * (-1 if fen < 0 else 1))}000"


def _sum(texts: Iterator[str]) -> int:
    """In hundred-thousandths of a yuan."""
    total = 0
    for text in texts:
        whole, _, rest = text.lstrip("-").partition(".")
        value = int(whole) * 100_000 + int(rest.ljust(5, "0"))
        total += -value if text.startswith("-") else value
    return total


def _kind(row: _Row) -> str:
    return row["交易状态"]


def _is_on(at: datetime, day: date) -> bool:
    return at.astimezone(_CHINA).date() == day


def _day(asked: dict[str, str]) -> date:
    try:
        return date.fromisoformat(asked.get("bill_date", ""))
    except ValueError:
        raise param_error("/bill_date", "格式必须为yyyy-MM-DD", asked.get("bill_date")) from None
