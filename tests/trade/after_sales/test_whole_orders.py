"""Orders with every benefit, and any sequence of refunds, refusals, returns and exchanges.

Everybody has to the fen what they had, every ledger adds up, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chalicelib.core.settings import settings
from chalicelib.loyalty.coupons.models import CouponStatus
from chalicelib.trade.after_sales.models import OPEN
from chalicelib.trade.orders.models import Order, OrderStatus
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons import factories as coupons
from tests.loyalty.points import factories as points
from tests.loyalty.wallet import factories as wallet
from tests.trade.after_sales.factories import Counter, book, payment, pieces_of, refunded, waybill
from tests.trade.payments.factories import now_of

Do = Callable[..., Any]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["staff", "agree", "refuse", "cancel", "return", "partly", "exchange", "ship"]),
        st.integers(0, 1),
        st.integers(1, 3),
    ),
    max_size=6,
)


@pytest.fixture(autouse=True)
def _stored_value(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIYU_WALLET_ENABLED", "true")
    settings.cache_clear()
    yield
    monkeypatch.delenv("SIYU_WALLET_ENABLED")
    settings.cache_clear()


class Play:
    """One member with a coupon, points and stored value, and one order of theirs."""

    def __init__(self, counter: Counter, off: int, threshold: int, held: tuple[int, int], spent: int) -> None:
        self.counter, self.held, self.points = counter, held, spent
        counter.begin_anew()
        points.rules(cap_bps=8_000)
        self.me = counter.shopper.id
        self.coupon = coupons.give(self.me, "cause", kind="cash", off_amount=off, threshold_amount=threshold)
        if spent:
            points.give(self.me, spent)
        if sum(held):
            wallet.fill(self.me, *held)
        counter.drain()
        self.numbers = 100

    def order(self, lines: list[tuple[int, int]]) -> Order:
        counter = self.counter
        placed = counter.place(*lines, points="max")
        part = min(sum(self.held), placed.payable_amount)
        return counter.pay(placed.id, [{"tender": "wallet", "amount": part}] if part else None)

    def act(self, order: Order, step: str, line: int, pieces: int) -> None:
        counter, at = self.counter, (line % len(order.lines), pieces)
        if step == "ship":
            counter.ship(order, number=self.number())
        elif step == "staff":
            counter.refund(order, at)
        elif step in ("agree", "refuse", "cancel"):
            asked = counter.try_apply(order, at)
            if asked.status == 201:
                if step == "cancel":
                    counter.say(asked.json, "cancel").ok()
                else:
                    counter.decide(asked.json, step, **({"reason": "不"} if step == "refuse" else {})).ok()
        else:
            self.send_back(order, step, at)
        counter.drain(twice=True)
        counter.hear_wechat()
        counter.drain(twice=True)

    def send_back(self, order: Order, step: str, at: tuple[int, int]) -> None:
        counter, kind = self.counter, "exchange" if step == "exchange" else "return_and_refund"
        if counter.try_apply(order, at, kind=kind).status != 201:
            return
        sale = counter.buyer.get("/after-sales", query={"limit": 1}).ok()["items"][0]
        counter.agree(sale, return_to={"name": "售后部", "phone": "021-6", "address": "上海"})
        counter.say(sale, "send-back", **waybill(self.number())).ok()
        found = {"line": at[0], "accepted": at[1] // 2 if step == "partly" else at[1], "sellable": at[1] // 2}
        counter.decide(sale, "inspect", pieces=[found], note="查看").ok()
        if kind == "exchange":
            counter.decide(sale, "replacement", **waybill(self.number())).ok()

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def check(self, order: Order) -> None:
        """Whatever happened: what was paid is here or there, and every ledger is the sum of its entries."""
        now, paid = now_of(order), payment(order) if order.payable_amount else None
        back = refunded(now)
        assert (paid.refunded_amount if paid else 0) == back <= order.payable_amount
        assert now.refunded_goods_amount + now.refunded_freight_amount == back
        assert self.counter.back_by_wechat() + sum(wallet.buckets(self.me)) == self.in_wallet() + back
        wallet.require_sound(self.me)
        points.require_sound(self.me)
        for number, line in enumerate(now.lines):
            gone, asked = now.refunded_units.get(str(number), 0), book(now).get(str(number), 0)
            assert 0 <= gone + asked <= line.quantity

    def in_wallet(self) -> int:
        """What was left there when the order was paid."""
        return sum(self.held) - self.spent_by_wallet

    spent_by_wallet = 0


@examples(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    lines=st.lists(st.tuples(st.integers(1, 20_000), st.integers(1, 3)), min_size=1, max_size=2),
    off=st.integers(1, 9_000),
    threshold=st.integers(0, 20_000),
    held=st.tuples(st.integers(0, 9_000), st.integers(0, 3_000)),
    spent=st.integers(0, 9_000),
    steps=STEPS,
)
def test_everybody_has_what_they_had(
    http: Client,
    cloud: Cloud,
    frozen: MovableClock,
    partners: Partners,
    drain: Do,
    lines: list[tuple[int, int]],
    off: int,
    threshold: int,
    held: tuple[int, int],
    spent: int,
    steps: list[tuple[str, int, int]],
) -> None:
    play = Play(Counter(http, cloud, frozen, partners, drain), off, threshold, held, spent)
    order = play.order(lines)
    play.spent_by_wallet = min(sum(held), order.payable_amount)
    for step, line, pieces in steps:
        play.act(order, step, line, pieces)
        play.check(order)
    shipped = any(each[0] for each in pieces_of(order))
    for number, line in enumerate(order.lines):
        gone = now_of(order).refunded_units.get(str(number), 0)
        if left := line.quantity - gone:
            play.counter.refund(order, (number, left)).ok()
    play.counter.drain(twice=True)
    play.counter.hear_wechat()
    play.counter.drain(twice=True)
    play.check(order)
    now = now_of(order)
    assert now.refunded_units == {str(number): line.quantity for number, line in enumerate(order.lines)}
    assert refunded(now) == order.payable_amount - (order.freight_amount if shipped else 0)
    assert (now.status is OrderStatus.CANCELED) == (not shipped)
    assert wallet.buckets(play.me) == held or shipped
    assert points.buckets(play.me) == ({"2027-11": spent} if spent else {})
    assert coupons.status_of(play.coupon) is CouponStatus.UNUSED
    assert all(row["status"]["S"] not in {status.value for status in OPEN} for row in cloud.items("after_sales"))


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
