"""Pieces of the control page."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")


def button(label: str, path: str, body: dict[str, Any], *, main: bool = False) -> str:
    style = ' class="main"' if main else ""
    return f'<button{style} data-post="{path}" data-body="{escape(json.dumps(body))}">{label}</button>'


def row(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells) + "</tr>"


def clock(at: datetime) -> str:
    return f"{at.astimezone(_CHINA):%m-%d %H:%M:%S}"
