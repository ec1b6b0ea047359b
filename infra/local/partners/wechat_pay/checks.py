"""Reading a request body strictly: a missing, over-long, mistyped or unknown field is PARAM_ERROR."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from infra.local.partners.exchange import Request
from infra.local.partners.wechat_pay.protocol import param_error

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def body_of(request: Request, allowed: Collection[str]) -> dict[str, Any]:
    try:
        document = json.loads(request.body)
    except ValueError:
        raise param_error("/", "不是有效的JSON") from None
    if not isinstance(document, dict):
        raise param_error("/", "不是JSON对象")
    only(document, "", allowed)
    return document


def only(document: dict[str, Any], where: str, allowed: Collection[str]) -> None:
    for name in document:
        if name not in allowed:
            raise param_error(f"{where}/{name}", "未知的字段")


def nested(document: dict[str, Any], name: str, allowed: Collection[str]) -> dict[str, Any]:
    value = document.get(name)
    if not isinstance(value, dict):
        raise param_error(f"/{name}", "缺少必填的对象", value)
    only(value, f"/{name}", allowed)
    return value


def text(
    document: dict[str, Any],
    name: str,
    longest: int,
    *,
    where: str = "",
    pattern: str | None = None,
    needed: bool = True,
) -> str:
    value = document.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value):
        raise param_error(f"{where}/{name}", "缺少必填的字符串", value)
    if len(value) > longest:
        raise param_error(f"{where}/{name}", f"长度超过{longest}", value)
    if pattern and not re.fullmatch(pattern, value):
        raise param_error(f"{where}/{name}", "格式不符合规则", value)
    return value


def whole(document: dict[str, Any], name: str, *, where: str, least: int = 1) -> int:
    value = document.get(name)
    if type(value) is not int or value < least:
        raise param_error(f"{where}/{name}", f"必须是不小于{least}的整数", value)
    return value


def moment(document: dict[str, Any], name: str) -> datetime | None:
    value = document.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise param_error(f"/{name}", "不是RFC3339时间", value) from None
    if at.tzinfo is None:
        raise param_error(f"/{name}", "缺少时区", value)
    return at


def notify_url(document: dict[str, Any], *, needed: bool = True) -> str:
    value = text(document, "notify_url", 255, needed=needed)
    if not value:
        return ""
    parts = urlsplit(value)
    public = parts.scheme == "https" and bool(parts.hostname)
    on_this_machine = parts.scheme == "http" and parts.hostname in _LOOPBACK  # the laptop's mall
    if not (public or on_this_machine) or parts.query or parts.fragment or parts.path in ("", "/"):
        raise param_error("/notify_url", "必须是不带参数的https完整地址", value)
    return value
