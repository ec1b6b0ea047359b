"""What a basket carries of freight, whatever stands in it: conserved, never negative, never another part's."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.trade.freight.adjuster import Freight
from chalicelib.trade.freight.models import MALL, FreightRule
from chalicelib.trade.freight.rates.schemas import Charging, Rates
from chalicelib.trade.freight.rates.service import Tariff
from chalicelib.trade.freight.templates import service as templates
from chalicelib.trade.pricing.errors import AmountTooLarge, NotDeliverable
from chalicelib.trade.pricing.schemas import PricedLine, Target
from chalicelib.trade.pricing.service import Quote
from tests.trade.freight.factories import (
    DISTRICTS,
    HANGZHOU,
    TIANSHAN,
    URUMQI,
    XIHU,
    XINJIANG,
    XUHUI,
    ZHEJIANG,
    any_rates,
    flat,
    free_rates,
    line,
    lines,
    rates,
    tariffs,
)
from tests.trade.pricing.factories import quote
from tests.trade.pricing.test_quote import require_sound

TEN = Rates.model_validate(rates())


def charged(
    basket: list[PricedLine],
    known: Mapping[str, Tariff],
    region: str | None = XIHU,
    rule: FreightRule | None = None,
    off: int = 0,
) -> Quote:
    """The basket with its freight, as the price step makes it; *off*: a coupon before it."""
    priced = quote(*basket)
    priced.region_code = region
    if off:
        priced.adjust("coupon", "券", -off)
    templates._kept = (1, known)
    try:
        rule = rule or flat()
        rule.edition = 1
        Freight().adjust(priced, {FreightRule: {MALL: rule}})
    finally:
        templates.forget()
    return priced


def one(charging: Charging = Charging.PIECE, elsewhere: Rates | None = TEN, **where: Rates | None) -> dict[str, Tariff]:
    """One template, ``frt_1``."""
    by_code = {code.removeprefix("r"): each for code, each in where.items()}
    return {"frt_1": Tariff("frt_1", charging, by_code, elsewhere)}


@given(
    lines,
    tariffs(free_rates),
    st.sampled_from([*DISTRICTS, None]),
    st.sampled_from([None, "frt_1", "frt_2"]),
    st.one_of(st.none(), st.integers(0, 100_000)),
    st.integers(0, 10**6),
)
def test_sums_are_conserved_and_nothing_is_negative(
    basket: list[PricedLine],
    known: dict[str, Tariff],
    region: str | None,
    default: str | None,
    free_over: int | None,
    off: int,
) -> None:
    rule = flat(1234, free_over, default_template_id=default)
    try:
        priced = charged(basket, known, region, rule, off)
    except (NotDeliverable, AmountTooLarge):
        assume(False)
        raise
    require_sound(priced)
    assert priced.freight_amount >= 0
    assert min(priced.freighted()) >= 0
    for each in priced.adjustments:
        if each.target is Target.FREIGHT:
            held = {line.freight_template_id for line, share in zip(basket, each.shares, strict=True) if share}
            by = {(known[one].id if one in known else default or "") for one in held}
            assert by <= {each.source_id}, "a line pays for another part"
    kinds = [each.kind for each in priced.adjustments if each.target is Target.FREIGHT]
    assert kinds.count("free_freight") <= kinds.count("freight")
    for number, each in enumerate(priced.adjustments):
        if each.kind == "free_freight":
            assert each.shares == [-share for share in priced.adjustments[number - 1].shares]


@given(lines, tariffs(any_rates, everywhere=True), st.sampled_from(DISTRICTS), st.data())
def test_more_never_travels_for_less(
    basket: list[PricedLine], known: dict[str, Tariff], region: str, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(basket) - 1))
    more = [each.model_copy() for each in basket]
    more[number] = line(
        number,
        basket[number].quantity + data.draw(st.integers(1, 50)),
        price=basket[number].unit_amount,
        grams=basket[number].weight_grams,
        ml=basket[number].volume_ml,
        template_id=basket[number].freight_template_id,
    )
    try:
        assert charged(more, known, region).freight_amount >= charged(basket, known, region).freight_amount
    except AmountTooLarge:
        assume(False)


@given(lines, tariffs(free_rates, everywhere=True), st.sampled_from(DISTRICTS))
def test_the_whole_is_the_sum_of_its_parts(basket: list[PricedLine], known: dict[str, Tariff], region: str) -> None:
    """Each template's lines cost what they would cost alone."""
    groups: dict[str, list[PricedLine]] = {}
    for each in basket:
        groups.setdefault(each.freight_template_id if each.freight_template_id in known else "", []).append(each)
    try:
        apart = sum(charged(group, known, region).freight_amount for group in groups.values())
        assert charged(basket, known, region).freight_amount == apart
    except AmountTooLarge:
        assume(False)


@given(any_rates, st.integers(0, 20_000))
def test_the_amount_is_counted_step_by_step(some: Rates, units: int) -> None:
    amount, paid_for = some.first_amount, some.first_units
    while paid_for < units:
        amount, paid_for = amount + some.further_amount, paid_for + some.further_units
    assert some.amount(units) == amount


@pytest.mark.parametrize(
    ("charging", "title", "amount"),
    [
        (Charging.PIECE, "运费（3件）", 1000 + 2 * 500),
        (Charging.WEIGHT, "运费（2.400kg）", 1000 + 3 * 500),
        (Charging.VOLUME, "运费（0.090L）", 1000),
    ],
)
def test_by_piece_weight_or_volume(charging: Charging, title: str, amount: int) -> None:
    step = 1 if charging is Charging.PIECE else 500
    some = Rates.model_validate(rates((step if step == 1 else 1000, 1000), (step, 500)))
    basket = [line(1, 2, grams=700, ml=30, template_id="frt_1"), line(2, grams=1000, ml=30, template_id="frt_1")]
    priced = charged(basket, one(charging, some))
    (freight,) = priced.adjustments
    assert (freight.title, freight.amount, freight.source_id) == (title, amount, "frt_1")


def test_lines_pay_by_their_units() -> None:
    basket = [line(1, 1, price=9000, grams=3000, template_id="frt_1"), line(2, 1, grams=1000, template_id="frt_1")]
    total = 1000 + 3999 * 500
    assert charged(basket, one(Charging.WEIGHT)).freighted() == [3 * total // 4, total // 4]


def test_what_nobody_weighed_pays_the_first_amount_on_its_own_lines() -> None:
    basket = [line(1, price=5000), line(2, 2, template_id="frt_1"), line(3, 1, template_id="frt_1")]
    priced = charged(basket, one(Charging.WEIGHT))
    assert [each.amount for each in priced.adjustments] == [1000, 1000]
    assert priced.adjustments[1].shares == [0, 667, 333]


def test_free_goods_of_the_flat_rule_pay_on_their_own_lines() -> None:
    priced = charged([line(1, template_id="frt_1"), line(2, price=0), line(3, price=0)], one())
    assert priced.adjustments[1].shares == [0, 500, 500]


@pytest.mark.parametrize(
    ("free", "price", "quantity", "off", "is_free", "title"),
    [
        ({"free_over_amount": 5000}, 2500, 2, 0, True, "满50.00元包邮"),
        ({"free_over_amount": 5000}, 2500, 2, 1, False, ""),
        ({"free_over_pieces": 3}, 1, 3, 0, True, "满3件包邮"),
        ({"free_over_pieces": 3}, 9999, 2, 0, False, ""),
        ({"free_over_amount": 5000, "free_over_pieces": 3}, 1, 3, 0, True, "满50.00元或满3件包邮"),
        ({"free_over_amount": 5000, "free_over_pieces": 3, "free_needs_both": True}, 1, 3, 0, False, ""),
        (
            {"free_over_amount": 5000, "free_over_pieces": 3, "free_needs_both": True},
            2000,
            3,
            0,
            True,
            "满50.00元且满3件包邮",
        ),
        ({"free_over_amount": 0}, 0, 1, 0, True, "满0.00元包邮"),
    ],
)
def test_free_over(free: dict[str, int], price: int, quantity: int, off: int, is_free: bool, title: str) -> None:
    known = one(elsewhere=Rates.model_validate(rates(**free)))
    priced = charged([line(1, quantity, price=price, template_id="frt_1")], known, off=off)
    assert (priced.freight_amount == 0) == is_free
    if is_free:
        assert priced.adjustments[-1].title == title


def test_each_part_is_free_by_its_own_goods() -> None:
    known = one(elsewhere=Rates.model_validate(rates(free_over_amount=5000)))
    basket = [line(1, price=4000, template_id="frt_1"), line(2, price=4000)]
    assert charged(basket, known, rule=flat(700, 5000)).freight_amount == 1000 + 700
    basket = [line(1, price=5000, template_id="frt_1"), line(2, price=4000)]
    assert charged(basket, known, rule=flat(700, 5000)).freight_amount == 700


class TestRegions:
    def prices(self, tariff: Tariff) -> list[int | None]:
        found = [tariff.at(code) for code in (XIHU, "330108", "330203", TIANSHAN, "650104", XUHUI)]
        return [each.first_amount if each else None for each in found]

    def test_the_narrowest_region_wins(self) -> None:
        of = {amount: Rates.model_validate(rates((1, amount))) for amount in (1, 2, 3, 4, 9)}
        where = {ZHEJIANG: of[1], HANGZHOU: of[2], XIHU: of[3], XINJIANG: None, TIANSHAN: of[4]}
        assert self.prices(Tariff("t", Charging.PIECE, where, of[9])) == [3, 2, 1, 4, None, 9]

    def test_without_a_default_only_what_is_named(self) -> None:
        where = {HANGZHOU: TEN, URUMQI: TEN}
        assert self.prices(Tariff("t", Charging.PIECE, where, None)) == [1000, 1000, None, 1000, 1000, None]

    def test_a_closed_county_in_an_open_province(self) -> None:
        where = {ZHEJIANG: TEN, XIHU: None}
        assert self.prices(Tariff("t", Charging.PIECE, where, None))[:3] == [None, 1000, 1000]

    def test_a_code_that_the_table_no_longer_has_is_under_its_province(self) -> None:
        tariff = Tariff("t", Charging.PIECE, {ZHEJIANG: TEN}, None)
        assert tariff.at("330199") == TEN


class TestUndeliverable:
    def test_every_line_concerned_is_named_and_no_other(self) -> None:
        known = one(r650000=None)
        basket = [line(1), line(2, template_id="frt_1"), line(3, template_id="frt_1")]
        with pytest.raises(NotDeliverable) as refusal:
            charged(basket, known, TIANSHAN)
        assert refusal.value.details == {
            "region_code": TIANSHAN,
            "lines": [{"product_id": f"prd_{n}", "sku_id": f"sku_{n}"} for n in (2, 3)],
        }
        assert charged(basket, known, XIHU).freight_amount == 1000 + 1500

    def test_the_default_template_closes_for_everything_else(self) -> None:
        rule = flat(default_template_id="frt_1")
        with pytest.raises(NotDeliverable) as refusal:
            charged([line(1), line(2, template_id="frt_gone")], one(r650000=None), TIANSHAN, rule)
        assert len(refusal.value.details["lines"]) == 2


class TestWithoutAnAddress:
    def test_what_hangs_on_the_region_is_not_shown_yet(self) -> None:
        basket = [line(1), line(2, template_id="frt_1")]
        assert charged(basket, one(r650000=None), None).freight_amount == 1000
        assert charged(basket, one(r650000=TEN), None).freight_amount == 1000

    def test_what_is_the_same_everywhere_is(self) -> None:
        assert charged([line(1, 2, template_id="frt_1")], one(), None).freight_amount == 1500


def test_a_template_that_is_gone_travels_by_the_default() -> None:
    basket = [line(1, 3, template_id="frt_gone"), line(2)]
    assert charged(basket, one(), rule=flat(700)).freight_amount == 700
    priced = charged(basket, one(), rule=flat(700, default_template_id="frt_1"))
    assert [(each.source_id, each.amount) for each in priced.adjustments] == [("frt_1", 1000 + 3 * 500)]


def test_more_than_any_channel_takes_is_refused() -> None:
    heavy = Rates.model_validate(rates((1, 0), (1, 1_000_000)))
    basket = [line(1, 999, grams=10_000_000, template_id="frt_1")]
    with pytest.raises(AmountTooLarge):
        charged(basket, one(Charging.WEIGHT, heavy))
    exact = MAX_AMOUNT // 1_000_000 + 1
    assert charged([line(1, 1, grams=exact, template_id="frt_1")], one(Charging.WEIGHT, heavy)).freight_amount > 0


def test_nothing_to_pay_is_no_adjustment() -> None:
    nothing = Rates.model_validate(rates((1, 0), (1, 0), free_over_amount=0))
    assert charged([line(1, template_id="frt_1")], one(elsewhere=nothing)).adjustments == []
