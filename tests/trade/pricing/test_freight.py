"""Freight: flat, and free from a goods amount on, after all discounts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.settings import settings
from chalicelib.trade.freight.adjuster import Freight
from chalicelib.trade.freight.models import MALL, FreightRule, effective
from chalicelib.trade.pricing.service import Basket, Quote
from tests.trade.pricing.factories import line, quote, quotes
from tests.trade.pricing.test_quote import require_sound


def charge(priced: Quote, flat: int, free_over: int | None) -> Quote:
    rule = FreightRule(id=MALL, flat_amount=flat, free_over_amount=free_over)
    Freight().adjust(priced, {FreightRule: {MALL: rule}})
    return priced


@given(quotes, st.integers(0, 100_000), st.one_of(st.none(), st.integers(0, 10**7)), st.integers(0, 10**6))
def test_charged_or_free_and_always_sound(priced: Quote, flat: int, free_over: int | None, off: int) -> None:
    priced.adjust("coupon", "券", -off)
    charge(priced, flat, free_over)
    free = free_over is not None and sum(priced.discounted()) >= free_over
    assert priced.freight_amount == (0 if free else flat)
    require_sound(priced)


def test_free_freight_is_shown_and_takes_off_line_by_line_what_was_charged() -> None:
    priced = charge(quote(line(3333), line(6667), line(1)), 1000, 9900)
    charged, given_back = priced.adjustments
    assert (charged.kind, given_back.kind, given_back.title) == ("freight", "free_freight", "满99.00元包邮")
    assert given_back.shares == [-share for share in charged.shares]


@pytest.mark.parametrize(("off", "freight"), [(0, 0), (1, 1000)])
def test_the_threshold_looks_at_goods_after_discounts(off: int, freight: int) -> None:
    priced = quote(line(9900))
    priced.adjust("coupon", "券", -off)
    assert charge(priced, 1000, 9900).freight_amount == freight


def test_free_goods_travel_free_where_everything_does() -> None:
    priced = charge(quote(line(0), line(0)), 1000, 0)
    assert priced.freight_amount == 0
    require_sound(priced)


def test_no_freight_no_adjustment() -> None:
    assert charge(quote(line(100)), 0, None).adjustments == []


def test_without_a_rule_the_owners_settings_hold() -> None:
    priced = quote(line(100))
    Freight().adjust(priced, {FreightRule: {}})
    assert priced.freight_amount == settings().freight_amount == effective(None).flat_amount
    basket = Basket("mem_1", datetime.now(UTC), ())
    assert Freight().needs(basket) == {FreightRule: [MALL]}
