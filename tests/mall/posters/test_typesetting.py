"""Lines as Chinese is set, and characters that the fonts have."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mall.posters.drawing.fonts import service as fonts
from chalicelib.mall.posters.drawing.typesetting.service import ELLIPSIS, NO_END, NO_START, units, wrap
from infra.fonts.__main__ import gb2312


def wide(text: str) -> float:
    """Chinese is one wide, Latin half."""
    return sum(1 if ord(each) > 0x2E80 or each == ELLIPSIS else 0.5 for each in text)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("轻奢纯棉刺绣水洗四件套", 6, ["轻奢纯棉刺绣", "水洗四件套"]),
        ("纯棉刺绣（可水洗）四件套", 5, ["纯棉刺绣", "（可水洗）", "四件套"]),
        ("蚕丝被，轻如云。", 3, ["蚕丝", "被，轻", "如云。"]),
        ("新款iPhone手机壳", 4, ["新款", "iPhone手", "机壳"]),
        ("精梳100%棉1.5m床", 4, ["精梳100%", "棉1.5m床"]),
        ("一二三四五", 4, ["一二三", "四五"]),  # no single character on the last line
        ("  多  个   空格  ", 9, ["多 个 空格"]),
        ("Pneumonoultramicroscopic", 4, ["Pneumono", "ultramic", "roscopic"]),
        ("只要¥99起", 3, ["只要", "¥99起"]),
        ("茶", 10, ["茶"]),
        ("", 10, []),
    ],
)
def test_lines(text: str, width: float, lines: list[str]) -> None:
    assert wrap(text, wide, width, 9) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("轻奢纯棉刺绣水洗四件套（春夏款）", ["轻奢纯棉刺", "绣水洗四…"]),
        ("春夏秋冬，一二三，四五六七", ["春夏秋冬，", "一二三…"]),
        ("一二三四五 wonderful things", ["一二三四五", "wonderfu…"]),
    ],
)
def test_what_is_cut_is_told(text: str, lines: list[str]) -> None:
    assert wrap(text, wide, 5, 2) == lines


def test_balanced_lines_are_about_equal() -> None:
    text = "手作香薰蜡烛礼盒天然大豆蜡"
    assert [len(line) for line in wrap(text, wide, 10, 3)] == [10, 3]
    assert [len(line) for line in wrap(text, wide, 10, 3, balance=True)] == [7, 6]


_TEXT = st.text(
    st.sampled_from("轻奢纯棉四件套，。！？（）《》、：“”…¥ aBc19.%-/")
    | st.characters(categories=("L", "N", "P", "Z")),
    max_size=60,
)


@given(_TEXT, st.integers(3, 20), st.integers(1, 5), st.booleans())
def test_whatever_the_text(text: str, width: int, most: int, balance: bool) -> None:
    lines = wrap(text, wide, width, most, balance=balance)
    assert len(lines) <= most
    for line in lines:
        assert wide(line) <= width
        assert line == line.strip()
        assert line
    whole = "".join(text.split())
    shown = "".join("".join(lines).split())
    if shown != whole:
        assert lines[-1].endswith(ELLIPSIS)
        kept = shown.removesuffix(ELLIPSIS)
        assert whole.startswith(kept.rstrip(ELLIPSIS))


@given(_TEXT, st.integers(8, 20))
def test_punctuation_keeps_its_place(text: str, width: int) -> None:
    pieces = units(" ".join(text.split()))
    assert "".join(pieces) == " ".join(text.split())
    if any(wide(piece) > width for piece in pieces):
        return  # a run of punctuation longer than a line has to be broken somewhere
    lines = wrap(text, wide, width, 99)
    starts = {line[0] for line in lines[1:]}
    ends = {line[-1] for line in lines[:-1]}
    # After a space, or after an opening one, punctuation has nothing to cling to.
    clinging = {each for each in starts & NO_START if f" {each}" not in text and text[:1] != each}
    assert not clinging or any(opening + each in text for each in clinging for opening in NO_END | set("\u3000\t\n"))
    assert not {each for each in ends & NO_END if f"{each} " not in text}


def test_the_fonts_have_what_shops_write() -> None:
    known = fonts.characters()
    assert [chr(code) for code in gb2312() if code not in known] == []
    assert len([code for code in gb2312() if code >= 0x4E00]) >= 6763
    for text in ("¥￥0123456789.,%", "ABCXYZabcxyz", "éèüñçß", "℃㎡№①②③…—·「」", "囍喆堃犇燚玥"):
        assert [each for each in text if ord(each) not in known] == []


@pytest.mark.parametrize("bold", [True, False])
def test_the_table_of_characters_is_what_freetype_sees(bold: bool) -> None:
    font = fonts.font(24, bold=bold)
    empty = font.getmask("\U000f0000").getbbox()
    for text in "轻奢¥9aé":
        assert font.getmask(text).getbbox() != empty


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("送爸妈🎁的👨‍👩‍👧礼物❤️", "送爸妈的礼物"),
        ("𝐛𝐨𝐥𝐝 ﬁ", "bold fi"),
        ("e\u0301te\u0301", "été"),
        ("𠮷野家", "□野家"),
        ("ề", "e"),
        ("一\u200b二\ufeff三\u202e四", "一二三四"),
        ("行\n行\t行\u3000行", "行 行 行 行"),
        ("🎉🎉", ""),
        ("", ""),
    ],
)
def test_characters_that_are_not_there(text: str, shown: str) -> None:
    assert fonts.clean(text) == shown


@given(st.text(max_size=40))
def test_whatever_is_left_can_be_drawn(text: str) -> None:
    shown = fonts.clean(text)
    assert all(ord(each) in fonts.characters() for each in shown)
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in shown)
