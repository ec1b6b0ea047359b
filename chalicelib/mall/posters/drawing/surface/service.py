"""The canvas and what covers an area of it. Everything is painted through a mask, so that edges are smooth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.mall.posters.designs.schemas import Border, Fill, Gradient, Shadow

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[int, int, int, int]
"""Left, top, width, height."""
_SMOOTH = 4
"""Masks are drawn this much larger and reduced."""


def rgba(color: str) -> tuple[int, int, int, int]:
    """``#rrggbb`` or ``#rrggbbaa`` as numbers."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16), int(color[7:9] or "ff", 16)


class Surface:
    """A canvas of RGB pixels."""

    def __init__(self, width: int, height: int, background: Fill) -> None:
        from PIL import Image

        self.image = Image.new("RGB", (width, height), "#ffffff")
        self.paint((0, 0, width, height), background)

    def paint(
        self,
        box: Box,
        fill: Fill,
        *,
        radius: int = 0,
        border: Border | None = None,
        shadow: Shadow | None = None,
    ) -> None:
        """Fill *box*, with its shadow below it and its border inside of it."""
        if shadow:
            self._shadow(box, radius, shadow)
        self.lay(_filled(fill, box[2], box[3]), box, radius=radius)
        if border:
            self._border(box, radius, border)

    def picture(self, image: Image.Image, box: Box, fit: str, fill: Fill, **shape: object) -> None:
        """*image* in *box*: it covers it, or is contained by it, on *fill*."""
        from PIL import Image, ImageOps

        radius, border, shadow = shape.get("radius", 0), shape.get("border"), shape.get("shadow")
        assert isinstance(radius, int)
        size = box[2], box[3]
        below = _filled(fill, *size)
        if fit == "cover":
            # A little above the middle: what people look at is seldom at the bottom.
            fitted = ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=(0.5, 0.4))
        else:
            fitted = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
        place = ((size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2)
        below.paste(fitted, place, fitted.getchannel("A") if fitted.mode == "RGBA" else None)
        if isinstance(shadow, Shadow):
            self._shadow(box, radius, shadow)
        self.lay(below, box, radius=radius)
        if isinstance(border, Border):
            self._border(box, radius, border)

    def lay(self, image: Image.Image, box: Box, *, radius: int = 0) -> None:
        """*image*, as large as *box*, through round corners and its own opacity."""
        from PIL import ImageChops

        mask = image.getchannel("A") if image.mode == "RGBA" else None
        if radius:
            corners = round_mask(box[2], box[3], min(radius, min(box[2], box[3]) // 2))
            mask = ImageChops.multiply(corners, mask) if mask else corners
        self.image.paste(image.convert("RGB"), box[:2], mask)

    def ink(self, color: str, mask: Image.Image, place: tuple[int, int]) -> None:
        """*color* through *mask*: letters."""
        red, green, blue, opacity = rgba(color)
        if opacity < 255:
            mask = mask.point([round(value * opacity / 255) for value in range(256)])
        self.image.paste((red, green, blue), place, mask)

    def _border(self, box: Box, radius: int, border: Border) -> None:
        from PIL import ImageChops

        x, y, width, height = box
        radius = min(radius, min(width, height) // 2)
        ring = round_mask(width, height, radius).copy()
        inner = round_mask(width - 2 * border.width, height - 2 * border.width, max(0, radius - border.width))
        hole = ring.point([0] * 256)
        hole.paste(inner, (border.width, border.width))
        self.ink(border.color, ImageChops.subtract(ring, hole), (x, y))

    def _shadow(self, box: Box, radius: int, shadow: Shadow) -> None:
        from PIL import Image, ImageFilter

        x, y, width, height = box
        margin = 2 * shadow.blur
        # Blurred at a quarter of the size: nothing in it is sharp, and it costs a tenth.
        mask = Image.new("L", (width + 2 * margin, height + 2 * margin))
        mask.paste(round_mask(width, height, min(radius, min(width, height) // 2)), (margin, margin))
        small = mask.resize((max(1, mask.width // 4), max(1, mask.height // 4)), Image.Resampling.BOX)
        soft = small.filter(ImageFilter.GaussianBlur(shadow.blur / 4)).resize(mask.size, Image.Resampling.BICUBIC)
        self.ink(shadow.color, soft, (x - margin, y - margin + shadow.down))


@lru_cache(maxsize=64)
def round_mask(width: int, height: int, radius: int) -> Image.Image:
    """A rectangle with round corners. Shared: copy before changing it."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (width, height), 255)
    if radius <= 0:
        return mask
    side = radius * 2
    disc = Image.new("L", (side * _SMOOTH, side * _SMOOTH))
    ImageDraw.Draw(disc).ellipse((0, 0, side * _SMOOTH - 1, side * _SMOOTH - 1), fill=255)
    disc = disc.reduce(_SMOOTH)
    for left, top in ((0, 0), (1, 0), (0, 1), (1, 1)):
        corner = disc.crop((left * radius, top * radius, (left + 1) * radius, (top + 1) * radius))
        mask.paste(corner, (left * (width - radius), top * (height - radius)))
    return mask


def _filled(fill: Fill, width: int, height: int) -> Image.Image:
    from PIL import Image

    if not isinstance(fill, Gradient):
        return Image.new("RGBA", (width, height), rgba(fill))
    steps = height if fill.direction == "down" else width
    colors = [_between(rgba(fill.start), rgba(fill.end), step, max(1, steps - 1)) for step in range(steps)]
    strip = Image.new("RGBA", (1, steps) if fill.direction == "down" else (steps, 1))
    strip.putdata(colors)
    return strip.resize((width, height), Image.Resampling.NEAREST)


def _between(start: Sequence[int], end: Sequence[int], step: int, steps: int) -> tuple[int, ...]:
    return tuple(round(a + (b - a) * step / steps) for a, b in zip(start, end, strict=True))
