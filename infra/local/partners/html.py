"""Pieces of the control page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")
#: What the trouble of a letter is called, and its state.
LETTER_FAULTS = {
    "lost": "丢失",
    "doubled": "重复",
    "delayed": "延迟30秒",
    "forged": "伪造签名",
    "unsigned": "没有签名",
    "stale": "过期",
    "wrong_amount": "金额不符",
    "wrong_merchant": "商户不符",
    "wrong_app": "应用不符",
    "wrong_currency": "币种不符",
    "wrong_number": "单号不符",
    "bad_padding": "填充错误",
}
LETTER_STATES = {
    "waiting": "等待发送",
    "sending": "发送中",
    "delivered": "已送达",
    "gave_up": "未被接受",
    "lost": "已丢失",
}


def button(label: str, path: str, body: dict[str, Any], *, main: bool = False) -> str:
    style = ' class="main"' if main else ""
    return f'<button{style} data-post="{path}" data-body="{escape(json.dumps(body))}">{label}</button>'


def fault_buttons(on: str, kinds: Iterable[str]) -> str:
    """A button for each kind of trouble that the next letter of the kind *on* may meet."""
    return "".join(button(LETTER_FAULTS[kind], "/control/faults", {"on": on, "kind": kind}) for kind in kinds)


def row(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells) + "</tr>"


def clock(at: datetime) -> str:
    return f"{at.astimezone(_CHINA):%m-%d %H:%M:%S}"
