"""What goes back for pieces: exact in every order and grouping, and no order of refunds gains anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.trade.pricing.returns.service import kept_amount, refund_amount, share_back
from chalicelib.trade.pricing.schemas import BelowThreshold
from chalicelib.trade.pricing.service import Quote
from tests.trade.pricing.factories import line, quote, quotes

DEDUCT = BelowThreshold.DEDUCT


def six_quilts(rule: BelowThreshold) -> Quote:
    """Six at 50 yuan, 60 off from 300 on: 240 paid."""
    priced = quote(line(unit_amount=5000, quantity=6))
    priced.adjust("coupon", "满300减60", -6000, threshold_amount=30_000, below_threshold=rule)
    priced.settle()
    return priced


def test_the_threshold_exploit_fails() -> None:
    """Buy six to reach the threshold, give back five: the one that stays costs its full price."""
    priced = six_quilts(DEDUCT)
    back = refund_amount(priced.lines, priced.adjustments, {}, {0: 5}, 0)
    assert back == 24_000 - 5000
    assert refund_amount(priced.lines, priced.adjustments, {0: 5}, {0: 1}, back) == 5000


def test_or_the_share_is_kept() -> None:
    priced = six_quilts(BelowThreshold.KEEP)
    back = refund_amount(priced.lines, priced.adjustments, {}, {0: 5}, 0)
    assert back == 20_000
    assert refund_amount(priced.lines, priced.adjustments, {0: 5}, {0: 1}, back) == 4000


def test_one_by_one_is_not_better_than_all_at_once() -> None:
    priced = six_quilts(DEDUCT)
    already, steps = 0, []
    for gone in range(5):
        steps.append(refund_amount(priced.lines, priced.adjustments, {0: gone}, {0: 1}, already))
        already += steps[-1]
    assert (steps, already) == ([0, 4000, 5000, 5000, 5000], 19_000)


def test_what_stays_is_never_paid_for_again() -> None:
    """A threshold that is worth more than the refund: the refund is nothing, not less."""
    priced = quote(line(unit_amount=100, number=1), line(unit_amount=29_900, number=2))
    priced.adjust("coupon", "满300减100", -10_000, threshold_amount=30_000, below_threshold=DEDUCT)
    priced.settle()
    assert refund_amount(priced.lines, priced.adjustments, {}, {0: 1}, 0) == 0
    assert refund_amount(priced.lines, priced.adjustments, {0: 1}, {1: 1}, 0) == 20_000


def test_more_than_there_is() -> None:
    priced = six_quilts(DEDUCT)
    with pytest.raises(ValueError, match="can not go back"):
        refund_amount(priced.lines, priced.adjustments, {0: 4}, {0: 3}, 0)


discounts = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**7), st.sampled_from(BelowThreshold)), max_size=3
)
picks = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), max_size=12)


@given(quotes, discounts, picks, st.integers(0, 10**6))
def test_any_sequence_ends_at_what_was_paid(
    priced: Quote, given_off: list[tuple[int, int, BelowThreshold]], wanted: list[tuple[int, int]], points: int
) -> None:
    for amount, threshold, rule in given_off:
        if sum(priced.discounted()) >= threshold:
            priced.adjust("coupon", "券", -amount, threshold_amount=threshold, below_threshold=rule)
    priced.settle()
    paid = sum(each.payable_amount for each in priced.lines)
    gone, already, points_back = dict.fromkeys(range(len(priced.lines)), 0), 0, 0
    everything = [(number, each.quantity) for number, each in enumerate(priced.lines)]
    for number, quantity in [*wanted, *everything]:
        number %= len(priced.lines)
        units = {number: min(quantity, priced.lines[number].quantity - gone[number])}
        step = refund_amount(priced.lines, priced.adjustments, gone, units, already)
        back = share_back(priced.lines, points, gone, units)
        assert step >= 0
        assert back >= 0
        already, points_back = already + step, points_back + back
        gone[number] += units[number]
        assert already <= paid
        assert already >= paid - kept_amount(priced.lines, priced.adjustments, gone)
    assert (already, points_back) == (paid, points)
