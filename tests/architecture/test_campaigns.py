"""Campaigns plug in from above: nothing below knows one by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHALICELIB = Path(__file__).parents[2] / "chalicelib"
PLAYS = sorted(
    path.name
    for path in (CHALICELIB / "growth" / "campaigns").iterdir()
    if (path / "__init__.py").exists() and path.name != "base"
)
BELOW = [path for floor in ("trade", "loyalty", "mall", "core") for path in sorted((CHALICELIB / floor).rglob("*.py"))]

HOMONYM = 'table_name("member_days")'
"""The gifts' calendar of members, no campaign."""


def test_there_are_plays() -> None:
    assert "limited_discount" in PLAYS


@pytest.mark.parametrize("play", PLAYS)
def test_no_play_has_a_name_below(play: str) -> None:
    """Not as an identifier, not as a text."""
    word = re.compile(rf"\b{play}s?\b")
    guilty = [str(path) for path in BELOW if word.search(path.read_text(encoding="utf-8").replace(HOMONYM, ""))]
    assert guilty == []
    assert not [str(path) for path in BELOW if "growth.campaigns" in path.read_text(encoding="utf-8")]


BENEFIT = re.compile(r"coupon|wallet|points_|campaign|member_price|储值|优惠券|积分抵扣|会员价", re.IGNORECASE)


def test_trade_names_no_benefit() -> None:
    """What trade says of benefits in code comes by plugs, adjustments and tenders. Prose may give examples."""
    guilty = [
        (str(path.relative_to(CHALICELIB)), word)
        for path in sorted((CHALICELIB / "trade").rglob("*.py"))
        for word in _words(ast.parse(path.read_text(encoding="utf-8")))
        if BENEFIT.search(word)
    ]
    assert guilty == []


def _words(tree: ast.Module) -> Iterator[str]:
    """Names and texts, but not what stands by itself: docstrings."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


def test_the_base_knows_no_play() -> None:
    base = sorted((CHALICELIB / "growth" / "campaigns" / "base").rglob("*.py"))
    examples = {"schemas.py"}  # the example of a body names one
    guilty = [
        (str(path), play)
        for path in base
        if path.name not in examples
        for play in PLAYS
        if play in path.read_text(encoding="utf-8")
    ]
    assert guilty == []
