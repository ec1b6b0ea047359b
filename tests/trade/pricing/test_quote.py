"""The price of a basket: what is charged is what the lines say, to the fen, whatever the adjusters do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import money
from chalicelib.trade.pricing.errors import AmountTooLarge
from chalicelib.trade.pricing.schemas import Target
from chalicelib.trade.pricing.service import Quote, unit_amounts
from tests.trade.pricing.factories import line, quote, quotes, steps


def require_sound(priced: Quote) -> None:
    """What holds after every step, and must hold for refunds."""
    for each in priced.adjustments:
        assert len(each.shares) == len(priced.lines)
        assert sum(each.shares) == each.amount
    assert min(priced.discounted()) >= 0
    priced.settle()
    for each in priced.lines:
        type(each).model_validate(each.model_dump())  # as it will be read from the order
        assert sum(unit_amounts(each)) == each.payable_amount
    assert sum(each.payable_amount for each in priced.lines) == priced.goods_amount - priced.discount_amount
    assert sum(each.freight_amount for each in priced.lines) == priced.freight_amount
    assert priced.payable_amount == sum(each.payable_amount + each.freight_amount for each in priced.lines) >= 0


@given(quotes, steps)
def test_shares_are_conserved_and_no_line_goes_below_zero(priced: Quote, done: list) -> None:
    for target, amount, pick in done:
        weights = None if pick is None else [weight for weight, _ in zip(pick, priced.lines, strict=False)]
        priced.adjust("step", "优惠", amount, target=target, weights=weights)
    require_sound(priced)


@given(quotes, st.integers(0, 10**7), st.lists(st.booleans(), min_size=6, max_size=6))
def test_a_discount_is_cut_to_what_the_weighted_lines_cost(priced: Quote, amount: int, picked: list[bool]) -> None:
    base = priced.discounted()
    weights = [cost if pick else 0 for cost, pick in zip(base, picked, strict=False)]
    priced.adjust("coupon", "券", -amount, weights=weights)
    assert priced.discount_amount == min(amount, sum(weights))
    for share, weight in zip(priced.adjustments[0].shares, weights, strict=True):
        assert -weight <= share <= 0


@given(quotes, st.lists(st.integers(0, 9), min_size=6, max_size=6), st.integers(0, 10**7))
def test_any_weights_give_as_much_as_there_is(priced: Quote, weights: list[int], amount: int) -> None:
    """Weights that do not follow the prices: what does not fit on one line goes to the other weighted ones."""
    weights = weights[: len(priced.lines)]
    left = sum(each.goods_amount for each, weight in zip(priced.lines, weights, strict=True) if weight)
    priced.adjust("coupon", "券", -amount, weights=weights)
    assert priced.discount_amount == min(amount, left)
    require_sound(priced)


@given(quotes, st.integers(1, 10**6))
def test_a_discount_by_default_is_fair(priced: Quote, amount: int) -> None:
    """Each line gives its proportional share, less than a fen off."""
    total = priced.goods_amount
    priced.adjust("coupon", "券", -amount)
    given_off = priced.discount_amount
    for share, each in zip(priced.adjustments[0].shares, priced.lines, strict=True):
        assert total == 0 or abs(-share * total - given_off * each.goods_amount) < total


def test_the_base_of_the_next_step_is_what_is_left() -> None:
    priced = quote(line(10_000), line(10_000))
    priced.adjust("limited", "限时", -10_000, weights=[1, 0])
    priced.adjust("coupon", "券", -5_000)
    assert priced.adjustments[1].shares == [0, -5_000]


def test_units_of_a_line_sum_to_the_line() -> None:
    priced = quote(line(333, quantity=3))
    priced.adjust("coupon", "券", -100)
    priced.settle()
    assert unit_amounts(priced.lines[0]) == [300, 300, 299]


def test_a_free_basket() -> None:
    priced = quote(line(0), line(0))
    priced.adjust("coupon", "券", -100)
    priced.adjust("freight", "运费", 1000, target=Target.FREIGHT)
    require_sound(priced)
    assert (priced.discount_amount, priced.payable_amount) == (0, 1000)


def test_freight_never_goes_below_zero_on_any_line() -> None:
    """Also when the goods, whose prices spread it, cost nothing any more."""
    priced = quote(line(100), line(100))
    priced.adjust("freight", "运费", 10, target=Target.FREIGHT)
    priced.adjust("gift", "赠", -200)
    priced.adjust("staff", "改运费", -9, target=Target.FREIGHT)
    require_sound(priced)
    assert [each.freight_amount for each in priced.lines] in ([1, 0], [0, 1])
    priced.adjust("staff", "改运费", -9, target=Target.FREIGHT)
    assert priced.freight_amount == 0


@pytest.mark.parametrize("unit", [money.MAX_AMOUNT, money.MAX_AMOUNT // 2])
def test_more_than_any_channel_takes_is_refused(unit: int) -> None:
    """In pieces of one line, in lines, or with the freight."""
    for lines in ([line(unit, quantity=3)], [line(unit)] * 3):
        with pytest.raises(AmountTooLarge):
            quote(*lines).settle()
    exact = quote(line(money.MAX_AMOUNT))
    exact.settle()
    exact.adjust("freight", "运费", 1, target=Target.FREIGHT)
    with pytest.raises(AmountTooLarge):
        exact.settle()
