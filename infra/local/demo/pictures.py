"""A small drawing board for flat illustrations: paths, gradients, core shadows. Pillow is all it needs.

Coordinates are 0 to 1000 whatever the size of the picture; everything is drawn twice as large and
reduced at the end, which makes the edges smooth.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Color = str
Point = tuple[float, float]
Box = tuple[float, float, float, float]
_STEPS = 14  # straight pieces of a curve
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}


def mix(one: Color, other: Color, share: float) -> Color:
    """The color *share* of the way from *one* to *other* (``#rrggbb``)."""
    pairs = zip(_rgb(one), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def light(color: Color, share: float = 0.3) -> Color:
    return mix(color, "#ffffff", share)


def dark(color: Color, share: float = 0.2) -> Color:
    return mix(color, "#2b2233", share)


def _rgb(color: Color) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def trace(path: str) -> list[Point]:
    """The points of a path in the language of SVG: absolute ``M L Q C Z`` only."""
    points: list[Point] = []
    tokens = re.findall(r"[A-Z]|-?[\d.]+", path)
    at = 0
    while at < len(tokens):
        command = tokens[at]
        count = _NUMBERS[command]
        at += 1
        while count and at < len(tokens) and not tokens[at].isalpha():
            numbers = [float(each) for each in tokens[at : at + count]]
            at += count
            corners = list(zip(numbers[::2], numbers[1::2], strict=True))
            points += corners if len(corners) == 1 else _curve([points[-1], *corners])
    return points


def _curve(corners: Sequence[Point]) -> list[Point]:
    """A Bezier curve of any degree, without its first point."""
    found = []
    for step in range(1, _STEPS + 1):
        row, share = list(corners), step / _STEPS
        while len(row) > 1:
            row = [(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in pairwise(row)]
        found.append(row[0])
    return found


class Board:
    """A picture being drawn. A shape is a mask; a mask is painted, shaded or lit."""

    def __init__(self, size: int, top: Color, bottom: Color) -> None:
        self._side = size * 2
        self._scale = self._side / 1000
        self._image = _gradient(self._side, self._side, top, bottom)

    # ---- shapes

    def shape(self, path: str) -> Image.Image:
        """The inside of a closed path."""
        mask = self._empty()
        ImageDraw.Draw(mask).polygon([self._at(point) for point in trace(path)], fill=255)
        return mask

    def oval(self, x: float, y: float, rx: float, ry: float, turn: float = 0) -> Image.Image:
        """An ellipse round a center, turned clockwise by degrees."""
        angle = math.radians(turn)
        points = []
        for step in range(72):
            a = step * math.tau / 72
            dx, dy = rx * math.cos(a), ry * math.sin(a)
            points.append(
                (x + dx * math.cos(angle) - dy * math.sin(angle), y + dx * math.sin(angle) + dy * math.cos(angle))
            )
        mask = self._empty()
        ImageDraw.Draw(mask).polygon([self._at(point) for point in points], fill=255)
        return mask

    def block(self, box: Box, radius: float = 0) -> Image.Image:
        """A rectangle with round corners: left, top, right, bottom."""
        mask = self._empty()
        scaled = [value * self._scale for value in box]
        ImageDraw.Draw(mask).rounded_rectangle(scaled, radius * self._scale, fill=255)
        return mask

    def stroke(self, path: str, width: float) -> Image.Image:
        """A line of that width along an open path, with round ends."""
        mask = self._empty()
        draw, points = ImageDraw.Draw(mask), [self._at(point) for point in trace(path)]
        draw.line(points, fill=255, width=max(1, round(width * self._scale)), joint="curve")
        radius = width * self._scale / 2
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        return mask

    # ---- color

    def paint(self, mask: Image.Image, color: Color, below: Color | None = None, strength: float = 1) -> Image.Image:
        """Fill *mask*: plain, or from *color* at its top to *below* at its bottom. Returns the mask."""
        box = mask.getbbox()
        if box is None:
            return mask
        part = mask.crop(box)
        if strength < 1:
            part = part.point([round(value * strength) for value in range(256)])
        width, height = box[2] - box[0], box[3] - box[1]
        self._image.paste(_rgb(color) if below is None else _gradient(width, height, color, below), box, part)
        return mask

    def shade(self, mask: Image.Image, color: Color, dx: float, dy: float, strength: float = 1) -> Image.Image:
        """The core shadow of a flat drawing: the part of *mask* that a copy moved by (dx, dy) leaves free."""
        moved = ImageChops.offset(mask, round(dx * self._scale), round(dy * self._scale))
        return self.paint(ImageChops.subtract(mask, moved), color, strength=strength)

    def inside(
        self, mask: Image.Image, part: Image.Image, color: Color, below: Color | None = None, strength: float = 1
    ) -> None:
        """Paint what *part* and *mask* share: patterns, stripes, lights that end at the edge."""
        self.paint(ImageChops.multiply(mask, part), color, below, strength)

    def glow(
        self, x: float, y: float, rx: float, ry: float, color: Color, strength: float = 0.5, blur: float = 30
    ) -> None:
        """A soft spot: a shadow on the ground, a halo."""
        # Blurred small: nothing in it is sharp, and it costs a fraction.
        small = self.oval(x, y, rx, ry).reduce(8).filter(ImageFilter.GaussianBlur(blur * self._scale / 8))
        self.paint(small.resize((self._side, self._side), Image.Resampling.BILINEAR), color, strength=strength)

    def jpeg(self) -> bytes:
        """The picture, at its final size."""
        file = io.BytesIO()
        self._image.reduce(2).save(file, "JPEG", quality=88)
        return file.getvalue()

    def _empty(self) -> Image.Image:
        return Image.new("L", (self._side, self._side))

    def _at(self, point: Point) -> Point:
        return point[0] * self._scale, point[1] * self._scale


def _gradient(width: int, height: int, top: Color, bottom: Color) -> Image.Image:
    column = Image.new("RGB", (1, height))
    pairs = list(zip(_rgb(top), _rgb(bottom), strict=True))
    rows = [tuple(round(a + (b - a) * y / height) for a, b in pairs) for y in range(height)]
    column.putdata(rows)
    return column.resize((width, height), Image.Resampling.NEAREST)
