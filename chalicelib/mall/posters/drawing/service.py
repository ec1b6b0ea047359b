"""From a design and its content to a JPEG."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.mall.posters.designs.schemas import Code, Column, Content, Design, Layer, Picture, Price, Rect, Text
from chalicelib.mall.posters.drawing.fonts import service as fonts
from chalicelib.mall.posters.drawing.surface.service import Surface
from chalicelib.mall.posters.drawing.words import service as words

if TYPE_CHECKING:
    from PIL import Image

VERSION = "1"
"""Raise it when the same design and content look different: every poster is then made anew."""
_QUALITY = 88


def draw(design: Design, content: Content, pictures: Mapping[str, Image.Image], code: Image.Image) -> bytes:
    """The poster as JPEG.

    :param pictures: URL → picture, of the content's slots and of the design's own; a missing one leaves its fill.
    :param code: the mini-program code or a QR code.
    """
    surface = Surface(design.width, design.height, design.background)
    content = content.model_copy(update={"texts": {name: fonts.clean(text) for name, text in content.texts.items()}})
    filled = content.filled()
    for layer in design.layers:
        if words.visible(layer, filled):
            _draw(surface, layer, content, pictures, code)
    file = io.BytesIO()
    # No subsampling: it smears red letters, and the edges of the code.
    surface.image.save(file, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return file.getvalue()


def _draw(
    surface: Surface, layer: Layer, content: Content, pictures: Mapping[str, Image.Image], code: Image.Image
) -> None:
    if isinstance(layer, Text):
        words.draw_text(surface, layer, content)
    elif isinstance(layer, Price):
        words.draw_price(surface, layer, content)
    elif isinstance(layer, Column):
        words.draw_column(surface, layer, content)
    elif isinstance(layer, Code):
        _code(surface, layer, code)
    elif isinstance(layer, Picture):
        _picture(surface, layer, content, pictures)
    else:
        _rect(surface, layer)


def _rect(surface: Surface, rect: Rect) -> None:
    box = rect.x, rect.y, rect.width, rect.height
    surface.paint(box, rect.fill, radius=rect.radius, border=rect.border, shadow=rect.shadow)


def _picture(surface: Surface, layer: Picture, content: Content, pictures: Mapping[str, Image.Image]) -> None:
    box = layer.x, layer.y, layer.width, layer.height
    image = pictures.get(layer.url or content.pictures.get(layer.slot or "picture", ""))
    if image is not None:
        surface.picture(
            image, box, layer.fit, layer.fill, radius=layer.radius, border=layer.border, shadow=layer.shadow
        )
        return
    surface.paint(box, layer.fill, radius=layer.radius, border=layer.border, shadow=layer.shadow)
    name = content.texts.get("sharer", "")
    if layer.initial and name:
        first = {"kind": "text", "texts": [name[0]], "size": max(12, layer.width // 2), "bold": True}
        place = {"x": layer.x, "y": layer.y, "width": layer.width, "height": layer.height}
        centered = {"align": "center", "valign": "middle", "line_height": max(12, layer.width * 6 // 10)}
        text = Text.model_validate({**first, **place, **centered, "color": layer.initial})
        words.draw_text(surface, text, content)


def _code(surface: Surface, layer: Code, code: Image.Image) -> None:
    from PIL import Image

    side = layer.size - 2 * layer.padding
    surface.paint((layer.x, layer.y, layer.size, layer.size), layer.fill, radius=layer.radius)
    if code.mode == "1":
        # A QR code, a pixel a square: every square as large as every other.
        side = code.width * max(1, side // code.width)
        fitted = code.resize((side, side), Image.Resampling.NEAREST).convert("RGB")
    else:
        fitted = code.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    edge = (layer.size - side) // 2
    surface.lay(fitted, (layer.x + edge, layer.y + edge, side, side))
