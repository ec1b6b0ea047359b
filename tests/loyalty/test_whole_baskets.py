"""Everything that makes a price, at once: member price, campaigns, coupons, points, freight, stored value, then any
refunds.

What is shown is charged, nothing falls below zero, and when all is over everybody has to the fen what they had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chalicelib.gateways.wechat import client
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.loyalty.coupons.models import CouponStatus
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.returns.service import refund_amount
from infra.local.partners import Partners
from tests.growth.campaigns.factories import item
from tests.growth.campaigns.rows import running
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons import factories as coupons
from tests.loyalty.factories import Counter
from tests.loyalty.membership import factories as membership
from tests.loyalty.points import factories as points
from tests.loyalty.wallet import factories as wallet
from tests.trade import factories
from tests.trade.payments.factories import now_of, payments, refunds

Do = Callable[..., Any]
YUAN = st.integers(1, 40_000)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Not made smaller when one fails: each try plays a whole order."""


@dataclass(frozen=True)
class Case:
    lines: list[tuple[int, int]]
    """Price and pieces."""
    coupons: list[dict[str, Any]]
    member_bps: int
    """What remains of a price for members."""
    free_shippings: int
    points: int
    spend: bool
    wallet: tuple[int, int]
    """Principal and gift."""
    by_wallet: int
    """In 1/8 of what can be paid from it."""
    campaigns: dict[str, dict[str, Any]]
    """Play → settings of one that runs; all goods take part."""
    cost_bps: int | None
    """What goods cost the shop, of their price."""
    goes_back: list[tuple[int, int]]
    """Line and pieces, in this sequence; then all that is left."""


TERMS = st.one_of(
    st.builds(lambda off, over: {"kind": "cash", "off_amount": off, "threshold_amount": over}, YUAN, YUAN),
    st.builds(
        lambda bps, over: {"kind": "percent", "off_amount": None, "off_bps": bps, "threshold_amount": over},
        st.integers(1, 10_000),
        YUAN,
    ),
    st.builds(
        lambda cap: {"kind": "free_shipping", "off_amount": None, "cap_amount": cap, "threshold_amount": 0},
        st.integers(1, 2_000),
    ),
)
BPS = st.integers(1, 9_999)
CAMPAIGNS: Any = st.fixed_dictionaries(
    {},
    optional={
        "limited_discount": st.builds(lambda bps: {"off_bps": bps}, BPS),
        "spend_and_save": st.builds(
            lambda over, bps, rate: {
                "tiers": [
                    {
                        "threshold_amount": over,
                        **({"off_bps": bps} if rate else {"off_amount": 1 + over * bps // 10_000}),
                    }
                ],
                "times_max": 1 if rate else 3,
            },
            YUAN,
            BPS,
            st.booleans(),
        ),
        "n_for_price": st.one_of(
            st.builds(lambda pieces, amount: {"pieces": pieces, "amount": amount}, st.integers(2, 3), YUAN),
            st.builds(lambda pieces, bps: {"pieces": pieces, "nth_off_bps": bps}, st.integers(2, 3), BPS),
        ),
        "gift_with_purchase": st.builds(lambda over: {"threshold_amount": over}, YUAN),
        "free_shipping_over": st.builds(lambda over: {"threshold_amount": over}, YUAN),
    },
)
CASES = st.builds(
    Case,
    lines=st.lists(st.tuples(YUAN, st.integers(1, 3)), min_size=1, max_size=3),
    coupons=st.lists(TERMS, max_size=3),
    member_bps=st.one_of(st.just(10_000), st.integers(1, 10_000)),
    free_shippings=st.integers(0, 1),
    points=st.integers(0, 30_000),
    spend=st.booleans(),
    wallet=st.tuples(st.integers(0, 30_000), st.integers(0, 9_000)),
    by_wallet=st.integers(0, 8),
    campaigns=CAMPAIGNS,
    cost_bps=st.one_of(st.none(), st.integers(1, 3_000)),
    goes_back=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=4),
)


pytestmark = pytest.mark.usefixtures("stored_value")

BELOW = Case(
    lines=[(10_000, 1)],
    coupons=[{"kind": "cash", "off_amount": 8_000, "threshold_amount": 1}],
    member_bps=10_000,
    free_shippings=0,
    points=0,
    spend=False,
    wallet=(0, 0),
    by_wallet=0,
    campaigns={"limited_discount": {"off_bps": 1_000}},
    cost_bps=3_000,
    goes_back=[],
)
"""Each alone is fine; together they would sell below cost."""


class Play:
    """One member with everything they have, and one order of theirs."""

    def __init__(self, http: Client, partners: Partners, cloud: Cloud, drain: Do, case: Case) -> None:
        cloud.memory.clear()
        partners.reset()
        client.access_token.forget()
        points.rules(cap_bps=8_000)
        benefits = {"discount_bps": case.member_bps, "free_shipping_times": case.free_shippings}
        membership.ladder(("basic", 0), benefits={"basic": benefits})
        self.case, self.drain = case, drain
        self.teller = wallet.Teller(http, partners, factories.shopper())
        self.counter = Counter(http, self.teller.shopper)
        self.me = self.teller.me
        self.held = [coupons.give(self.me, f"cause{number}", **terms) for number, terms in enumerate(case.coupons)]
        self.months = {"2027-10": case.points // 3, "2027-11": case.points - case.points // 3}
        for month, number in self.months.items():
            points.give(self.me, number, month=month, cause=month)
        if sum(case.wallet):
            wallet.fill(self.me, *case.wallet)
        drain()
        products = [factories.product(f"p{number}", price=price) for number, (price, _) in enumerate(case.lines)]
        for each in products:
            if case.cost_bps is not None:
                each.skus[0].cost_amount = each.price_amount * case.cost_bps // 10_000
                each.save()
        self.run_campaigns(products)
        self.lines = [factories.line(each, pieces) for each, (_, pieces) in zip(products, case.lines, strict=True)]

    def run_campaigns(self, products: list[Product]) -> None:
        gift = factories.product("gift", price=3_000)
        for play, terms in self.case.campaigns.items():
            items = [item(gift, stock=5)] if play == "gift_with_purchase" else [item(each) for each in products]
            running(play, *items, **terms)

    def order(self) -> Order | None:
        """At the price that the preview shows, which adds up. None: campaigns and benefits together lie below cost."""
        options = {"points": "max"} if self.case.spend else {}
        looked = self.counter.try_preview(*self.lines, **options)
        if looked.code == "price_below_cost":
            assert self.case.campaigns
            assert self.case.cost_bps
            return None
        shown = looked.ok()
        made = self.counter.order(*self.lines, **options)
        (key,) = Order.by_number.query(made["number"])
        order = Order.find(key.member_id, key.id, consistent=True)
        assert order is not None
        assert order.payable_amount == made["payable_amount"] == shown["payable_amount"] >= 0
        assert [(each["kind"], each["amount"]) for each in made["adjustments"]] == [
            (each["kind"], each["amount"]) for each in shown["adjustments"]
        ]
        self.require_sums(order)
        self.require_profit(order)
        return order

    def require_profit(self, order: Order) -> None:
        """What a campaign made cheaper does not sell below cost; a gift is meant to."""
        for number, line in enumerate(order.lines):
            touched = any(each.group == GROUP and each.shares[number] for each in order.adjustments)
            if touched and not line.given and line.cost_amount is not None:
                assert line.payable_amount >= line.cost_amount * line.quantity

    def require_sums(self, order: Order) -> None:
        goods = sum(line.payable_amount for line in order.lines)
        freight = sum(line.freight_amount for line in order.lines)
        assert goods + freight == order.payable_amount
        assert min(min(line.payable_amount, line.freight_amount) for line in order.lines) >= 0
        full = sum(line.unit_amount * line.quantity for line in order.lines)
        assert full + sum(each.amount for each in order.adjustments) == order.payable_amount
        assert all(sum(each.shares) == each.amount for each in order.adjustments)

    def pay(self, order: Order) -> None:
        """A part from the wallet, the rest by the channel."""
        there = min(sum(self.case.wallet), order.payable_amount)
        wanted = there * self.case.by_wallet // 8
        plainly = self.teller.buyer.post(f"/orders/{order.id}/pay", json={}) if not wanted else None
        view = (plainly or self.teller.pay_order(order, wanted)).ok()
        if not view["paid"]:
            self.teller.pay(view)
            assert self.teller.deliver()[-1] == 200
        self.drain()
        (payment,) = payments(order)
        assert payment.channel_amount + sum(part.amount for part in payment.parts) == order.payable_amount
        assert sum(part.amount for part in payment.parts) == wanted

    def give_back(self, order: Order) -> None:
        """Piece by piece, then what is left, then the freight: never more than was paid, and in the end all of it."""
        paid, already = order.payable_amount, 0
        gone = dict.fromkeys(range(len(order.lines)), 0)
        rest = [(number, line.quantity) for number, line in enumerate(order.lines)]
        for step, (number, pieces) in enumerate([*self.case.goes_back, *rest]):
            number %= len(order.lines)
            units = {number: min(pieces, order.lines[number].quantity - gone[number])}
            if not units[number]:
                continue
            amount = refund_amount(order.lines, order.adjustments, gone, units, already)
            assert 0 <= amount <= paid - already
            if amount:
                wallet.refund(order, amount, f"units{step}")
            points.refund(order, units, f"r{step}")
            self.drain(twice=True)
            gone[number] += units[number]
            already += amount
            assert sum(each.amount for each in refunds(order)) == already
            assert self.back_in_wallet() + self.back_by_channel() == already
            self.require_used_while_it_covers(order, gone)
        if paid > already:
            wallet.refund(order, paid - already, "freight")
            self.drain(twice=True)

    def require_used_while_it_covers(self, order: Order, gone: dict[int, int]) -> None:
        """A coupon comes back with the last piece that it took something off; points only ever come back."""
        for used in order.adjustments:
            if used.source_id in (each.id for each in self.held):
                stays = any(gone[n] < order.lines[n].quantity for n, share in enumerate(used.shares) if share)
                status = coupons.held(self.me)
                (now,) = [each.status for each in status if each.id == used.source_id]
                assert now == (CouponStatus.USED if stays else CouponStatus.UNUSED)
        entries = [each for each in points.PointsEntry.query(self.me, consistent_read=True) if each.kind == "returned"]
        assert all(change >= 0 for each in entries for change in each.buckets.values())

    def back_by_channel(self) -> int:
        """By WeChat Pay's books."""
        trades = self.teller.partners.wechat_pay.books.trades.values()
        return sum(each.amount for trade in trades for each in trade.refunds.values())

    def back_in_wallet(self) -> int:
        found = wallet.WalletEntry.query(self.me, consistent_read=True)
        return sum(each.amount for each in found if each.kind == "refunded")

    def require_as_it_was(self) -> None:
        assert wallet.buckets(self.me) == self.case.wallet
        assert points.buckets(self.me) == {month: number for month, number in self.months.items() if number}
        assert {coupons.status_of(each) for each in self.held} <= {CouponStatus.UNUSED}
        for require_sound in (wallet.require_sound, points.require_sound, coupons.require_sound):
            require_sound(self.me)


@example(BELOW)
@examples(max_examples=12, phases=PHASES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CASES)
def test_paid_in_parts_and_given_back_in_any(
    http: Client, partners: Partners, cloud: Cloud, frozen: MovableClock, drain: Do, case: Case
) -> None:
    play = Play(http, partners, cloud, drain, case)
    order = play.order()
    if order is None or not order.payable_amount:
        return
    play.pay(order)
    play.give_back(now_of(order))
    play.require_as_it_was()
    (payment,) = payments(order)
    assert payment.refunded_amount == payment.amount == order.payable_amount
    assert play.back_by_channel() == payment.channel_amount


@examples(max_examples=8, phases=PHASES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CASES)
def test_canceled_before_it_is_paid(
    http: Client, partners: Partners, cloud: Cloud, frozen: MovableClock, drain: Do, case: Case
) -> None:
    """Also when a part was held from the wallet already."""
    play = Play(http, partners, cloud, drain, case)
    order = play.order()
    if order is None:
        return
    there = min(sum(case.wallet), order.payable_amount)
    if order.payable_amount == there * case.by_wallet // 8:
        return  # paid at once
    if there * case.by_wallet // 8:
        play.teller.pay_order(order, there * case.by_wallet // 8).ok()
    play.teller.buyer.post(f"/orders/{order.id}/cancel", json={}).ok()
    drain(twice=True)
    play.require_as_it_was()
