"""Text into words.

Chinese has no spaces, so a dictionary cuts it (rjieba). A document is indexed under *all* dictionary words it
contains, a query is cut into the few it most probably means: hence whatever is literally a part of a name finds it.
The hidden Markov model of jieba is off on both sides, since it invents words the other side would not have.
"""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 100
MAX_WORDS = 12
_MAX_WORD = 40
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_FIRST_HAN = "\u3007"
# Controls, zero-width and direction marks, lone surrogates.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
# Runs of Chinese, of digits, of other letters: "iPhone15手机" is three words however it is written.
_RUN = re.compile(rf"[{_HAN}]+|\d+|(?:(?![{_HAN}])[^\W\d_])+")


def tidy(text: str) -> str:
    """*text* on one line with single spaces, without what can not be seen or stored."""
    return " ".join(_INVISIBLE.sub(" ", text).split())


def plain(text: str) -> str:
    """*text* as two people would write it the same: width, case and spaces made equal."""
    return tidy(unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> list[str]:
    """The words that *text* most probably means, in its order."""
    import rjieba

    found: list[str] = []
    for run in _RUN.findall(plain(text)):
        found += rjieba.cut(run, hmm=False) if run[0] >= _FIRST_HAN else [run[:_MAX_WORD]]
    return found


def all_words(text: str) -> list[str]:
    """Every dictionary word inside *text*, overlapping ones too: a superset of the :func:`words` of any part of it."""
    import rjieba

    found: list[str] = []
    for run in _RUN.findall(plain(text)):
        found += rjieba.cut_all(run) if run[0] >= _FIRST_HAN else [run[:_MAX_WORD]]
    return found


def query_words(text: str) -> list[str]:
    """The different words of what a buyer typed: at most :data:`MAX_WORDS` of its first :data:`MAX_TEXT` characters."""
    return list(dict.fromkeys(words(plain(text[:MAX_TEXT])[:MAX_TEXT])))[:MAX_WORDS]
