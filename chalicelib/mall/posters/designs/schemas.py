"""A design: a canvas and layers, bottom first. Reference with an example: docs/algorithms/posters.md.

Lengths are pixels of the finished picture. A layer is drawn only if all its ``needs`` are filled and none of its
``unless``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from chalicelib.core.schemas import Schema
from chalicelib.mall.catalog.schemas import Picture as PictureUrl

MAX_LAYERS = 40
MIN_CODE = 140
"""A smaller code is not read well from a phone's screen."""

TextSlot = Literal["title", "summary", "sharer", "shop", "label", "note", "suffix"]
AmountSlot = Literal["price", "market_price"]
PictureSlot = Literal["picture", "avatar", "logo"]
Slot = TextSlot | AmountSlot | PictureSlot
TEXT_SLOTS: frozenset[str] = frozenset({*get_args(TextSlot), *get_args(AmountSlot)})
PLACEHOLDER = re.compile(r"\{(\w+)\}")

Color = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}([0-9a-f]{2})?$", examples=["#d8b46a", "#00000080"])]
"""``#rrggbb``, or ``#rrggbbaa`` with an opacity."""
Length = Annotated[int, Field(ge=0, le=2400)]
Size = Annotated[int, Field(ge=1, le=2400)]
FontSize = Annotated[int, Field(ge=12, le=200)]
Words = Annotated[list[Annotated[str, Field(min_length=1, max_length=80)]], Field(min_length=1, max_length=4)]
"""Texts with ``{slots}``: the first one whose slots are all filled is taken, none if there is none."""


class PosterKind(StrEnum):
    """What a poster is about."""

    PRODUCT = "product"
    CAMPAIGN = "campaign"
    GROUP = "group"
    """To join somebody's group."""
    INVITE = "invite"
    CUT = "cut"
    """To take something off a friend's price."""
    HELP = "help"
    """To help a friend to something."""
    TRIAL = "trial"
    """To try something and tell of it."""
    DISTRIBUTOR = "distributor"
    GUIDE = "guide"
    STORE = "store"


class Gradient(Schema):
    """From ``start`` to ``end``."""

    start: Color
    end: Color
    direction: Literal["down", "right"] = "down"


Fill = Color | Gradient


class Border(Schema):
    width: Annotated[int, Field(ge=1, le=40)]
    color: Color


class Shadow(Schema):
    """A soft shadow, moved down."""

    color: Color
    blur: Annotated[int, Field(ge=1, le=60)] = 24
    down: Annotated[int, Field(ge=0, le=60)] = 8


class Conditional(Schema):
    needs: Annotated[list[Slot], Field(max_length=8)] = []
    unless: Annotated[list[Slot], Field(max_length=8)] = []


class Placed(Conditional):
    """A place on the canvas; nothing hangs over its edge."""

    x: Length
    y: Length
    width: Size
    height: Size


class Shape(Placed):
    radius: Length = 0
    """Half of the smaller side, or more, makes a circle."""
    border: Border | None = None
    shadow: Shadow | None = None


class Rect(Shape):
    kind: Literal["rect"]
    fill: Fill


class Picture(Shape):
    """A picture of the content (``slot``), or always the same one (``url``)."""

    kind: Literal["picture"]
    slot: PictureSlot | None = None
    url: PictureUrl | None = None
    fit: Literal["cover", "contain"] = "cover"
    fill: Fill = "#f2f2f2"
    """Behind a picture with transparent parts, around one that is contained, in place of one that is missing."""
    initial: Color | None = None
    """Where an avatar is missing, the sharer's first character in this color."""

    @model_validator(mode="after")
    def _one_source(self) -> Picture:
        if (self.slot is None) == (self.url is None):
            raise ValueError("either slot or url")
        return self


class TextBlock(Conditional):
    """Lines of text, broken as Chinese is set: no punctuation begins a line, no Latin word is broken."""

    kind: Literal["text"]
    texts: Words
    size: FontSize
    color: Color
    bold: bool = False
    max_lines: Annotated[int, Field(ge=1, le=12)] = 1
    line_height: Annotated[int, Field(ge=12, le=400)] | None = None
    """By default 1.4 times the size."""
    align: Literal["left", "center", "right"] = "left"
    spacing: Annotated[int, Field(ge=0, le=60)] = 0
    """Between characters."""
    balance: bool = False
    """Lines of about the same length, where several are needed."""
    strike: bool = False

    @model_validator(mode="after")
    def _known_slots(self) -> TextBlock:
        unknown = {name for text in self.texts for name in PLACEHOLDER.findall(text)} - TEXT_SLOTS
        if unknown:
            raise ValueError(f"no such slot: {', '.join(sorted(unknown))}; there are {', '.join(sorted(TEXT_SLOTS))}")
        return self

    @property
    def leading(self) -> int:
        return self.line_height or round(self.size * 1.4)


class Text(TextBlock, Placed):
    valign: Literal["top", "middle", "bottom"] = "top"


class Struck(Schema):
    """The former price, struck out, behind the price; left out where it does not fit or is not higher."""

    size: FontSize
    color: Color
    gap: Annotated[int, Field(ge=0, le=200)] = 16


class PriceBlock(Conditional):
    """Yuan large, the sign and the fen small; whole yuan without fen. Too wide a price is drawn smaller."""

    kind: Literal["price"]
    size: FontSize
    small: FontSize
    color: Color
    align: Literal["left", "center", "right"] = "left"
    struck: Struck | None = None


class Price(PriceBlock, Placed):
    pass


class Bar(Conditional):
    """A short line between the items of a column."""

    kind: Literal["bar"]
    width: Size
    height: Annotated[int, Field(ge=1, le=40)]
    fill: Fill
    align: Literal["left", "center", "right"] = "left"


class Gap(Conditional):
    """More room between the items of a column."""

    kind: Literal["gap"]
    height: Annotated[int, Field(ge=1, le=400)]


class Column(Placed):
    """Items below each other: what is missing leaves no hole. What does not fit any more is left out."""

    kind: Literal["column"]
    gap: Annotated[int, Field(ge=0, le=200)] = 12
    valign: Literal["top", "middle", "bottom"] = "top"
    items: Annotated[
        list[Annotated[TextBlock | PriceBlock | Bar | Gap, Field(discriminator="kind")]],
        Field(min_length=1, max_length=12),
    ]


class Code(Conditional):
    """The mini-program code (or a QR code in its place) on a plate."""

    kind: Literal["code"]
    x: Length
    y: Length
    size: Annotated[int, Field(ge=MIN_CODE, le=1280)]
    padding: Annotated[int, Field(ge=0, le=100)] = 12
    fill: Color = "#ffffff"
    radius: Length = 0

    @property
    def width(self) -> int:
        return self.size

    @property
    def height(self) -> int:
        return self.size


Layer = Annotated[Rect | Picture | Text | Price | Column | Code, Field(discriminator="kind")]


class Design(Schema):
    """A poster as data."""

    width: Annotated[int, Field(ge=300, le=1280)] = 750
    height: Annotated[int, Field(ge=300, le=2400)]
    background: Fill = "#ffffff"
    layers: Annotated[
        list[Layer],
        Field(
            min_length=1,
            max_length=MAX_LAYERS,
            examples=[[{"kind": "code", "x": 60, "y": 60, "size": 180}]],
        ),
    ]

    @model_validator(mode="after")
    def _all_inside_with_one_code(self) -> Design:
        for number, layer in enumerate(self.layers):
            if layer.x + layer.width > self.width or layer.y + layer.height > self.height:
                raise ValueError(f"layer {number} hangs over the edge")
        codes = [layer for layer in self.layers if isinstance(layer, Code)]
        if len(codes) != 1 or codes[0].needs or codes[0].unless:
            raise ValueError("a poster has one code, always")
        if codes[0].size - 2 * codes[0].padding < MIN_CODE:
            raise ValueError(f"the code needs {MIN_CODE} pixels inside its padding")
        return self


class Content(Schema):
    """What fills the slots. Absent ones are left out of the poster."""

    texts: dict[TextSlot, Annotated[str, Field(max_length=300)]] = {}
    amounts: dict[AmountSlot, Annotated[int, Field(ge=0, le=10_000_000_000)]] = {}
    pictures: dict[PictureSlot, Annotated[str, Field(max_length=500)]] = {}

    def filled(self) -> set[str]:
        """The names of the slots that have something."""
        return {
            *(name for name, text in self.texts.items() if text.strip()),
            *self.amounts,
            *(name for name, url in self.pictures.items() if url),
        }
