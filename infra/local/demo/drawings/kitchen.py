"""Things for the kitchen."""

from __future__ import annotations

from infra.local.demo.drawings.colors import INK
from infra.local.demo.pictures import Board, Color, dark, light


def pot(board: Board, color: Color, accent: Color) -> None:
    board.glow(500, 806, 330, 34, INK, 0.5)
    for side in (-1, 1):
        board.paint(
            board.stroke(
                f"M {500 + side * 300} 520 C {500 + side * 390} 510 {500 + side * 390} 590 {500 + side * 300} 590", 34
            ),
            dark(color, 0.2),
            dark(color, 0.35),
        )
    body = board.shape(
        "M 190 470 L 810 470 C 812 600 800 700 760 770 C 740 802 700 806 660 806 "
        "L 340 806 C 300 806 260 802 240 770 C 200 700 188 600 190 470 Z"
    )
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


def pan(board: Board, color: Color, accent: Color) -> None:
    board.glow(450, 640, 330, 250, INK, 0.35, 40)
    board.paint(board.stroke("M 660 440 L 900 200", 62), light(accent, 0.15), dark(accent, 0.15))
    board.paint(board.stroke("M 690 404 L 884 210", 12), light(accent, 0.5), strength=0.7)
    board.paint(board.oval(884, 214, 14, 14), dark(accent, 0.45))
    board.paint(board.oval(430, 590, 330, 318), light(color, 0.22), dark(color, 0.15))
    board.paint(board.oval(430, 586, 296, 284), dark(color, 0.28), color)
    board.shade(board.oval(430, 586, 296, 284), dark(color, 0.55), 14, 20, 0.6)
    white = board.shape(
        "M 300 520 C 330 430 450 440 500 470 C 580 480 610 560 570 620 C 580 700 480 "
        "730 420 700 C 330 740 260 680 280 610 C 250 580 270 540 300 520 Z"
    )
    board.paint(white, "#ffffff", "#f3ede2")
    board.shade(white, "#d9cfc2", -10, -14, 0.6)
    yolk = board.oval(425, 585, 86, 80)
    board.paint(yolk, "#ffcf5c", "#f5a623")
    board.paint(board.oval(398, 556, 24, 15, -30), "#fff0c0", strength=0.9)
    for x, y in ((580, 470), (250, 700), (600, 680)):
        board.paint(board.oval(x, y, 22, 10, x), "#7fae6b")


def mug(board: Board, color: Color, accent: Color) -> None:
    board.glow(480, 806, 270, 30, INK, 0.45)
    board.paint(board.stroke("M 690 470 C 850 440 850 690 680 680", 48), light(color, 0.05), dark(color, 0.25))
    body = board.shape(
        "M 240 370 L 710 370 C 715 520 705 660 670 760 C 655 800 640 806 600 806 "
        "L 350 806 C 310 806 295 800 280 760 C 245 660 235 520 240 370 Z"
    )
    board.paint(body, light(color, 0.2), color)
    glaze = board.shape(
        "M 230 360 L 720 360 L 718 520 C 690 600 660 520 620 540 C 580 560 575 640 535 636 C 495 632 500 "
        "545 455 540 C 410 535 400 590 360 590 C 320 590 310 520 280 530 C 255 540 240 560 236 500 Z"
    )
    board.inside(body, glaze, light(accent, 0.15), accent)
    board.shade(body, dark(color, 0.35), -62, 0, 0.35)
    board.inside(body, board.stroke("M 300 420 C 298 520 304 640 326 730", 22), "#ffffff", strength=0.45)
    board.paint(board.oval(475, 370, 236, 46), light(accent, 0.35), light(accent, 0.1))
    board.paint(board.oval(475, 376, 206, 34), "#6b4630", "#8a5c40")
    board.paint(
        board.stroke("M 380 376 C 430 360 470 396 520 376 C 550 366 570 372 590 380", 8), "#c39a78", strength=0.8
    )
    for x in (410, 480, 550):
        board.paint(board.stroke(f"M {x} 300 C {x - 40} 250 {x + 40} 210 {x} 150", 13), "#ffffff", strength=0.75)


def board(board: Board, color: Color, accent: Color) -> None:
    board.glow(510, 560, 380, 300, INK, 0.25, 40)
    plank = board.block((170, 250, 830, 830), 70)
    board.paint(plank, light(color, 0.25), color)
    for y in range(290, 830, 62):
        board.inside(
            plank, board.stroke(f"M 150 {y} C 350 {y - 26} 600 {y + 34} 850 {y}", 8), dark(color, 0.12), strength=0.45
        )
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
