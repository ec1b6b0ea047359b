"""Lines from text. Pure: how wide a piece is says the caller.

Chinese breaks between any two characters, with the exceptions of GB/T 15834: closing punctuation begins no line,
opening punctuation ends none. Latin words and numbers with their units stay whole unless a line is too short for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

Measure = Callable[[str], float]

ELLIPSIS = "…"
NO_START = frozenset("，。、；：？！）》〉」』】〕〗｝］”’％‰℃°…—～·,.;:?!)]}%、ー々")
NO_END = frozenset("（《〈「『【〔〖｛［“‘([{¥￥$€£#＃@")
_WORD = r"[A-Za-z0-9\u00c0-\u024f]"
_TOKEN = re.compile(rf"\s+|{_WORD}+(?:[.,:\-'’/+&_×*~]{_WORD}+)*[%‰℃°]?|.", re.DOTALL)


def units(text: str) -> list[str]:
    """*text* in pieces that stay on one line; spaces are pieces of their own."""
    found: list[str] = []
    opening = ""
    for token in _TOKEN.findall(text):
        if token.isspace():
            found += [opening, " "] if opening else [" "]
            opening = ""
        elif token in NO_END:
            opening += token
        elif token in NO_START and not opening and found and found[-1] != " ":
            found[-1] += token
        else:
            found.append(opening + token)
            opening = ""
    return found + ([opening] if opening else [])


def wrap(text: str, measure: Measure, width: float, max_lines: int, *, balance: bool = False) -> list[str]:
    """*text* in at most *max_lines* lines no wider than *width*; what is cut off is told by an ellipsis.

    A last line of a single character is avoided. *balance* makes the lines about equally long.
    """
    pieces = units(re.sub(r"\s+", " ", text.strip()))
    measured = cache(measure)
    lines = _filled(pieces, measured, width)
    if len(lines) > max_lines:
        kept = lines[:max_lines]
        kept[-1] = _cut(units(kept[-1]), measured, width)
        return kept
    if len(lines) < 2 or not (balance or len(lines[-1]) == 1):
        return lines
    return _narrower(lines, pieces, measured, width, balance)


def _narrower(lines: list[str], pieces: Sequence[str], measure: Measure, width: float, balance: bool) -> list[str]:
    """The same number of lines, set in a narrower measure."""
    for share in range(98, 48, -2):
        tried = _filled(pieces, measure, width * share / 100)
        if len(tried) > len(lines):
            break
        lines = tried
        if not balance and len(lines[-1]) > 1:
            break
    return lines


def _filled(pieces: Sequence[str], measure: Measure, width: float) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    for piece in pieces:
        size = measure(piece)
        if line and used + size > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
        if not line and piece == " ":
            continue
        if size > width:
            *whole, piece = _broken(piece, measure, width)
            lines += whole
            size = measure(piece)
        line, used = line + piece, used + size
    return [*lines, line.rstrip()] if line.strip() else lines


def _broken(piece: str, measure: Measure, width: float) -> list[str]:
    """A piece wider than a line, cut where a line is full."""
    found, line = [], ""
    for character in piece:
        if line and measure(line + character) > width:
            found.append(line)
            line = ""
        line += character
    return [*found, line]


def _cut(pieces: list[str], measure: Measure, width: float) -> str:
    """As much of a line as leaves room for the ellipsis: whole pieces, or characters of the only one."""
    room = width - measure(ELLIPSIS)
    while len(pieces) > 1 and sum(map(measure, pieces)) > room:
        pieces = pieces[:-1]
    text = "".join(pieces)
    while len(text) > 1 and measure(text) > room:
        text = text[:-1]
    return text.rstrip(" ，。、；：·,.;:-—…（《「『【([") + ELLIPSIS
