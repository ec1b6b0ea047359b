"""Designs and how they look: golden images, what is missing, what is too long, what is no design."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from pydantic import ValidationError

from chalicelib.mall.posters.designs.schemas import Column, Content, Design, PosterKind, Price, TextBlock
from chalicelib.mall.posters.designs.service import BuiltIn, built_in, digest
from chalicelib.mall.posters.drawing import service
from chalicelib.mall.posters.drawing.words import service as words
from infra.local.partners.wechat.codes import picture
from tests.mall.posters.factories import content, photo

GOLDEN = Path(__file__).parent / "golden"
TOLERANCE = 2.0
"""The mean difference of a channel (of 255) in a field of a picture 250 pixels wide: see :func:`difference`."""
LONG = {
    "title": "日式多功能懒人沙发（可拆洗）超大号，iPhone 15 Pro Max 官方联名限量款100%棉，送礼自用两相宜🎁",
    "summary": "一根丝一公里，轻得像没盖，春夏秋冬都能用的好被子，送给爸妈的第一床",
    "sharer": "一个名字特别特别长的微信好友昵称",
    "suffix": "起",
}
CODE = Image.open(io.BytesIO(picture("pages/product/detail", "s=Ab12Cd34Ef56", 430)))
TEMPLATES = list(built_in().values())


def draw(design: Design, filled: Content, **pictures: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(service.draw(design, filled, pictures, CODE)))


def drawn(template: BuiltIn, filled: Content) -> Image.Image:
    photos = {name: Image.open(io.BytesIO(photo(kind))) for name, kind in (("photo", "bedding"), ("avatar", "mug"))}
    return draw(template.design, filled, **photos)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The largest mean difference in one of 10 x 16 fields: a local change must not drown in the rest."""
    assert one.size == other.size
    change = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    width, height = -(-one.width // 10), -(-one.height // 16)
    boxes = [(x, y, x + width, y + height) for x in range(0, one.width, width) for y in range(0, one.height, height)]
    return max(max(ImageStat.Stat(change.crop(box)).mean) for box in boxes)


def golden_cases() -> Iterator[Any]:
    for template in TEMPLATES:
        for name, filled in (("short", content()), ("long", content(**LONG))):
            yield pytest.param(template, name, filled, id=f"{template.id}-{name}")


@pytest.mark.parametrize(("template", "name", "filled"), list(golden_cases()))
def test_golden(template: BuiltIn, name: str, filled: Content) -> None:
    """After a change that is meant: look at it, delete the file, run twice."""
    image = drawn(template, filled)
    assert image.size == (template.design.width, template.design.height)
    small = image.resize((250, image.height * 250 // image.width), Image.Resampling.LANCZOS)
    file = GOLDEN / f"{template.id}-{name}.webp"
    if not file.exists():
        small.save(file, lossless=True, method=6)
        pytest.fail(f"{file.name} was made: look at it")
    assert difference(small, Image.open(file)) < TOLERANCE


def test_the_tolerance_sees_a_missing_price() -> None:
    whole, less = content(), content()
    del less.amounts["market_price"]
    for template in TEMPLATES:
        one, other = drawn(template, whole), drawn(template, less)
        size = (250, one.height * 250 // one.width)
        assert difference(one.resize(size), other.resize(size)) > TOLERANCE


def test_at_least_five_for_products_and_the_first_is_the_default() -> None:
    assert sum(each.kind is PosterKind.PRODUCT for each in TEMPLATES) >= 5
    assert len({digest(each.design) for each in TEMPLATES}) == len(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.id)
def test_nothing_of_a_column_is_left_out_however_long(template: BuiltIn) -> None:
    filled = content(**LONG)
    for layer in template.design.layers:
        if isinstance(layer, Column):
            blocks = [words._item(item, filled, layer.width) for item in layer.items]
            gaps = layer.gap * sum(item.kind != "gap" for item in layer.items[1:])
            assert sum(block.height for block in blocks if block) + gaps <= layer.height


def test_the_same_is_the_same_to_the_byte() -> None:
    design, filled = TEMPLATES[0].design, content()
    assert service.draw(design, filled, {}, CODE) == service.draw(design, filled, {}, CODE)


def minimal(*layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"width": 400, "height": 600, "layers": [*layers, {"kind": "code", "x": 200, "y": 400, "size": 180}], **more}


def ink(design: dict[str, Any], filled: Content) -> tuple[int, int, int, int] | None:
    """Where something dark is, above the code."""
    image = draw(Design.model_validate(design), filled).convert("L").crop((0, 0, 400, 390))
    return image.point([255] * 128 + [0] * 128).getbbox()


TITLE = {"kind": "text", "x": 20, "y": 20, "width": 360, "height": 200, "size": 40, "color": "#000000"}
PRICE = {"kind": "price", "x": 20, "y": 20, "width": 360, "height": 80, "size": 60, "small": 30, "color": "#000000"}


def test_text_stays_in_its_box() -> None:
    for title in ("茶", LONG["title"], "W" * 80, "🎁" * 9 + "茶", "（（（（（（（（（（（（（（（（（（（（"):
        design = minimal({**TITLE, "texts": ["{title}"], "max_lines": 12})
        box = ink(design, content(title=title))
        assert box is not None
        assert box[0] >= 16
        assert box[1] >= 16
        assert box[2] <= 384
        assert box[3] <= 224


def test_the_first_text_whose_slots_are_filled_is_taken() -> None:
    texts = ["{sharer} 和 {shop}", "{shop}", "好物"]
    for given, shown in (
        ({}, "林小满 和 屿上生活"),
        ({"sharer": ""}, "屿上生活"),
        ({"sharer": "", "shop": ""}, "好物"),
    ):
        assert words.resolved(texts, content(**given)) == shown
    assert words.resolved(["{note}"], content()) is None
    assert words.resolved(["原价{market_price}"], content()) == "原价¥919"


def test_layers_that_need_what_is_not_there_are_left_out() -> None:
    block = {"kind": "rect", "x": 0, "y": 0, "width": 400, "height": 300, "fill": "#000000"}
    nobody = Content(texts={"title": "茶", "sharer": "🎉"})
    assert ink(minimal({**block, "needs": ["sharer"]}), nobody) is None
    assert ink(minimal({**block, "unless": ["sharer"]}), nobody) == (0, 0, 400, 300)
    assert ink(minimal({**block, "needs": ["sharer"]}), content()) == (0, 0, 400, 300)


@pytest.mark.parametrize("amount", [1, 99, 100, 990, 89_900, 12_999_990, 10_000_000_000])
def test_a_price_fits_however_high(amount: int) -> None:
    filled = Content(amounts={"price": amount, "market_price": min(2 * amount, 10_000_000_000)}, texts={"suffix": "起"})
    box = ink(minimal({**PRICE, "struck": {"size": 26, "color": "#000000"}}), filled)
    assert box is not None
    assert box[2] <= 382


def test_a_former_price_that_is_not_higher_is_not_shown() -> None:
    layer = {**PRICE, "struck": {"size": 26, "color": "#000000"}}
    alone = ink(minimal(layer), Content(amounts={"price": 9900}))
    assert ink(minimal(layer), Content(amounts={"price": 9900, "market_price": 9900})) == alone
    higher = ink(minimal(layer), Content(amounts={"price": 9900, "market_price": 10_000}))
    assert alone is not None
    assert higher is not None
    assert higher[2] > alone[2]


def test_a_missing_picture_leaves_its_fill_and_an_avatar_an_initial() -> None:
    layer = {"kind": "picture", "slot": "avatar", "x": 20, "y": 20, "width": 200, "height": 200, "fill": "#ffffff"}
    assert ink(minimal(layer), content()) is None
    box = ink(minimal({**layer, "initial": "#000000", "radius": 100}), content())
    assert box is not None
    assert (box[0] + box[2]) / 2 == pytest.approx(120, abs=6)
    assert (box[1] + box[3]) / 2 == pytest.approx(120, abs=6)


def test_transparency_shows_the_fill_and_corners_what_is_below() -> None:
    layer = {"kind": "picture", "slot": "picture", "x": 0, "y": 0, "width": 200, "height": 200, "fill": "#0000ff"}
    design = Design.model_validate(minimal({**layer, "radius": 100}, background="#00ff00"))
    image = draw(design, content(), photo=Image.new("RGBA", (50, 50), (255, 0, 0, 0)))
    assert image.getpixel((100, 100)) == pytest.approx((0, 0, 255), abs=8)
    assert image.getpixel((3, 3)) == pytest.approx((0, 255, 0), abs=8)


def test_a_qr_code_has_square_squares() -> None:
    from chalicelib.mall.posters.codes.service import qr_code

    code = qr_code("https://mall.test/l?s=Ab12Cd34Ef56")
    assert code.mode == "1"
    image = Image.open(io.BytesIO(service.draw(Design.model_validate(minimal()), content(), {}, code))).convert("L")
    inside = image.crop((212, 412, 368, 568)).point([0] * 128 + [255] * 128)
    scale = 156 // code.width
    edge = (156 - scale * code.width) // 2
    read = [
        [inside.getpixel((edge + scale * x + scale // 2, edge + scale * y + scale // 2)) for x in range(code.width)]
        for y in range(code.width)
    ]
    assert read == [[code.getpixel((x, y)) for x in range(code.width)] for y in range(code.width)]


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"layers": []}, "at least 1"),
        (minimal({**TITLE, "texts": ["{secret}"]}), "no such slot"),
        (minimal({**TITLE, "texts": ["{title}"], "x": 100}), "hangs over the edge"),
        (minimal({**TITLE, "texts": ["{title}"], "color": "red"}), "pattern"),
        (minimal({**TITLE, "texts": ["{title}"], "size": 5000}), "less than or equal"),
        (minimal({"kind": "picture", "x": 0, "y": 0, "width": 10, "height": 10}), "either slot or url"),
        (minimal({"kind": "code", "x": 0, "y": 0, "size": 200}), "one code"),
        (minimal({"kind": "script"}), "does not match"),
        (minimal(*[{**TITLE, "texts": ["a"]}] * 40), "at most 40"),
        ({**minimal(), "layers": [{"kind": "code", "x": 0, "y": 0, "size": 150}]}, "140 pixels"),
        ({**minimal(), "layers": [{"kind": "code", "x": 0, "y": 0, "size": 180, "needs": ["sharer"]}]}, "always"),
        (minimal(height=100_000), "less than or equal"),
    ],
)
def test_what_is_no_design(change: dict[str, Any], issue: str) -> None:
    with pytest.raises(ValidationError, match=issue):
        Design.model_validate({**minimal(), **change})


def test_items_of_a_column_and_placed_ones_are_told_apart() -> None:
    assert TextBlock.model_fields.keys() < {*TextBlock.model_fields, "x"}
    with pytest.raises(ValidationError):
        Price.model_validate({key: value for key, value in PRICE.items() if key != "x"})
