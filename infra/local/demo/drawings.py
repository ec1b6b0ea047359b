"""How each kind of product is drawn. A drawing gets the board, the product's color and an accent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.local.demo.pictures import Board, Color, dark, light, mix

Drawing = Callable[[Board, Color, Color], None]
WOOD, CREAM, INK = "#c99868", "#fbf3e4", "#4a4453"


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
    DRAWINGS[kind](board, color, accent)
    return board.jpeg()


def _bedding(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 850, 400, 30, INK, 0.35)
    head = board.block((150, 250, 850, 700), 60)
    board.paint(head, light(WOOD, 0.15), WOOD)
    board.paint(board.block((185, 285, 815, 700), 40), mix(WOOD, CREAM, 0.45), mix(WOOD, CREAM, 0.25))
    for x in (185, 775):
        board.paint(board.block((x, 800, x + 40, 870), 10), dark(WOOD, 0.25))
    board.paint(board.block((120, 600, 880, 830), 40), "#f7f3ee", "#dcd5cd")
    for left in (205, 505):
        pillow = board.shape(
            f"M {left} 450 C {left + 60} 425 {left + 230} 425 {left + 290} 450 C {left + 312} 500 {left + 312} 570 "
            f"{left + 290} 620 C {left + 200} 640 {left + 90} 640 {left} 620 C {left - 22} 570 {left - 22} 500 {left} 450 Z"
        )
        board.paint(pillow, light(accent, 0.35), accent)
        board.shade(pillow, dark(accent, 0.18), -14, -18, 0.55)
        board.inside(pillow, board.stroke(f"M {left + 40} 480 C {left + 90} 500 {left + 120} 520 {left + 130} 560", 6), light(accent, 0.6))
    quilt = board.shape(
        "M 95 610 C 200 570 800 570 905 610 C 925 690 930 770 915 835 C 850 860 800 830 730 845 C 650 862 600 832 520 846 "
        "C 430 862 380 832 300 846 C 220 860 160 835 85 838 C 70 770 75 690 95 610 Z"
    )
    board.paint(quilt, light(color, 0.12), dark(color, 0.1))
    for x in range(150, 900, 75):
        board.inside(quilt, board.stroke(f"M {x} 570 C {x - 20} 660 {x + 20} 760 {x - 10} 870", 10), light(color, 0.28), strength=0.75)
    fold = board.shape("M 90 622 C 200 560 800 560 910 622 C 917 650 915 670 912 690 C 800 640 200 640 88 690 C 85 670 85 650 90 622 Z")
    board.paint(fold, light(accent, 0.55), light(accent, 0.25))
    board.shade(fold, dark(accent, 0.15), 0, -12, 0.5)


def _quilt(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 800, 380, 34, INK, 0.4)
    for layer, top in enumerate((640, 510, 380)):
        inset = layer * 14
        body = board.shape(
            f"M {150 + inset} {top + 75} C {150 + inset} {top - 5} {230 + inset} {top} {300 + inset} {top} "
            f"L {790 - inset} {top} C {870 - inset} {top + 10} {870 - inset} {top + 145} {790 - inset} {top + 152} "
            f"L {230 + inset} {top + 152} C {170 + inset} {top + 152} {150 + inset} {top + 130} {150 + inset} {top + 75} Z"
        )
        board.paint(body, light(color, 0.5 - layer * 0.05), mix(color, light(color), 0.2))
        board.shade(body, dark(color, 0.16), 0, -26, 0.55)
        for x in range(240, 840, 110):
            board.inside(body, board.stroke(f"M {x} {top - 10} C {x + 34} {top + 40} {x + 34} {top + 110} {x} {top + 165}", 7), dark(color, 0.1), strength=0.4)
        seam = board.stroke(f"M {170 + inset} {top + 80} C {320} {top + 62} {640} {top + 62} {845 - inset} {top + 80}", 5)
        board.inside(body, seam, light(color, 0.75))
    board.paint(board.block((455, 374, 545, 796), 6), light(accent, 0.1), dark(accent, 0.1))
    for side in (-1, 1):
        loop = board.shape(f"M 500 372 C {500 + side * 60} 270 {500 + side * 190} 270 {500 + side * 170} 330 C {500 + side * 150} 380 {500 + side * 60} 385 500 372 Z")
        board.paint(loop, light(accent, 0.2), accent)
        board.shade(loop, dark(accent, 0.25), 0, -14, 0.6)
    board.paint(board.oval(500, 368, 34, 28), dark(accent, 0.12))


def _pillow(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 800, 380, 34, INK, 0.42)
    body = board.shape(
        "M 118 352 C 150 322 190 352 250 346 C 400 318 600 318 750 346 C 810 352 850 322 882 352 C 905 380 874 420 880 480 "
        "C 890 560 890 600 880 668 C 874 720 905 758 882 786 C 850 814 810 790 750 796 C 600 820 400 820 250 796 "
        "C 190 790 150 814 118 786 C 95 758 126 720 120 668 C 110 600 110 560 120 480 C 126 420 95 380 118 352 Z"
    )
    board.paint(body, light(color, 0.5), color)
    board.shade(body, dark(color, 0.2), -20, -34, 0.4)
    board.inside(body, board.oval(430, 500, 270, 110, -6), "#ffffff", strength=0.35)
    for x, y, to_x, to_y in ((160, 392, 300, 470), (840, 392, 700, 470), (160, 748, 300, 670), (840, 748, 700, 670)):
        crease = f"M {x} {y} C {x + (to_x - x) * 0.4} {y + (to_y - y) * 0.7} {to_x} {to_y} {to_x} {to_y}"
        board.inside(body, board.stroke(crease, 9), dark(color, 0.16), strength=0.6)
    board.inside(body, board.stroke("M 500 440 C 470 470 470 520 500 560 C 530 520 530 470 500 440 L 500 640", 7), accent, strength=0.85)
    for side in (-1, 1):
        leaf = board.oval(500 + side * 40, 585, 44, 16, side * -38)
        board.inside(body, leaf, accent, strength=0.85)
    tag = board.shape("M 876 560 L 946 548 L 952 612 L 882 624 Z")
    board.paint(tag, light(accent, 0.2), accent)


def _towel(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 800, 350, 32, INK, 0.4)
    shades = (dark(accent, 0.04), light(color, 0.5), color)
    for layer, tone in enumerate(shades):
        top = 650 - layer * 140
        body = board.shape(
            f"M 260 {top} L 780 {top} C 800 {top} 812 {top + 14} 812 {top + 30} L 812 {top + 110} C 812 {top + 130} 800 {top + 142} 780 {top + 142} "
            f"L 260 {top + 142} C 165 {top + 142} 165 {top} 260 {top} Z"
        )
        board.paint(body, light(tone, 0.22), tone)
        board.shade(body, dark(tone, 0.22), -6, -30, 0.5)
        board.inside(body, board.stroke(f"M 820 {top + 47} L 270 {top + 47} C 235 {top + 47} 235 {top + 95} 270 {top + 95} L 820 {top + 95}", 8), dark(tone, 0.2), strength=0.55)
        for x in (640, 672, 704):
            board.inside(body, board.block((x, top - 5, x + 12, top + 150)), light(tone, 0.65), strength=0.8)
    sprig = "M 470 372 C 480 300 520 250 590 215"
    board.paint(board.stroke(sprig, 9), "#7d9a72")
    for x, y, turn in ((485, 318, -70), (505, 290, 10), (528, 262, -60), (552, 245, 12), (592, 214, -30)):
        board.paint(board.oval(x, y, 34, 14, turn), "#9dbb8f", "#7d9a72")


def _bath_towel(board: Board, color: Color, accent: Color) -> None:
    board.paint(board.block((140, 196, 860, 222), 13), light(WOOD, 0.2), dark(WOOD, 0.1))
    for x in (150, 830):
        board.paint(board.block((x, 120, x + 20, 215), 10), dark(WOOD, 0.15))
    board.glow(500, 872, 260, 22, INK, 0.3)
    back = board.shape("M 300 205 L 735 205 L 752 700 L 318 700 Z")
    board.paint(back, dark(color, 0.18), dark(color, 0.28))
    front = board.shape("M 255 206 C 255 190 270 186 290 186 L 690 186 C 712 186 722 194 722 210 L 730 820 C 600 836 380 836 250 820 Z")
    board.paint(front, light(color, 0.2), color)
    for x in range(285, 740, 38):
        board.inside(front, board.stroke(f"M {x} 190 L {x} 830", 6), dark(color, 0.16), strength=0.45)
    for y in range(240, 830, 38):
        board.inside(front, board.stroke(f"M 240 {y} L 740 {y}", 6), dark(color, 0.16), strength=0.45)
    board.inside(front, board.block((240, 690, 740, 742)), light(accent, 0.2), accent)
    board.shade(front, dark(color, 0.25), -16, 0, 0.45)
    board.shade(front, light(color, 0.6), 14, 10, 0.45)


def _pot(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 806, 330, 34, INK, 0.5)
    for side in (-1, 1):
        board.paint(board.stroke(f"M {500 + side * 300} 520 C {500 + side * 390} 510 {500 + side * 390} 590 {500 + side * 300} 590", 34), dark(color, 0.2), dark(color, 0.35))
    body = board.shape("M 190 470 L 810 470 C 812 600 800 700 760 770 C 740 802 700 806 660 806 L 340 806 C 300 806 260 802 240 770 C 200 700 188 600 190 470 Z")
    board.paint(body, light(color, 0.08), dark(color, 0.12))
    board.shade(body, dark(color, 0.3), -70, -16, 0.45)
    board.inside(body, board.stroke("M 262 540 C 262 620 272 680 296 740", 24), light(color, 0.6), strength=0.75)
    board.paint(board.block((170, 440, 830, 486), 22), light(color, 0.2), dark(color, 0.1))
    lid = board.shape("M 190 444 C 220 330 360 288 500 288 C 640 288 780 330 810 444 Z")
    board.paint(lid, light(color, 0.18), color)
    board.shade(lid, dark(color, 0.28), -40, -10, 0.45)
    board.inside(lid, board.stroke("M 270 410 C 300 350 380 320 450 316", 18), light(color, 0.65), strength=0.8)
    board.paint(board.block((470, 250, 530, 296), 10), dark(accent, 0.15))
    board.paint(board.oval(500, 244, 56, 30), light(accent, 0.35), accent)
    for x in (380, 500, 620):
        board.paint(board.stroke(f"M {x} 196 C {x - 34} 160 {x + 34} 130 {x} 90", 12), "#ffffff", strength=0.65)


def _pan(board: Board, color: Color, accent: Color) -> None:
    board.glow(450, 640, 330, 250, INK, 0.35, 40)
    board.paint(board.stroke("M 660 440 L 900 200", 62), light(accent, 0.15), dark(accent, 0.15))
    board.paint(board.stroke("M 690 404 L 884 210", 12), light(accent, 0.5), strength=0.7)
    board.paint(board.oval(884, 214, 14, 14), dark(accent, 0.45))
    board.paint(board.oval(430, 590, 330, 318), light(color, 0.22), dark(color, 0.15))
    board.paint(board.oval(430, 586, 296, 284), dark(color, 0.28), color)
    board.shade(board.oval(430, 586, 296, 284), dark(color, 0.55), 14, 20, 0.6)
    white = board.shape("M 300 520 C 330 430 450 440 500 470 C 580 480 610 560 570 620 C 580 700 480 730 420 700 C 330 740 260 680 280 610 C 250 580 270 540 300 520 Z")
    board.paint(white, "#ffffff", "#f3ede2")
    board.shade(white, "#d9cfc2", -10, -14, 0.6)
    yolk = board.oval(425, 585, 86, 80)
    board.paint(yolk, "#ffcf5c", "#f5a623")
    board.paint(board.oval(398, 556, 24, 15, -30), "#fff0c0", strength=0.9)
    for x, y in ((580, 470), (250, 700), (600, 680)):
        board.paint(board.oval(x, y, 22, 10, x), "#7fae6b")


def _mug(board: Board, color: Color, accent: Color) -> None:
    board.glow(480, 806, 270, 30, INK, 0.45)
    board.paint(board.stroke("M 690 470 C 850 440 850 690 680 680", 48), light(color, 0.05), dark(color, 0.25))
    body = board.shape("M 240 370 L 710 370 C 715 520 705 660 670 760 C 655 800 640 806 600 806 L 350 806 C 310 806 295 800 280 760 C 245 660 235 520 240 370 Z")
    board.paint(body, light(color, 0.2), color)
    glaze = board.shape("M 230 360 L 720 360 L 718 520 C 690 600 660 520 620 540 C 580 560 575 640 535 636 C 495 632 500 545 455 540 C 410 535 400 590 360 590 C 320 590 310 520 280 530 C 255 540 240 560 236 500 Z")
    board.inside(body, glaze, light(accent, 0.15), accent)
    board.shade(body, dark(color, 0.35), -62, 0, 0.35)
    board.inside(body, board.stroke("M 300 420 C 298 520 304 640 326 730", 22), "#ffffff", strength=0.45)
    board.paint(board.oval(475, 370, 236, 46), light(accent, 0.35), light(accent, 0.1))
    board.paint(board.oval(475, 376, 206, 34), "#6b4630", "#8a5c40")
    board.paint(board.stroke("M 380 376 C 430 360 470 396 520 376 C 550 366 570 372 590 380", 8), "#c39a78", strength=0.8)
    for x in (410, 480, 550):
        board.paint(board.stroke(f"M {x} 300 C {x - 40} 250 {x + 40} 210 {x} 150", 13), "#ffffff", strength=0.75)


def _board(board: Board, color: Color, accent: Color) -> None:
    board.glow(510, 560, 380, 300, INK, 0.25, 40)
    plank = board.block((170, 250, 830, 830), 70)
    board.paint(plank, light(color, 0.25), color)
    for y in range(290, 830, 62):
        board.inside(plank, board.stroke(f"M 150 {y} C 350 {y - 26} 600 {y + 34} 850 {y}", 8), dark(color, 0.12), strength=0.45)
    board.shade(plank, dark(color, 0.25), -12, -18, 0.5)
    board.paint(board.oval(742, 332, 40, 40), dark(color, 0.4), dark(color, 0.25))
    board.paint(board.stroke("M 320 476 L 452 735", 36), dark(accent, 0.2), accent)
    blade = board.shape("M 334 452 L 296 474 C 236 380 176 250 150 140 C 160 130 172 132 182 142 L 334 452 Z")
    board.paint(blade, "#f4f7f9", "#c3ced5")
    board.shade(blade, "#9fb0ba", 9, -3, 0.7)
    for x, y, r in ((590, 640, 96), (680, 520, 78)):
        fruit = board.oval(x, y, r, r * 0.94)
        board.paint(fruit, "#f0705a", "#cf4436")
        board.shade(fruit, "#a83128", -16, -16, 0.5)
        board.paint(board.oval(x - r * 0.36, y - r * 0.38, r * 0.2, r * 0.12, -30), "#ffd8cc", strength=0.9)
        for turn in (-70, -20, 30, 80):
            board.paint(board.oval(x + turn * 0.3, y - r * 0.82, 26, 9, turn), "#6f9a5b")
    for x, y, turn in ((470, 450, -30), (430, 500, 30), (520, 420, 60)):
        board.paint(board.oval(x, y, 46, 20, turn), "#9cc487", "#6f9a5b")


def _tea(board: Board, color: Color, accent: Color) -> None:
    board.glow(480, 812, 290, 30, INK, 0.45)
    can = board.shape("M 300 330 L 680 330 L 680 770 C 680 830 300 830 300 770 Z")
    board.paint(can, light(color, 0.1), dark(color, 0.12))
    board.shade(can, dark(color, 0.35), -70, 0, 0.45)
    board.inside(can, board.block((330, 320, 362, 830), 10), light(color, 0.5), strength=0.5)
    label = board.shape("M 300 440 C 400 470 580 470 680 440 L 680 680 C 580 712 400 712 300 680 Z")
    board.inside(can, label, CREAM, "#efe2c9")
    board.inside(can, board.oval(490, 580, 78, 78), light(accent, 0.1), accent)
    for x, y, turn in ((490, 585, 90), (462, 566, 30), (520, 566, 150)):
        board.inside(can, board.oval(x, y, 38, 14, turn), CREAM)
    for y in (484, 662):
        board.inside(can, board.stroke(f"M 300 {y - 20} C 400 {y + 12} 580 {y + 12} 680 {y - 20}", 4), accent)
    lid = board.shape("M 286 250 C 286 200 694 200 694 250 L 694 340 C 640 372 340 372 286 340 Z")
    board.paint(lid, light(accent, 0.2), accent)
    board.shade(lid, dark(accent, 0.3), -74, 0, 0.4)
    board.paint(board.oval(490, 246, 204, 40), light(accent, 0.5), light(accent, 0.25))
    for x, y, turn in ((745, 812, -20), (800, 780, 35), (840, 830, 5), (760, 860, 60), (190, 840, 20), (235, 870, -30)):
        board.paint(board.oval(x, y, 38, 13, turn), dark(color, 0.2), dark(color, 0.45))
    for x, y in ((700, 862), (860, 786), (150, 870)):
        for dx, dy in ((-9, 0), (9, 0), (0, -9), (0, 9)):
            board.paint(board.oval(x + dx, y + dy, 9, 9), "#f5b83d")


def _nuts(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 826, 330, 30, INK, 0.45)
    bag = board.shape("M 300 190 L 700 190 L 706 260 C 730 420 750 640 730 800 C 640 836 360 836 270 800 C 250 640 270 420 294 260 Z")
    board.paint(bag, light(color, 0.15), dark(color, 0.05))
    board.shade(bag, dark(color, 0.28), -48, -8, 0.45)
    board.shade(bag, light(color, 0.6), 22, 0, 0.5)
    board.inside(bag, board.block((280, 190, 720, 250)), dark(color, 0.12))
    board.inside(bag, board.block((280, 212, 720, 220)), light(color, 0.4))
    window = board.oval(500, 590, 140, 140)
    board.paint(window, "#fff7e8", "#f1dfc0")
    rows = ((430, 560, 30), (520, 530, -30), (580, 610, 60), (470, 650, 10), (555, 680, -20), (410, 630, 80), (500, 595, 45))
    for x, y, turn in rows:
        nut = board.oval(x, y, 44, 27, turn)
        board.inside(window, nut, "#d99a5b", "#a96a34")
        board.inside(window, board.oval(x - 8, y - 8, 18, 7, turn), "#f2c894", strength=0.9)
    board.paint(board.block((390, 320, 610, 350), 15), CREAM)
    board.paint(board.block((430, 372, 570, 390), 9), light(accent, 0.3))
    for x, y, turn in ((800, 800, 20), (860, 838, -35), (170, 822, -15), (228, 858, 40)):
        nut = board.oval(x, y, 46, 28, turn)
        board.paint(nut, "#dca062", "#a96a34")
        board.shade(nut, "#84501f", -8, -8, 0.6)
    for x, y in ((762, 856), (140, 872)):
        board.paint(board.oval(x, y, 26, 22), "#8f3b4a", "#6b2433")


def _tote(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 836, 300, 28, INK, 0.4)
    board.paint(board.stroke("M 390 380 C 390 150 610 150 610 380", 26), dark(color, 0.28))
    bag = board.shape("M 240 350 L 760 350 C 790 520 800 680 788 826 C 600 846 400 846 212 826 C 200 680 210 520 240 350 Z")
    board.paint(bag, light(color, 0.25), color)
    board.inside(bag, board.block((200, 350, 800, 386)), light(color, 0.45))
    board.inside(bag, board.oval(500, 560, 110, 110), "#f0a868", "#e8835a")
    for step, tone in enumerate((light(accent, 0.35), accent, dark(accent, 0.2))):
        y = 600 + step * 62
        wave = board.shape(f"M 190 {y} C 270 {y - 46} 330 {y + 46} 410 {y} C 490 {y - 46} 550 {y + 46} 630 {y} C 710 {y - 46} 760 {y + 30} 820 {y} L 820 {y + 58 if step < 2 else 900} L 190 {y + 58 if step < 2 else 900} Z")
        board.inside(bag, wave, tone)
    board.shade(bag, dark(color, 0.35), -26, -10, 0.35)
    board.paint(board.stroke("M 360 400 C 352 170 580 130 640 330", 30), light(color, 0.1), dark(color, 0.12))
    for x in (360, 640):
        board.paint(board.block((x - 22, 352, x + 22, 430), 6), dark(color, 0.1))


def _umbrella(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 860, 200, 22, INK, 0.3)
    board.paint(board.stroke("M 500 200 L 500 780 C 500 862 600 862 600 785", 24), light(WOOD, 0.1), dark(WOOD, 0.2))
    canopy = "M 110 540 C 130 320 310 210 500 210 C 690 210 870 320 890 540"
    whole = board.shape(canopy + " C 830 490 720 490 695 540 C 640 490 560 490 500 540 C 440 490 360 490 305 540 C 280 490 170 490 110 540 Z")
    board.paint(whole, light(color, 0.2), color)
    left = board.shape("M 305 540 C 320 380 400 240 500 210 C 310 210 130 320 110 540 C 170 490 280 490 305 540 Z")
    right = board.shape("M 695 540 C 680 380 600 240 500 210 C 690 210 870 320 890 540 C 830 490 720 490 695 540 Z")
    board.paint(left, light(color, 0.35), light(color, 0.1))
    board.paint(right, dark(color, 0.06), dark(color, 0.2))
    for x, y in ((210, 420), (400, 330), (600, 330), (790, 420), (300, 320), (500, 430), (690, 290)):
        board.inside(whole, board.oval(x, y, 16, 16), light(accent, 0.2))
    board.paint(board.oval(500, 196, 14, 24), dark(WOOD, 0.2))
    for x, y in ((140, 660), (260, 760), (760, 700), (860, 620), (700, 860), (330, 880)):
        drop = board.shape(f"M {x} {y - 34} C {x + 24} {y} {x + 22} {y + 24} {x} {y + 24} C {x - 22} {y + 24} {x - 24} {y} {x} {y - 34} Z")
        board.paint(drop, "#bcd8ea", "#86b4d2")


def _candle(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 400, 330, 300, "#ffd58a", 0.55, 80)
    board.glow(500, 826, 240, 28, "#14172a", 0.5)
    glass = board.shape("M 300 420 L 700 420 L 690 780 C 688 822 660 828 620 828 L 380 828 C 340 828 312 822 310 780 Z")
    board.paint(glass, light(color, 0.25), color)
    board.inside(glass, board.oval(500, 520, 200, 150), "#ffe6ae", strength=0.55)
    board.inside(glass, board.block((290, 600, 710, 740)), CREAM, "#efe2c9")
    board.inside(glass, board.stroke("M 400 650 L 600 650", 12), dark(accent, 0.1))
    board.inside(glass, board.stroke("M 440 690 L 560 690", 8), dark(accent, 0.1), strength=0.7)
    board.shade(glass, dark(color, 0.35), -50, 0, 0.4)
    board.inside(glass, board.block((336, 420, 362, 830), 12), "#ffffff", strength=0.35)
    board.paint(board.oval(500, 420, 200, 40), light(color, 0.5), light(color, 0.3))
    board.paint(board.oval(500, 426, 172, 28), "#fff1cf", "#f7d99a")
    board.paint(board.stroke("M 500 420 L 500 372", 8), "#4a3b33")
    board.paint(board.shape("M 500 212 C 560 300 556 390 500 392 C 444 390 440 300 500 212 Z"), "#ffc14d", "#ff9b3d")
    board.paint(board.shape("M 500 290 C 530 340 526 384 500 386 C 474 384 470 340 500 290 Z"), "#fff6d8", "#ffe08a")
    for x, y, turn in ((240, 830, -30), (200, 800, 20), (770, 836, 40), (815, 806, -20)):
        board.paint(board.oval(x, y, 44, 15, turn), "#9aa98a", "#6f8065")


def _lamp(board: Board, color: Color, accent: Color) -> None:
    board.glow(430, 520, 300, 260, "#fff0c4", 0.6, 70)
    board.glow(560, 836, 220, 26, INK, 0.4)
    base = board.block((430, 790, 700, 836), 22)
    board.paint(base, light(accent, 0.3), dark(accent, 0.1))
    board.paint(board.stroke("M 565 800 C 640 640 640 420 500 300", 26), light(accent, 0.2), dark(accent, 0.15))
    bulb = board.oval(400, 440, 72, 66)
    board.paint(bulb, "#fff8de", "#ffdf8f")
    shade = board.shape("M 480 220 C 530 225 560 270 560 310 C 580 360 590 400 570 440 C 480 410 330 410 240 470 C 230 350 330 215 480 220 Z")
    board.paint(shade, light(color, 0.2), color)
    board.shade(shade, dark(color, 0.25), -30, -14, 0.45)
    board.inside(shade, board.stroke("M 290 390 C 330 310 390 268 450 262", 18), light(color, 0.65), strength=0.7)
    board.paint(board.block((200, 770, 390, 836), 8), "#d98d7a", "#b8685a")
    board.paint(board.block((215, 782, 375, 824), 4), CREAM)
    board.paint(board.block((184, 712, 372, 770), 8), "#88a5b8", "#64859b")
    board.paint(board.block((198, 724, 358, 760), 4), CREAM)


DRAWINGS: dict[str, Drawing] = {
    "bedding": _bedding,
    "quilt": _quilt,
    "pillow": _pillow,
    "towel": _towel,
    "bath_towel": _bath_towel,
    "pot": _pot,
    "pan": _pan,
    "mug": _mug,
    "board": _board,
    "tea": _tea,
    "nuts": _nuts,
    "tote": _tote,
    "umbrella": _umbrella,
    "candle": _candle,
    "lamp": _lamp,
}
