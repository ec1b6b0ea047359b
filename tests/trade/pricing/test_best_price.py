"""Item prices: of all offers for a line the lowest wins, or the one that the buyer named; exclusions close lines."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.trade.pricing.adjuster import BestPrice
from chalicelib.trade.pricing.schemas import PriceOffer
from chalicelib.trade.pricing.service import Quote, unit_amounts
from tests.trade.pricing.factories import line, quote, quotes


def offer(number: int, unit_amount: int, kind: str = "member_price", source_id: str = "", **more: Any) -> PriceOffer:
    return PriceOffer(line=number, kind=kind, source_id=source_id, title=kind, unit_amount=unit_amount, **more)


def chosen(priced: Quote) -> list[tuple[str, str, int, list[int]]]:
    BestPrice().adjust(priced, {})
    return [(each.kind, each.source_id, each.amount, each.shares) for each in priced.adjustments]


def two_lines() -> Quote:
    return quote(line(unit_amount=1000, quantity=2), line(unit_amount=500, quantity=3))


def test_the_lowest_of_a_line_wins_and_a_source_is_one_adjustment() -> None:
    priced = two_lines()
    priced.offers = [offer(0, 900), offer(1, 480), offer(0, 850, "flash_sale", "cmp_1", group="campaign")]
    assert chosen(priced) == [("flash_sale", "cmp_1", -300, [-300, 0]), ("member_price", "", -60, [0, -60])]


def test_the_same_price_goes_to_the_earlier_step() -> None:
    priced = two_lines()
    priced.offers = [offer(0, 900, "flash_sale", "cmp_1"), offer(0, 900)]
    assert chosen(priced)[0][0] == "flash_sale"


def test_an_offer_that_saves_nothing_is_left_alone_unless_it_is_named() -> None:
    priced = two_lines()
    priced.offers = [offer(0, 1000), offer(1, 700)]
    assert chosen(priced) == []
    priced = two_lines()
    priced.options = {"price": "cmp_2"}
    priced.offers = [offer(0, 800), offer(0, 1200, "group_buy", "cmp_2"), offer(1, 400)]
    assert chosen(priced) == [("group_buy", "cmp_2", 400, [400, 0]), ("member_price", "", -300, [0, -300])]


def test_excluded_lines_are_closed_to_later_steps() -> None:
    priced = two_lines()
    priced.offers = [offer(0, 900, "flash_sale", "cmp_1", group="campaign", excludes=["coupon"])]
    BestPrice().adjust(priced, {})
    assert priced.open_to("coupon") == [0, 1500]
    assert priced.open_to("points") == [1800, 1500]
    assert priced.open_to("points", not_with=["campaign"]) == [0, 1500]
    priced.adjust("coupon", "券", -100, weights=priced.open_to("coupon"), excludes=["points"])
    assert priced.adjustments[-1].shares == [0, -100]
    assert priced.open_to("points") == [1800, 0]


@given(quotes, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10**6), st.sampled_from("abc")), max_size=9))
def test_prices_stay_sound(priced: Quote, offered: list[tuple[int, int, str]]) -> None:
    priced.offers = [offer(n % len(priced.lines), amount, kind) for n, amount, kind in offered]
    before = priced.goods_amount
    BestPrice().adjust(priced, {})
    priced.settle()
    for number, each in enumerate(priced.lines):
        lowest = min([o.unit_amount for o in priced.offers if o.line == number] + [each.unit_amount])
        assert each.payable_amount == lowest * each.quantity
        assert sum(unit_amounts(each)) == each.payable_amount
    assert priced.payable_amount == before + sum(each.amount for each in priced.adjustments)
