"""Text and prices: set first (how high?), then drawn. A column sets its items before it knows where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.core.money import yuan
from chalicelib.mall.posters.designs.schemas import (
    PLACEHOLDER,
    Bar,
    Column,
    Conditional,
    Content,
    Gap,
    Price,
    PriceBlock,
    Text,
    TextBlock,
)
from chalicelib.mall.posters.drawing.fonts import service as fonts
from chalicelib.mall.posters.drawing.surface.service import Surface
from chalicelib.mall.posters.drawing.typesetting.service import wrap

Draw = Callable[[Surface, int, int], None]
"""Draws something that is set at (left, top)."""
_CENTER = 0.38
"""How far the middle of a Chinese character lies above the base line, in sizes."""
_DIGITS = 0.73
"""How high a digit is, in sizes."""
_STRUCK_AT = 0.27
_LEAST = 12
_OPENING, _CLOSING = frozenset("（《〈「『【〔〖"), frozenset("，。、；：）》〉」』】〕〗")


@dataclass(frozen=True)
class Block:
    """Something that is set: its height and how to draw it."""

    height: int
    draw: Draw


@dataclass(frozen=True)
class Run:
    """Characters of one size."""

    text: str
    size: int
    bold: bool = True

    @property
    def width(self) -> float:
        return _width(self.text, self.size, self.bold)


def visible(layer: Conditional, filled: set[str]) -> bool:
    """Whether what the layer needs is there, and what it stands in for is not."""
    return filled.issuperset(layer.needs) and filled.isdisjoint(layer.unless)


def draw_text(surface: Surface, text: Text, content: Content) -> None:
    """Set *text* in its place."""
    _place(surface, _text(text, content, text.width, text.height), text.x, text.y, text.height, text.valign)


def draw_price(surface: Surface, price: Price, content: Content) -> None:
    """Set a price at the middle of its place."""
    _place(surface, _price(price, content, price.width), price.x, price.y, price.height, "middle")


def draw_column(surface: Surface, column: Column, content: Content) -> None:
    """Set the items of a column that are there and find room."""
    filled, blocks, used = content.filled(), list[tuple[Block, int]](), 0
    for item in column.items:
        block = _item(item, content, column.width) if visible(item, filled) else None
        if block is None:
            continue
        gap = column.gap if blocks and not isinstance(item, Gap) else 0
        if used + gap + block.height > column.height:
            break
        used += gap + block.height
        blocks.append((block, gap))
    y = column.y + _offset(column.height - used, column.valign)
    for block, gap in blocks:
        block.draw(surface, column.x, y + gap)
        y += gap + block.height


def resolved(texts: list[str], content: Content) -> str | None:
    """The first of *texts* whose slots are all filled, with them."""
    known: dict[str, str] = {name: text for name, text in content.texts.items() if text}
    known |= {name: "¥" + _short(amount) for name, amount in content.amounts.items()}
    for text in texts:
        if all(name in known for name in PLACEHOLDER.findall(text)):
            return PLACEHOLDER.sub(lambda found: known[found[1]], fonts.clean(text))
    return None


def _item(item: TextBlock | PriceBlock | Bar | Gap, content: Content, width: int) -> Block | None:
    if isinstance(item, TextBlock):
        return _text(item, content, width)
    if isinstance(item, PriceBlock):
        return _price(item, content, width)
    if isinstance(item, Gap):
        return Block(item.height, lambda *_: None)
    left = _aligned(width - min(item.width, width), item.align)
    return Block(
        item.height,
        lambda surface, x, y: surface.paint((x + left, y, min(item.width, width), item.height), item.fill),
    )


def _text(text: TextBlock, content: Content, width: int, height: int | None = None) -> Block | None:
    words = resolved(text.texts, content)
    if not words:
        return None
    most = text.max_lines if height is None else max(1, min(text.max_lines, height // text.leading))

    def measure(piece: str) -> float:
        return _width(piece, text.size, text.bold) + text.spacing * len(piece)

    lines = wrap(words, measure, width + text.spacing, most, balance=text.balance)

    def draw(surface: Surface, x: int, y: int) -> None:
        for number, line in enumerate(lines):
            before, after = _blank(line, text.size)
            size = measure(line) - text.spacing - before - after
            base = y + number * text.leading + text.leading / 2 + _CENTER * text.size
            left = x + _aligned(width - size, text.align)
            _line(surface, Run(line, text.size, text.bold), left - before, base, text.color, text.spacing)
            if text.strike:
                _strike(surface, left, base, size, text.size, text.color)

    return Block(len(lines) * text.leading, draw)


def _blank(line: str, size: int) -> tuple[float, float]:
    """The empty half of wide punctuation at the ends of a line: the edge of the text is where its ink is."""
    return (size * 0.45 if line[0] in _OPENING else 0.0, size * 0.45 if line[-1] in _CLOSING else 0.0)


def _price(price: PriceBlock, content: Content, width: int) -> Block | None:
    amount = content.amounts.get("price")
    if amount is None:
        return None
    whole, _, fen = _short(amount).partition(".")
    suffix = content.texts.get("suffix", "")
    small = [Run("." + fen, price.small)] if fen else []
    small += [Run(suffix, price.small, bold=False)] if suffix else []
    runs = _fitted([Run("¥", price.small), Run(whole, price.size), *small], width)
    total = sum(run.width for run in runs) + _apart(runs)
    struck = _struck(price, content, width - total)
    gap = price.struck.gap if price.struck else 0

    def draw(surface: Surface, x: int, y: int) -> None:
        base = y + (1 + _DIGITS) / 2 * price.size
        left = float(x + _aligned(width - total - (gap + struck.width if struck else 0), price.align))
        for run in runs:
            _line(surface, run, left, base, price.color)
            left += run.width + _apart(runs) / (len(runs) - 1)
        if struck and price.struck:
            _line(surface, struck, left + gap, base, price.struck.color)
            _strike(surface, left + gap, base, struck.width, struck.size, price.struck.color)

    return Block(price.size, draw)


def _struck(price: PriceBlock, content: Content, room: float) -> Run | None:
    former, now = content.amounts.get("market_price"), content.amounts["price"]
    if price.struck is None or former is None or former <= now:
        return None
    run = Run("¥" + _short(former), price.struck.size, bold=False)
    return run if price.struck.gap + run.width <= room else None


def _fitted(runs: list[Run], width: int) -> list[Run]:
    while sum(run.width for run in runs) + _apart(runs) > width and max(run.size for run in runs) > _LEAST:
        runs = [Run(run.text, max(_LEAST, round(run.size * 0.94)), run.bold) for run in runs]
    return runs


def _apart(runs: list[Run]) -> float:
    """Room between the parts of a price, all of it."""
    return (len(runs) - 1) * runs[0].size * 0.08


def _short(amount: int) -> str:
    """``299``, ``299.90``: whole yuan without fen."""
    return yuan(amount).removesuffix(".00")


def _width(text: str, size: int, bold: bool) -> float:
    return fonts.font(size, bold=bold).getlength(text)


def _aligned(room: float, align: str) -> int:
    return round({"left": 0.0, "center": room / 2, "right": room}[align])


def _offset(room: int, valign: str) -> int:
    return {"top": 0, "middle": room // 2, "bottom": room}[valign]


def _place(surface: Surface, block: Block | None, x: int, y: int, height: int, valign: str) -> None:
    if block is not None:
        block.draw(surface, x, y + _offset(height - block.height, valign))


def _line(surface: Surface, run: Run, left: float, base: float, color: str, spacing: int = 0) -> None:
    """Characters on a base line. Spaced ones stand one by one."""
    from PIL import Image, ImageDraw

    height = round(run.size * 1.6)
    length = round(run.width + spacing * len(run.text)) + run.size
    mask = Image.new("L", (length, height))
    draw, font = ImageDraw.Draw(mask), fonts.font(run.size, bold=run.bold)
    inside = run.size // 2, round(run.size * 1.15)
    if spacing:
        at = float(inside[0])
        for character in run.text:
            draw.text((at, inside[1]), character, fill=255, font=font, anchor="ls")
            at += font.getlength(character) + spacing
    else:
        draw.text(inside, run.text, fill=255, font=font, anchor="ls")
    surface.ink(color, mask, (round(left) - inside[0], round(base) - inside[1]))


def _strike(surface: Surface, left: float, base: float, width: float, size: int, color: str) -> None:
    thick = max(2, size // 14)
    surface.paint((round(left), round(base - _STRUCK_AT * size - thick / 2), max(1, round(width)), thick), color)
