"""Noto Sans SC, regular and bold, cut down by ``make fonts``."""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont

DATA = Path(__file__).parents[2] / "data" / "fonts"
MISSING = "□"
"""In place of a character that no form of is in the fonts."""


@lru_cache(maxsize=64)
def font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The font in *size* pixels. The basic layout engine: the same picture on every machine."""
    from PIL import ImageFont

    path = DATA / ("bold.ttf" if bold else "regular.ttf")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def clean(text: str) -> str:
    """*text* with characters that the fonts have, on one line.

    Emoji and other signs go, with what joins them; a letter in another form (ｆｕｌｌ, ﬁ, 𝐛𝐨𝐥𝐝) takes its plain one;
    of a letter with too rare an accent the letter stays; what is left is shown as :data:`MISSING`.
    """
    shown = "".join(_shown(character) for character in unicodedata.normalize("NFC", text))
    return re.sub(r"\s+", " ", shown).strip()


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf":  # joiners, marks of direction, soft hyphens
        return ""
    if ord(character) in characters():
        return character
    for form in ("NFKC", "NFKD"):
        plain = unicodedata.normalize(form, character)
        if plain != character and all(ord(each) in characters() for each in plain):
            return plain
    base = unicodedata.normalize("NFKD", character)[0]
    if base != character and ord(base) in characters():
        return base
    # Letters (L) and numbers (N) carry meaning; signs, marks and joiners do not.
    return MISSING if unicodedata.category(character)[0] in "LN" else ""


@cache
def characters() -> frozenset[int]:
    """The code points that both fonts have, read from the table ``cmap`` (format 4: all of them are below 65,536)."""
    return _cmap(DATA / "regular.ttf") & _cmap(DATA / "bold.ttf")


def _cmap(path: Path) -> frozenset[int]:
    with path.open("rb") as file:
        head = file.read(12)
        tables = struct.unpack(">H", head[4:6])[0]
        for tag, _, offset, length in struct.iter_unpack(">4sIII", file.read(16 * tables)):
            if tag == b"cmap":
                file.seek(offset)
                return _format_4(file.read(length))
    raise ValueError(f"{path.name} has no table of characters")


def _format_4(cmap: bytes) -> frozenset[int]:
    for _, _, offset in struct.iter_unpack(">HHI", cmap[4 : 4 + 8 * struct.unpack(">H", cmap[2:4])[0]]):
        if cmap[offset : offset + 2] == b"\x00\x04":
            segments = struct.unpack(">H", cmap[offset + 6 : offset + 8])[0] // 2
            ends = struct.unpack(f">{segments}H", cmap[offset + 14 : offset + 14 + 2 * segments])
            start = offset + 16 + 2 * segments
            starts = struct.unpack(f">{segments}H", cmap[start : start + 2 * segments])
            pairs = zip(starts, ends, strict=True)
            return frozenset(code for first, last in pairs for code in range(first, last + 1)) - {0xFFFF}
    raise ValueError("no table of format 4")
