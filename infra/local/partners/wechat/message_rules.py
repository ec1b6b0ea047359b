"""WeChat's rules of a subscribe message's values, by the type in front of the keyword's number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.local.partners.wechat.words import Errcode

_DAY = r"\d{4}(年\d{1,2}月\d{1,2}日|[-/.]\d{1,2}[-/.]\d{1,2})"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_CHINESE = r"[\u4e00-\u9fff]"
_AMOUNT = re.compile(r"[¥￥$€£]?(\d+(\.\d+)?)元?")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _is_amount(text: str) -> bool:
    found = _AMOUNT.fullmatch(text)
    return found is not None and len(found[1].replace(".", "")) <= 10


def _is_name(text: str) -> bool:
    limit = 20 if text.isascii() else 10
    return _units(text) <= limit and not any(char.isdigit() for char in text)


RULES: dict[str, Callable[[str], bool]] = {
    "thing": lambda text: _units(text) <= 20,
    "number": _matches(r"\d{1,32}(\.\d+)?"),
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": _matches(r"[^\w\s]{1,5}"),
    "character_string": _matches(r"[!-~]{1,32}"),
    "time": _matches(rf"({_DAY} )?{_CLOCK}(~({_DAY} )?{_CLOCK})?"),
    "date": _matches(rf"{_DAY}( {_CLOCK})?(~{_DAY}( {_CLOCK})?)?"),
    "amount": _is_amount,
    "phone_number": _matches(r"[0-9+*#()\- ]{1,17}"),
    "car_number": lambda text: _units(text) <= 8,
    "name": _is_name,
    "phrase": _matches(rf"{_CHINESE}{{1,5}}"),
    "enum": lambda text: _units(text) <= 20,
}


def check(keywords: list[str], data: Any, words: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """The values of a message, each as its type wants it.

    :param words: of an enum the only ones. :raises Errcode: 47003, naming the keyword.
    """
    if not isinstance(data, dict) or not data:
        raise Errcode(47003, "argument invalid! data is empty")
    for keyword in [*keywords, *data]:
        if keyword not in data or keyword not in keywords:
            raise Errcode(47003, f"argument invalid! data.{keyword} is unknown or missing")
    found = {keyword: _value(keyword, data[keyword]) for keyword in keywords}
    for keyword, allowed in (words or {}).items():
        if found[keyword] not in allowed:
            raise Errcode(47003, f"argument invalid! data.{keyword}.value invalid")
    return found


def _value(keyword: str, given: Any) -> str:
    text = given.get("value") if isinstance(given, dict) else None
    kind = keyword.rstrip("0123456789")
    good = (
        isinstance(text, str)
        and text.strip() != ""
        and not any(ord(char) < 32 or ord(char) == 127 for char in text)
        and RULES[kind](text)
    )
    if not good:
        raise Errcode(47003, f"argument invalid! data.{keyword}.value invalid")
    return str(text)
