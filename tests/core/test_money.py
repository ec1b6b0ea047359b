"""Money: whole fen, conserved whatever is spread."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.money import MAX_AMOUNT, allocate, apply_bps, split, yuan

amounts = st.one_of(st.integers(-100, 100), st.integers(-MAX_AMOUNT, MAX_AMOUNT))
weights = st.lists(st.one_of(st.integers(0, 3), st.integers(0, MAX_AMOUNT)), min_size=1, max_size=40)


@given(amounts, weights)
def test_shares_sum_to_the_amount(amount: int, weights: list[int]) -> None:
    shares = allocate(amount, weights)
    assert sum(shares) == amount
    assert len(shares) == len(weights)
    assert all(share * amount >= 0 for share in shares), "no share of the other sign"


@given(amounts, weights.filter(any))
def test_each_share_is_less_than_a_fen_off(amount: int, weights: list[int]) -> None:
    total = sum(weights)
    for share, weight in zip(allocate(amount, weights), weights, strict=True):
        assert abs(share - Fraction(amount * weight, total)) < 1
        assert weight or share == 0, "what has no weight gets nothing"


@given(st.integers(0, MAX_AMOUNT), weights)
def test_a_larger_weight_never_gets_less(amount: int, weights: list[int]) -> None:
    shares = allocate(amount, weights)
    in_order = sorted(range(len(weights)), key=lambda i: (-weights[i], i))
    assert all(shares[a] >= shares[b] for a, b in pairwise(in_order))


@given(amounts, weights)
def test_a_discount_mirrors_a_charge(amount: int, weights: list[int]) -> None:
    assert allocate(-amount, weights) == [-share for share in allocate(amount, weights)]


@given(st.integers(0, 10**6), st.integers(1, 99))
def test_units_differ_by_a_fen_at_most(amount: int, units: int) -> None:
    shares = allocate(amount, [1] * units)
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True), "ties go to the earlier share"


def test_examples() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-1, [1, 2]) == [0, -1]
    assert allocate(5, [0, 0]) == [5, 0]
    assert allocate(0, [3, 4]) == [0, 0]


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_no_weights_or_negative_ones(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(1, weights)


@given(amounts, st.integers(0, 100_000))
def test_bps_round_half_up(amount: int, bps: int) -> None:
    assert abs(apply_bps(amount, bps) - Fraction(amount * bps, 10_000)) <= Fraction(1, 2)


def test_bps_examples() -> None:
    assert [apply_bps(1, each) for each in (4_999, 5_000, 10_000, 15_000)] == [0, 1, 1, 2]
    assert apply_bps(9_999, 8_500) == 8_499  # 8499.15
    assert apply_bps(-1, 5_000) == 0  # half up is towards more, below zero too
    assert apply_bps(MAX_AMOUNT, 10_000) == MAX_AMOUNT


@given(amounts)
def test_yuan_is_exact(amount: int) -> None:
    assert Fraction(yuan(amount)) == Fraction(amount, 100)


def test_yuan_examples() -> None:
    assert [yuan(each) for each in (12345, 5, 0, -5, -12345, 100)] == [
        "123.45",
        "0.05",
        "0.00",
        "-0.05",
        "-123.45",
        "1.00",
    ]


@given(weights, st.lists(st.integers(0, MAX_AMOUNT), max_size=8))
def test_what_goes_back_bit_by_bit_is_the_whole(weights: list[int], steps: list[int]) -> None:
    """Every step gives each share something or nothing, never more than its weight, and the whole at the end."""
    whole = sum(weights)
    amounts = sorted({0, whole, *(step % (whole + 1) for step in steps)})
    before = split(0, weights)
    assert before == [0] * len(weights)
    for amount in amounts:
        after = split(amount, weights)
        assert sum(after) == amount
        assert all(then <= now <= weight for then, now, weight in zip(before, after, weights, strict=True))
        before = after
    assert before == weights


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (2, [1]), (0, []), (0, [-1, 1])])
def test_no_split_beyond_the_weights(amount: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="part of the weights"):
        split(amount, weights)
