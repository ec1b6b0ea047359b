"""Cells: text to values and back. A value that can not be read raises ValueError with a reason for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.core.money import yuan
from chalicelib.core.settings import settings

_YUAN = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)
_SPECIAL = re.compile(r"([\\|=])")
_BOOLEANS = {"是": True, "否": False, "true": True, "false": False, "1": True, "0": False}


def whole(cell: str) -> int:
    """``12``."""
    if not _WHOLE.fullmatch(cell):
        raise ValueError(f"“{cell[:30]}”不是整数")
    return int(cell)


def fen(cell: str) -> int:
    """``899``, ``899.5``, ``899.00`` yuan → fen."""
    match = _YUAN.fullmatch(cell.removeprefix("¥").removeprefix("￥").replace(",", ""))
    if match is None:
        raise ValueError(f"“{cell[:30]}”不是金额（元，最多两位小数）")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def yuan_text(amount: int | None) -> str:
    """Fen → yuan; empty for none."""
    return "" if amount is None else yuan(amount)


def long_number(number: str) -> str:
    """A number that a spreadsheet keeps as text: without the tab, Excel makes 2.6E+19 of twenty digits."""
    return number + "\t"


def boolean(cell: str) -> bool:
    """``是``, ``否``."""
    try:
        return _BOOLEANS[cell.lower()]
    except KeyError:
        raise ValueError(f"“{cell[:30]}”应为“是”或“否”") from None


def time(cell: str) -> str:
    """``2026-11-24 10:00`` in the mall's zone, or with a zone of its own → ISO 8601."""
    try:
        at = datetime.fromisoformat(cell.replace("/", "-"))
    except ValueError:
        raise ValueError(f"“{cell[:30]}”不是时间（如 2026-11-24 10:00）") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(settings().time_zone))).isoformat()


def time_text(at: datetime | None) -> str:
    """A time in the mall's zone, exact."""
    if at is None:
        return ""
    return at.astimezone(ZoneInfo(settings().time_zone)).isoformat(" ")


def split(cell: str) -> list[str]:
    r"""``a|b`` → a, b. ``\|`` is a bar itself, ``\\`` a backslash."""
    return [_plain(part) for part in _parts(cell, "|") if part.strip()]


def join(texts: Sequence[str]) -> str:
    """The reverse of :func:`split`."""
    return "|".join(_SPECIAL.sub(r"\\\1", text) for text in texts)


def pairs(cell: str) -> list[tuple[str, str]]:
    r"""``材质=棉|产地=中国`` → pairs. ``\=`` is a sign of equality itself."""
    found = []
    for part in _parts(cell, "|"):
        if not part.strip():
            continue
        name, *values = _parts(part, "=")
        if not values:
            raise ValueError(f"“{part[:30]}”应写成“名称=值”")
        found.append((_plain(name), _plain("=".join(values))))
    return found


def join_pairs(given: Sequence[tuple[str, str]]) -> str:
    """The reverse of :func:`pairs`."""
    return "|".join("=".join(_SPECIAL.sub(r"\\\1", text) for text in pair) for pair in given)


def _parts(cell: str, separator: str) -> list[str]:
    """Cut at every *separator* that no backslash stands before; backslashes stay."""
    parts, start, escaped = [], 0, False
    for position, character in enumerate(cell):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == separator:
            parts.append(cell[start:position])
            start = position + 1
    return [*parts, cell[start:]]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL).strip()
