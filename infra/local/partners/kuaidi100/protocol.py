"""Forms, signatures and refusals of Kuaidi100, from its side. Written apart from the mall's own client."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import datetime
from hashlib import md5
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from infra.local.partners.exchange import Reply, Request, json_reply

_CHINA = ZoneInfo("Asia/Shanghai")

#: Couriers that it knows, and those that tell only who knows the phone.
COMPANIES = {
    *("shunfeng", "zhongtong", "yuantong", "shentong", "yunda", "jtexpress", "ems", "youzhengguonei", "jd"),
    *("debangkuaidi", "kuayue", "dhl"),
}
WANT_PHONE = {"shunfeng", "zhongtong"}


class Refusal(Exception):
    """Kuaidi100 says no: always with HTTP 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message

    def reply(self) -> Reply:
        return json_reply({"result": False, "returnCode": self.code, "message": self.message})


def china_time(at: datetime) -> str:
    return at.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")


def signature(*parts: str) -> str:
    return md5("".join(parts).encode()).hexdigest().upper()


def form_of(request: Request, fields: Collection[str]) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refusal("400", "提交的数据不完整，或者贵公司没授权")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if set(form) != set(fields):
        raise Refusal("400", "提交的数据不完整，或者贵公司没授权")
    return form


def param_of(text: str, needed: Collection[str], allowed: Collection[str]) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not set(needed) <= set(document) <= {*needed, *allowed}:
        raise Refusal("400", "找不到对应公司，或参数错误")
    return document


def check_number(company: Any, number: Any, *, unknown: str) -> tuple[str, str]:
    """The courier must be known, in small letters; *unknown*: the code of the refusal."""
    if company not in COMPANIES:
        raise Refusal(unknown, "不支持的快递公司")
    if not isinstance(number, str) or not re.fullmatch(r"[0-9A-Za-z\-]{6,32}", number):
        raise Refusal("400", "快递单号不符合规则")
    return company, number


def check_phone(company: str, phone: Any) -> None:
    if phone is None and company in WANT_PHONE:
        raise Refusal("408", "验证码错误：请填写收、寄件人的手机号或后四位")
    if phone is not None and not (isinstance(phone, str) and re.fullmatch(r"\d{4}|1\d{10}", phone)):
        raise Refusal("408", "验证码错误：手机号不正确")


def check_callback_url(url: Any, *, https_allowed: bool) -> str:
    parts = urlsplit(url) if isinstance(url, str) and len(url) <= 500 else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal("700", "POLL:回调地址不正确")
    if parts.scheme == "https" and not https_allowed:
        raise Refusal("700", "POLL:未开通https回调")
    return str(url)
