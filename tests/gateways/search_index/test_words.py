"""What text is cut into."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gateways.search_index import words

NAMES = [
    "轻奢纯棉刺绣水洗四件套",
    "双宫茧桑蚕丝被 子母被",
    "100年传世珐琅锅 全家系列",
    "男式T恤 iPhone15 Pro手机壳",
    "皇室御用超柔毛巾80s",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("四件套", ["四件套"]),
        ("蚕丝被", ["蚕丝被"]),
        ("纯棉四件套", ["纯棉", "四件套"]),
        ("iPhone15手机", ["iphone", "15", "手机"]),
        ("ＩＰＨＯＮＥ　１５", ["iphone", "15"]),
        ("女T恤", ["女", "t", "恤"]),
        ("café", ["café"]),
        ("“毛巾” AND -锅*", ["毛巾", "and", "锅"]),
        ("！？，。😀", []),
        ("\ud800毛巾", ["毛巾"]),
    ],
)
def test_a_query_is_cut_into_what_it_means(text: str, expected: list[str]) -> None:
    assert words.query_words(text) == expected


@given(st.sampled_from(NAMES), st.data())
def test_any_part_of_a_name_has_only_words_of_the_name(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    part = name[start:end]
    # A part may cut a run of Latin letters or digits in two; such a half is no word of the name.
    whole = set(words.all_words(name))
    assert {word for word in words.words(part) if not word.isascii()} <= whole


def test_a_long_query_is_capped() -> None:
    assert len(words.query_words("四件套蚕丝被毛巾锅" * 10_000)) <= words.MAX_WORDS
    assert len(words.query_words("﷽" * 10_000)) <= words.MAX_WORDS
