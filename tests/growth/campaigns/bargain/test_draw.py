"""Whatever is drawn: every cut is a fen at least, and all of them sum to what was to be cut."""

from __future__ import annotations

import secrets
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.growth.campaigns.bargain.cutting import service
from chalicelib.growth.campaigns.bargain.cutting.service import draw


@given(data=st.data(), cuts=st.integers(1, 30), more=st.integers(0, 10_000_000))
@settings(max_examples=120, deadline=None)
def test_any_sequence_sums_exactly_and_never_goes_below(data: st.DataObject, cuts: int, more: int) -> None:
    """The randomness itself is drawn by hypothesis: also the least and the greatest, in every order."""
    whole = left = cuts + more
    edges = st.one_of(st.just(0), st.just(10**12), st.integers(0, 10**12))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.secrets, "randbelow", lambda end: min(data.draw(edges), end - 1))
        made = []
        for remaining in range(cuts, 0, -1):
            factor = data.draw(st.sampled_from([10_000, 10_001, 15_000, 100_000]))
            amount = draw(left, remaining, factor)
            assert amount >= 1
            left -= amount
            assert left >= remaining - 1
            made.append(amount)
    assert (sum(made), left) == (whole, 0)


@given(cuts=st.integers(1, 200), more=st.integers(0, 1_000_000))
@settings(max_examples=100, deadline=None)
def test_with_the_real_randomness(cuts: int, more: int) -> None:
    left = cuts + more
    for remaining in range(cuts, 0, -1):
        left -= draw(left, remaining)
    assert left == 0


@pytest.mark.parametrize(("left", "cuts"), [(3, 4), (0, 1), (5, 0), (-1, 1)])
def test_what_can_not_be_cut(left: int, cuts: int) -> None:
    with pytest.raises(ValueError, match="can not be cut"):
        draw(left, cuts)


def test_nobody_gains_by_coming_early_or_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean of each of ten cuts of 10,000 is about 1,000: within five standard errors of 4,000 runs."""
    import random

    monkeypatch.setattr(secrets, "randbelow", random.Random(7).randrange)
    sums = [0] * 10
    for _ in range(4_000):
        left = 10_000
        for number in range(10):
            amount = draw(left, 10 - number)
            sums[number] += amount
            left -= amount
    means = [total / 4_000 for total in sums]
    assert all(abs(mean - 1_000) < 80 for mean in means), means


def test_a_newcomer_cuts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda end: 99)
    cuts = [draw(10_000, 10, factor) for factor in (10_000, 15_000, 20_000, 100_000)]
    assert cuts == [100, 150, 200, 1_000]
    assert all(before < after for before, after in pairwise(cuts))
    monkeypatch.setattr(secrets, "randbelow", lambda end: end - 1)
    assert draw(10_000, 10, 100_000) == 10_000 - 9
