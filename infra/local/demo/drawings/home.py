"""Things for the house."""

from __future__ import annotations

from infra.local.demo.drawings.colors import CREAM, INK, WOOD
from infra.local.demo.pictures import Board, Color, dark, light, mix


def bedding(board: Board, color: Color, accent: Color) -> None:
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
            f"{left + 290} 620 C {left + 200} "
            f"640 {left + 90} 640 {left} "
            f"620 C {left - 22} 570 "
            f"{left - 22} 500 {left} 450 Z"
        )
        board.paint(pillow, light(accent, 0.35), accent)
        board.shade(pillow, dark(accent, 0.18), -14, -18, 0.55)
        board.inside(
            pillow,
            board.stroke(f"M {left + 40} 480 C {left + 90} 500 {left + 120} 520 {left + 130} 560", 6),
            light(accent, 0.6),
        )
    quilt = board.shape(
        "M 95 610 C 200 570 800 570 905 "
        "610 C 925 690 930 770 915 835 "
        "C 850 860 800 830 730 845 "
        "C 650 862 600 832 520 846 "
        "C 430 862 380 832 300 846 C 220 860 160 835 85 838 C 70 770 75 690 95 610 Z"
    )
    board.paint(quilt, light(color, 0.12), dark(color, 0.1))
    for x in range(150, 900, 75):
        board.inside(
            quilt,
            board.stroke(f"M {x} 570 C {x - 20} 660 {x + 20} 760 {x - 10} 870", 10),
            light(color, 0.28),
            strength=0.75,
        )
    fold = board.shape(
        "M 90 622 C 200 560 800 560 910 622 C 917 650 915 670 912 690 C 800 640 200 640 88 690 C 85 670 85 650 90 622 Z"
    )
    board.paint(fold, light(accent, 0.55), light(accent, 0.25))
    board.shade(fold, dark(accent, 0.15), 0, -12, 0.5)


def quilt(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 800, 380, 34, INK, 0.4)
    for layer, top in enumerate((640, 510, 380)):
        inset = layer * 14
        body = board.shape(
            f"M {150 + inset} {top + 75} C {150 + inset} {top - 5} {230 + inset} {top} {300 + inset} {top} "
            f"L {790 - inset} {top} C {870 - inset} {top + 10} {870 - inset} {top + 145} {790 - inset} {top + 152} "
            f"L {230 + inset} {top + 152} "
            f"C {170 + inset} {top + 152} "
            f"{150 + inset} {top + 130} "
            f"{150 + inset} {top + 75} Z"
        )
        board.paint(body, light(color, 0.5 - layer * 0.05), mix(color, light(color), 0.2))
        board.shade(body, dark(color, 0.16), 0, -26, 0.55)
        for x in range(240, 840, 110):
            board.inside(
                body,
                board.stroke(f"M {x} {top - 10} C {x + 34} {top + 40} {x + 34} {top + 110} {x} {top + 165}", 7),
                dark(color, 0.1),
                strength=0.4,
            )
        seam = board.stroke(
            f"M {170 + inset} {top + 80} C {320} {top + 62} {640} {top + 62} {845 - inset} {top + 80}", 5
        )
        board.inside(body, seam, light(color, 0.75))
    board.paint(board.block((455, 374, 545, 796), 6), light(accent, 0.1), dark(accent, 0.1))
    for side in (-1, 1):
        loop = board.shape(
            f"M 500 372 C {500 + side * 60} 270 "
            f"{500 + side * 190} 270 {500 + side * 170} "
            f"330 C {500 + side * 150} 380 "
            f"{500 + side * 60} 385 500 372 Z"
        )
        board.paint(loop, light(accent, 0.2), accent)
        board.shade(loop, dark(accent, 0.25), 0, -14, 0.6)
    board.paint(board.oval(500, 368, 34, 28), dark(accent, 0.12))


def pillow(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 800, 380, 34, INK, 0.42)
    body = board.shape(
        "M 118 352 C 150 322 190 352 250 "
        "346 C 400 318 600 318 750 346 "
        "C 810 352 850 322 882 352 "
        "C 905 380 874 420 880 480 "
        "C 890 560 890 600 880 668 C 874 720 905 758 882 786 C 850 814 810 790 750 796 C 600 820 400 820 250 796 "
        "C 190 790 150 814 118 786 C 95 758 126 720 120 668 C 110 600 110 560 120 480 C 126 420 95 380 118 352 Z"
    )
    board.paint(body, light(color, 0.5), color)
    board.shade(body, dark(color, 0.2), -20, -34, 0.4)
    board.inside(body, board.oval(430, 500, 270, 110, -6), "#ffffff", strength=0.35)
    for x, y, to_x, to_y in ((160, 392, 300, 470), (840, 392, 700, 470), (160, 748, 300, 670), (840, 748, 700, 670)):
        crease = f"M {x} {y} C {x + (to_x - x) * 0.4} {y + (to_y - y) * 0.7} {to_x} {to_y} {to_x} {to_y}"
        board.inside(body, board.stroke(crease, 9), dark(color, 0.16), strength=0.6)
    board.inside(
        body,
        board.stroke("M 500 440 C 470 470 470 520 500 560 C 530 520 530 470 500 440 L 500 640", 7),
        accent,
        strength=0.85,
    )
    for side in (-1, 1):
        leaf = board.oval(500 + side * 40, 585, 44, 16, side * -38)
        board.inside(body, leaf, accent, strength=0.85)
    tag = board.shape("M 876 560 L 946 548 L 952 612 L 882 624 Z")
    board.paint(tag, light(accent, 0.2), accent)


def towel(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 800, 350, 32, INK, 0.4)
    shades = (dark(accent, 0.04), light(color, 0.5), color)
    for layer, tone in enumerate(shades):
        top = 650 - layer * 140
        body = board.shape(
            f"M 260 {top} L 780 {top} C 800 {top} "
            f"812 {top + 14} 812 {top + 30} L 812 "
            f"{top + 110} C 812 {top + 130} "
            f"800 {top + 142} 780 {top + 142} "
            f"L 260 {top + 142} C 165 {top + 142} 165 {top} 260 {top} Z"
        )
        board.paint(body, light(tone, 0.22), tone)
        board.shade(body, dark(tone, 0.22), -6, -30, 0.5)
        board.inside(
            body,
            board.stroke(
                f"M 820 {top + 47} L 270 {top + 47} C 235 {top + 47} 235 {top + 95} 270 {top + 95} L 820 {top + 95}", 8
            ),
            dark(tone, 0.2),
            strength=0.55,
        )
        for x in (640, 672, 704):
            board.inside(body, board.block((x, top - 5, x + 12, top + 150)), light(tone, 0.65), strength=0.8)
    sprig = "M 470 372 C 480 300 520 250 590 215"
    board.paint(board.stroke(sprig, 9), "#7d9a72")
    for x, y, turn in ((485, 318, -70), (505, 290, 10), (528, 262, -60), (552, 245, 12), (592, 214, -30)):
        board.paint(board.oval(x, y, 34, 14, turn), "#9dbb8f", "#7d9a72")


def bath_towel(board: Board, color: Color, accent: Color) -> None:
    board.paint(board.block((140, 196, 860, 222), 13), light(WOOD, 0.2), dark(WOOD, 0.1))
    for x in (150, 830):
        board.paint(board.block((x, 120, x + 20, 215), 10), dark(WOOD, 0.15))
    board.glow(500, 872, 260, 22, INK, 0.3)
    back = board.shape("M 300 205 L 735 205 L 752 700 L 318 700 Z")
    board.paint(back, dark(color, 0.18), dark(color, 0.28))
    front = board.shape(
        "M 255 206 C 255 190 270 186 290 186 L 690 186 C 712 186 722 194 722 210 L 730 820 C 600 836 380 836 250 820 Z"
    )
    board.paint(front, light(color, 0.2), color)
    for x in range(285, 740, 38):
        board.inside(front, board.stroke(f"M {x} 190 L {x} 830", 6), dark(color, 0.16), strength=0.45)
    for y in range(240, 830, 38):
        board.inside(front, board.stroke(f"M 240 {y} L 740 {y}", 6), dark(color, 0.16), strength=0.45)
    board.inside(front, board.block((240, 690, 740, 742)), light(accent, 0.2), accent)
    board.shade(front, dark(color, 0.25), -16, 0, 0.45)
    board.shade(front, light(color, 0.6), 14, 10, 0.45)


def lamp(board: Board, color: Color, accent: Color) -> None:
    board.glow(430, 520, 300, 260, "#fff0c4", 0.6, 70)
    board.glow(560, 836, 220, 26, INK, 0.4)
    base = board.block((430, 790, 700, 836), 22)
    board.paint(base, light(accent, 0.3), dark(accent, 0.1))
    board.paint(board.stroke("M 565 800 C 640 640 640 420 500 300", 26), light(accent, 0.2), dark(accent, 0.15))
    bulb = board.oval(400, 440, 72, 66)
    board.paint(bulb, "#fff8de", "#ffdf8f")
    shade = board.shape(
        "M 480 220 C 530 225 560 270 560 "
        "310 C 580 360 590 400 570 440 "
        "C 480 410 330 410 240 470 "
        "C 230 350 330 215 480 220 Z"
    )
    board.paint(shade, light(color, 0.2), color)
    board.shade(shade, dark(color, 0.25), -30, -14, 0.45)
    board.inside(shade, board.stroke("M 290 390 C 330 310 390 268 450 262", 18), light(color, 0.65), strength=0.7)
    board.paint(board.block((200, 770, 390, 836), 8), "#d98d7a", "#b8685a")
    board.paint(board.block((215, 782, 375, 824), 4), CREAM)
    board.paint(board.block((184, 712, 372, 770), 8), "#88a5b8", "#64859b")
    board.paint(board.block((198, 724, 358, 760), 4), CREAM)


def candle(board: Board, color: Color, accent: Color) -> None:
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
