"""Things to eat, and to take along."""

from __future__ import annotations

from infra.local.demo.drawings.colors import CREAM, INK, WOOD
from infra.local.demo.pictures import Board, Color, dark, light


def tea(board: Board, color: Color, accent: Color) -> None:
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


def nuts(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 826, 330, 30, INK, 0.45)
    bag = board.shape(
        "M 300 190 L 700 190 L 706 260 C 730 420 750 640 730 800 C 640 836 360 836 270 800 C 250 640 270 420 294 260 Z"
    )
    board.paint(bag, light(color, 0.15), dark(color, 0.05))
    board.shade(bag, dark(color, 0.28), -48, -8, 0.45)
    board.shade(bag, light(color, 0.6), 22, 0, 0.5)
    board.inside(bag, board.block((280, 190, 720, 250)), dark(color, 0.12))
    board.inside(bag, board.block((280, 212, 720, 220)), light(color, 0.4))
    window = board.oval(500, 590, 140, 140)
    board.paint(window, "#fff7e8", "#f1dfc0")
    rows = (
        (430, 560, 30),
        (520, 530, -30),
        (580, 610, 60),
        (470, 650, 10),
        (555, 680, -20),
        (410, 630, 80),
        (500, 595, 45),
    )
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


def tote(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 836, 300, 28, INK, 0.4)
    board.paint(board.stroke("M 390 380 C 390 150 610 150 610 380", 26), dark(color, 0.28))
    bag = board.shape(
        "M 240 350 L 760 350 C 790 520 800 680 788 826 C 600 846 400 846 212 826 C 200 680 210 520 240 350 Z"
    )
    board.paint(bag, light(color, 0.25), color)
    board.inside(bag, board.block((200, 350, 800, 386)), light(color, 0.45))
    board.inside(bag, board.oval(500, 560, 110, 110), "#f0a868", "#e8835a")
    for step, tone in enumerate((light(accent, 0.35), accent, dark(accent, 0.2))):
        y = 600 + step * 62
        wave = board.shape(
            f"M 190 {y} C 270 {y - 46} 330 {y + 46} 410 {y} C 490 {y - 46} 550 {y + 46} 630 {y} C 710 {y - 46} 760 "
            f"{y + 30} 820 {y} L 820 {y + 58 if step < 2 else 900} L 190 {y + 58 if step < 2 else 900} Z"
        )
        board.inside(bag, wave, tone)
    board.shade(bag, dark(color, 0.35), -26, -10, 0.35)
    board.paint(board.stroke("M 360 400 C 352 170 580 130 640 330", 30), light(color, 0.1), dark(color, 0.12))
    for x in (360, 640):
        board.paint(board.block((x - 22, 352, x + 22, 430), 6), dark(color, 0.1))


def umbrella(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 860, 200, 22, INK, 0.3)
    board.paint(board.stroke("M 500 200 L 500 780 C 500 862 600 862 600 785", 24), light(WOOD, 0.1), dark(WOOD, 0.2))
    canopy = "M 110 540 C 130 320 310 210 500 210 C 690 210 870 320 890 540"
    whole = board.shape(
        canopy
        + " C 830 490 720 490 695 540 C 640 490 560 490 500 540 C 440 490 360 490 305 540 C 280 490 170 490 110 540 Z"
    )
    board.paint(whole, light(color, 0.2), color)
    left = board.shape("M 305 540 C 320 380 400 240 500 210 C 310 210 130 320 110 540 C 170 490 280 490 305 540 Z")
    right = board.shape("M 695 540 C 680 380 600 240 500 210 C 690 210 870 320 890 540 C 830 490 720 490 695 540 Z")
    board.paint(left, light(color, 0.35), light(color, 0.1))
    board.paint(right, dark(color, 0.06), dark(color, 0.2))
    for x, y in ((210, 420), (400, 330), (600, 330), (790, 420), (300, 320), (500, 430), (690, 290)):
        board.inside(whole, board.oval(x, y, 16, 16), light(accent, 0.2))
    board.paint(board.oval(500, 196, 14, 24), dark(WOOD, 0.2))
    for x, y in ((140, 660), (260, 760), (760, 700), (860, 620), (700, 860), (330, 880)):
        drop = board.shape(
            f"M {x} {y - 34} C {x + 24} {y} {x + 22} {y + 24} {x} {y + 24} "
            f"C {x - 22} {y + 24} {x - 24} {y} {x} {y - 34} Z"
        )
        board.paint(drop, "#bcd8ea", "#86b4d2")
