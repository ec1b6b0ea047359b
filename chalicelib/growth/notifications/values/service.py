"""Values made to fit WeChat's types, whatever goes in. See docs/algorithms/notifications.md, "Values"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.core import clock
from chalicelib.core.money import yuan
from chalicelib.core.settings import settings
from chalicelib.growth.notifications.kinds.schemas import Type, Value

#: WeChat's type of a keyword → the types of variables that can become it. What has none takes fixed texts only.
TAKES: dict[str, frozenset[Type]] = {
    "thing": frozenset(Type),
    "character_string": frozenset({Type.CODE, Type.NUMBER}),
    "number": frozenset({Type.NUMBER}),
    "amount": frozenset({Type.AMOUNT}),
    "time": frozenset({Type.TIME}),
    "date": frozenset({Type.TIME}),
    "name": frozenset({Type.NAME, Type.TEXT}),
    "phrase": frozenset({Type.TEXT}),
    "phone_number": frozenset({Type.CODE}),
    "letter": frozenset(),
    "symbol": frozenset(),
    "car_number": frozenset(),
    "enum": frozenset(),
}
#: Types that a fixed text can be written for.
FIXED = frozenset(TAKES) - {"number", "amount", "time", "date"}
KEYWORD = re.compile(rf"({'|'.join(TAKES)})[1-9][0-9]?")


def type_of(keyword: str) -> str:
    """``thing1`` → ``thing``."""
    return keyword.rstrip("0123456789")


def fit(keyword: str, value: Value, of: Type = Type.TEXT) -> str:
    """*value* as a keyword takes it: never empty, never too long, nothing that its type forbids.

    :param of: the type of the variable; tells fen from numbers.
    """
    return _FITS[type_of(keyword)](_worded(value, of, date_only=type_of(keyword) == "date"))


def cut(text: str, limit: int) -> str:
    """At most *limit* characters as JavaScript counts them; what is cut off is replaced by ``…``."""
    if _length(text) <= limit:
        return text
    while _length(text) > limit - 1:
        text = text[:-1]
    return text + "…"


def _length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _worded(value: Value, of: Type, *, date_only: bool) -> str:
    if isinstance(value, datetime):
        return _moment(value, date_only=date_only)
    if isinstance(value, int):
        return _money(value) if of is Type.AMOUNT else str(max(value, 0))
    # Controls, halves of characters, invisible marks; any white space is one blank.
    visible = "".join(" " if char.isspace() else char for char in value if char.isspace() or _is_visible(char))
    return " ".join(visible.split())


def _moment(at: datetime, *, date_only: bool) -> str:
    local = at.astimezone(ZoneInfo(settings().time_zone))
    day = f"{local.year:04d}年{local.month:02d}月{local.day:02d}日"
    return day if date_only else f"{day} {local:%H:%M}"


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] != "C"


def _money(amount: int) -> str:
    # Ten digits at most: what costs more goes without its fen.
    text = yuan(max(amount, 0))
    return "¥" + (text if len(text) <= 11 else text[:-3][:10])


def _kept(pattern: str, limit: int, otherwise: str) -> Callable[[str], str]:
    allowed = re.compile(pattern)

    def keep(text: str) -> str:
        return "".join(allowed.findall(text))[:limit] or otherwise

    return keep


def _formed(pattern: str, otherwise: Callable[[], str]) -> Callable[[str], str]:
    form = re.compile(pattern)
    return lambda text: text if form.fullmatch(text) else otherwise()


def _name(text: str) -> str:
    text = " ".join("".join(char for char in text if unicodedata.category(char)[0] != "N").split())
    return (text[:20].strip() if text.isascii() else cut(text, 10)) or "顾客"


def _thing(text: str) -> str:
    return cut(text, 20) or "无"


_FITS: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "enum": _thing,
    "name": _name,
    "character_string": _kept(r"[!-~]", 32, "-"),
    "number": _kept(r"[0-9]", 32, "0"),
    "letter": _kept(r"[A-Za-z]", 32, "X"),
    "symbol": _kept(r"[!-/:-@\[-`{-~]", 5, "-"),
    "phone_number": _kept(r"[0-9+*#()\-]", 17, "-"),
    "car_number": _kept(r"[0-9A-Za-z\u4e00-\u9fff]", 8, "-"),
    "phrase": _kept(r"[\u4e00-\u9fff]", 5, "通知"),
    # Worded above, so they have their form; what is missing is nothing, or now.
    "amount": _formed(r"¥[0-9]+(\.[0-9]{2})?", lambda: _money(0)),
    "time": _formed(r"\d{4}年\d\d月\d\d日 \d\d:\d\d", lambda: _moment(clock.now(), date_only=False)),
    "date": _formed(r"\d{4}年\d\d月\d\d日", lambda: _moment(clock.now(), date_only=True)),
}
