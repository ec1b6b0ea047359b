"""Orders with every benefit, and any sequence of refunds, refusals, returns and exchanges.

Everybody has to the fen what they had, every ledger adds up, and nothing happens twice.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.loyalty.coupons import factories as coupons
from tests.loyalty.points import factories as points
from tests.trade.after_sales.factories import Counter, refunded
from tests.trade.after_sales.plays import BASKETS, Basket, Play, Steps, steps


@examples(
    max_examples=18,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(basket=BASKETS, then=steps(), late=st.sampled_from([False] * 5 + [True]))
def test_everybody_has_what_they_had(counter: Counter, basket: Basket, then: Steps, late: bool) -> None:
    play = Play(counter, basket)
    placed = play.place()
    if late and placed.payable_amount:
        play.check_never_was(play.pay_too_late(placed))
        assert counter.back_by_wechat() == placed.payable_amount
        return
    play.play(play.pay(placed), then)


def test_six_are_bought_for_the_discount_and_five_go_back(counter: Counter) -> None:
    """The threshold exploit: the one that stays costs what one costs."""
    coupons.give(counter.shopper.id, "cause", kind="cash", off_amount=6_000, threshold_amount=30_000)
    counter.drain()
    order = counter.order((5_000, 6))
    assert order.payable_amount == 24_000
    shown = counter.quote(order, (0, 5))
    counter.refund(order, (0, 5)).ok()
    counter.settle()
    assert refunded(order) == shown["goods_amount"] <= 24_000 - 4_000
    kept = 24_000 - refunded(order)
    assert kept == (5_000 if order.adjustments[0].below_threshold == "deduct" else 4_000)
    counter.refund(order, (0, 1)).ok()
    counter.settle()
    assert refunded(order) == 24_000


def test_points_are_spent_first_and_the_goods_given_back_later(counter: Counter) -> None:
    """What an order earned is taken back, also when it was spent: the account owes it."""
    points.rules(freeze_days=0)
    order = counter.shipped((50_000, 2))
    counter.complete(order)
    counter.wait(hours=1)
    earned = points.posted(counter.shopper.id, "earned", order.id)
    assert earned > 0
    points.give(counter.shopper.id, -earned, month=next(iter(points.buckets(counter.shopper.id))), cause="spent")
    counter.refund(order, (0, 2)).ok()
    counter.settle()
    assert sum(points.buckets(counter.shopper.id).values()) == -earned
    points.require_sound(counter.shopper.id)
