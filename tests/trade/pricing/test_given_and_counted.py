"""Lines that nobody asked for, thresholds that look elsewhere, prices with pieces from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.trade.pricing.adjuster import BestPrice
from chalicelib.trade.pricing.returns.service import kept_amount
from chalicelib.trade.pricing.schemas import BelowThreshold, PricedLine, PriceOffer
from chalicelib.trade.pricing.service import Quote


def line(sku: str, amount: int, quantity: int = 1) -> PricedLine:
    named: dict[str, Any] = {"name": sku, "spec": "", "picture": "", "stock_owner": f"prd_{sku}"}
    amounts = {"unit_amount": amount, "goods_amount": amount * quantity, "quantity": quantity}
    return PricedLine(product_id=f"prd_{sku}", sku_id=f"sku_{sku}", **named, **amounts)


def quote(*lines: PricedLine) -> Quote:
    return Quote("mem_1", datetime(2026, 11, 24, tzinfo=UTC), list(lines))


def with_gift() -> Quote:
    made = quote(line("a", 10_000))
    made.adjust("first", "first", -1000)
    number = made.give(line("b", 3900))
    made.adjust(
        "gift",
        "gift",
        -3900,
        weights=[0, 3900],
        threshold_amount=9000,
        below_threshold=BelowThreshold.DEDUCT,
        counted=[9000, 0],
    )
    made.settle()
    assert (number, made.lines[1].given, made.adjustments[0].shares) == (1, True, [-1000, 0])
    return made


@pytest.mark.parametrize(("gone", "kept"), [({}, 9000), ({1: 1}, 9000), ({0: 1, 1: 1}, 0), ({0: 1}, 3900)])
def test_a_gift_hangs_on_the_goods_that_brought_it(gone: dict[int, int], kept: int) -> None:
    made = with_gift()
    assert made.payable_amount == 9000
    assert kept_amount(made.lines, made.adjustments, gone) == kept


def test_pieces_may_count() -> None:
    made = quote(line("a", 5000, 4))
    for nth in (1, 2):
        made.adjust("set", "set", -2000, threshold_amount=2 * nth, below_threshold=BelowThreshold.DEDUCT, counted=[4])
    made.settle()
    worth = [kept_amount(made.lines, made.adjustments, {0: gone}) for gone in range(5)]
    assert worth == [16_000, 13_500, 9000, 5000, 0]


def test_an_offer_says_whose_pieces_are_sold() -> None:
    made = quote(line("a", 5000), line("b", 5000))
    for number, amount, owner in ((0, 4000, "cmp_1"), (0, 4500, "cmp_2"), (1, 4000, None)):
        offer = PriceOffer(line=number, kind="x", source_id=f"s{amount}", title="x", unit_amount=amount)
        made.offers.append(offer.model_copy(update={"stock_owner": owner}))
    BestPrice().adjust(made, {})
    assert [each.stock_owner for each in made.lines] == ["cmp_1", "prd_b"]
    assert sorted((each.line, each.unit_amount) for each in made.taken) == [(0, 4000), (1, 4000)]
