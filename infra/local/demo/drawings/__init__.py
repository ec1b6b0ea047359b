"""How each kind of product is drawn. A drawing gets the board, the product's color and an accent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.local.demo.drawings import home, kitchen, pantry
from infra.local.demo.pictures import Board, Color, dark, light, mix


@dataclass(frozen=True)
class Scene:
    """The stage behind a product: wall, disc, table."""

    wall: Color
    table: Color
    disc: Color


SCENES = {
    "mist": Scene("#e3ecf1", "#cfdde5", "#f4f8fa"),
    "sand": Scene("#f5ead9", "#ead8be", "#fcf6ec"),
    "blush": Scene("#f8e4dd", "#efcfc4", "#fdf3ef"),
    "sage": Scene("#e3ecdf", "#cbdbc5", "#f4f8f1"),
    "dusk": Scene("#e6e3f0", "#d0cbe2", "#f5f3fa"),
    "night": Scene("#3d4560", "#2f3650", "#4d5675"),
}


def draw(kind: str, color: Color, accent: Color, scene: str, size: int = 640) -> bytes:
    """A product picture as JPEG, *size* pixels square."""
    stage = SCENES[scene]
    board = Board(size, light(stage.wall, 0.25), stage.wall)
    board.paint(board.oval(500, 470, 385, 385), stage.disc, mix(stage.disc, stage.wall, 0.5))
    board.paint(board.block((-10, 760, 1010, 1010)), stage.table, dark(stage.table, 0.06))
    _DRAWINGS[kind](board, color, accent)
    return board.jpeg()


_DRAWINGS: dict[str, Callable[[Board, Color, Color], None]] = {
    "bedding": home.bedding,
    "quilt": home.quilt,
    "pillow": home.pillow,
    "towel": home.towel,
    "bath_towel": home.bath_towel,
    "lamp": home.lamp,
    "candle": home.candle,
    "pot": kitchen.pot,
    "pan": kitchen.pan,
    "mug": kitchen.mug,
    "board": kitchen.board,
    "tea": pantry.tea,
    "nuts": pantry.nuts,
    "tote": pantry.tote,
    "umbrella": pantry.umbrella,
}
