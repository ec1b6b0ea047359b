"""Orders with every benefit, and any sequence of refunds, refusals, returns and exchanges.

Everybody has to the fen what they had, every ledger adds up, and nothing happens twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chalicelib.loyalty.coupons.models import CouponStatus
from chalicelib.trade.after_sales.models import OPEN
from chalicelib.trade.orders.models import Order, OrderStatus
from tests.growth.campaigns.factories import Booth, item, left
from tests.loyalty.coupons import factories as coupons
from tests.loyalty.membership import factories as membership
from tests.loyalty.membership.factories import ladder
from tests.loyalty.points import factories as points
from tests.loyalty.wallet import factories as wallet
from tests.trade import factories
from tests.trade.after_sales.factories import RETURN_TO, Counter, book, payment, pieces_of, refunded, waybill
from tests.trade.payments.factories import now_of

OFFERS = ("limited", "save", "gift", "shipping", "level")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["staff", "agree", "refuse", "cancel", "return", "partly", "exchange", "ship"]),
        st.integers(0, 1),
        st.integers(1, 3),
    ),
    max_size=5,
)
WHOLE = 30
"""Pieces of each product, at the beginning."""


@dataclass(frozen=True)
class Basket:
    """What a member has, what the shop offers, and what they buy: price and pieces of each line."""

    lines: list[tuple[int, int]]
    off: int
    threshold: int
    below: str
    held: tuple[int, int]
    points: int
    offers: frozenset[str]


BASKETS = st.builds(
    Basket,
    lines=st.lists(st.tuples(st.integers(2, 20_000), st.integers(1, 3)), min_size=1, max_size=2),
    off=st.integers(1, 9_000),
    threshold=st.integers(1, 30_000),
    below=st.sampled_from(["deduct", "keep"]),
    held=st.tuples(st.integers(0, 9_000), st.integers(0, 3_000)),
    points=st.integers(0, 9_000),
    offers=st.frozensets(st.sampled_from(OFFERS)),
)


class Play:
    """One member with a coupon, points and stored value, and one order of theirs among a shop's offers."""

    def __init__(self, counter: Counter, basket: Basket) -> None:
        self.counter, self.basket = counter, basket
        counter.begin_anew()
        self.me, self.numbers = counter.shopper.id, 100
        self.gifts: Any = None
        self.gone: dict[str, int] = {}
        """By SKU: pieces that the shop has not got, beyond those that lie in parcels of the order."""
        points.rules(cap_bps=8_000)
        terms = {"off_amount": basket.off, "threshold_amount": basket.threshold, "below_threshold": basket.below}
        self.coupon = coupons.give(self.me, "cause", kind="cash", **terms)
        if basket.points:
            points.give(self.me, basket.points)
        if sum(basket.held):
            wallet.fill(self.me, *basket.held)
        for number, (price, _) in enumerate(basket.lines):
            counter.products.append(factories.product(f"p{number}", price=price, stock=WHOLE))
        self._offer(Booth(counter.http))
        counter.drain()

    def _offer(self, booth: Booth) -> None:
        first, offers = self.counter.products[0], self.basket.offers
        low = {"threshold_amount": max(self.basket.threshold // 2, 2)}
        if "level" in offers:
            ladder(benefits={"silver": {"discount_bps": 9_300}})
            membership.give(self.me, 500)
        if "limited" in offers:
            booth.run("limited_discount", item(first, first.skus[0].price_amount * 4 // 5 or 1))
        if "save" in offers:
            tiers = [{**low, "off_amount": low["threshold_amount"] // 2}]
            booth.run("spend_and_save", settings={"tiers": tiers, "below_threshold": self.basket.below})
        if "gift" in offers:
            self.counter.products.append(factories.product("mug", price=900, stock=WHOLE))
            self.gifts = booth.run("gift_with_purchase", item(self.counter.products[-1], stock=5), settings=low)
        if "shipping" in offers:
            booth.run("free_shipping_over", settings=low)

    def place(self) -> Order:
        pieces = [count for _, count in self.basket.lines]
        return self.counter.place_of(self.counter.products[: len(pieces)], pieces, points="max")

    def pay(self, placed: Order) -> Order:
        self.wallet_part = min(sum(self.basket.held), placed.payable_amount)
        parts = [{"tender": "wallet", "amount": self.wallet_part}] if self.wallet_part else None
        return self.counter.pay(placed.id, parts)

    def pay_too_late(self, placed: Order) -> Order:
        """The buyer pays while they cancel: the order is closed when the money comes."""
        counter = self.counter
        begun = counter.buyer.post(f"/orders/{placed.id}/pay", json={}).ok()
        counter.buyer.post(f"/orders/{placed.id}/cancel", json={}).ok()
        counter.partners.wechat_pay.pay(parameters=begun["parameters"], even_closed=True)
        self.pass_time()
        return now_of(placed)

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
        self.pass_time()

    def pass_time(self) -> None:
        self.counter.drain(twice=True)
        self.counter.hear_wechat()
        self.counter.drain(twice=True)

    def send_back(self, order: Order, step: str, at: tuple[int, int]) -> None:
        counter, kind = self.counter, "exchange" if step == "exchange" else "return_and_refund"
        asked = counter.try_apply(order, at, kind=kind)
        if asked.status != 201:
            return
        sale, (line, count) = asked.json, at
        counter.agree(sale, return_to=RETURN_TO)
        counter.say(sale, "send-back", **waybill(self.number())).ok()
        accepted = count // 2 if step == "partly" else count
        found = {"line": line, "accepted": accepted, "sellable": accepted // 2}
        counter.decide(sale, "inspect", pieces=[found], note="查看").ok()
        self._left(order, line, -(accepted // 2))
        if kind == "exchange":
            counter.decide(sale, "replacement", **waybill(self.number())).ok()
            self._left(order, line, accepted)

    def _left(self, order: Order, line: int, pieces: int) -> None:
        sku = order.lines[line].sku_id
        self.gone[sku] = self.gone.get(sku, 0) + pieces

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def refund_the_rest(self, order: Order) -> None:
        """What stays, line by line; gifts last, if they have not gone with the last piece that was bought."""
        for number, line in enumerate(order.lines):
            if stays := line.quantity - now_of(order).refunded_units.get(str(number), 0):
                self.counter.refund(order, (number, stays)).ok()
        self.pass_time()

    # ---- whatever happened

    def check(self, order: Order) -> None:
        """What was paid is here or there, every ledger is the sum of its entries, and no piece is lost."""
        now, paid = now_of(order), payment(order) if order.payable_amount else None
        back = refunded(now)
        assert (paid.refunded_amount if paid else 0) == back <= order.payable_amount
        assert now.refunded_goods_amount + now.refunded_freight_amount == back
        in_wallet = sum(self.basket.held) - self.wallet_part
        assert self.counter.back_by_wechat() + sum(wallet.buckets(self.me)) == in_wallet + back
        wallet.require_sound(self.me)
        points.require_sound(self.me)
        coupons.require_sound(self.me)
        for number, line in enumerate(now.lines):
            gone, asked = now.refunded_units.get(str(number), 0), book(now).get(str(number), 0)
            assert 0 <= gone + asked <= line.quantity
        self.check_stock(order)

    def check_stock(self, order: Order) -> None:
        """What is not in the stock is in parcels, or waits to be sent, or is with the buyer for something else."""
        out = dict(self.gone)
        for line, (shipped, _, withdrawn) in zip(order.lines, pieces_of(order), strict=True):
            out[line.sku_id] = out.get(line.sku_id, 0) + max(shipped, line.quantity - withdrawn)
        assert self.stock() == [WHOLE - out.get(each.skus[0].id, 0) for each in self.counter.products]

    def stock(self) -> list[int]:
        """Of each product, also what a campaign has set aside."""
        aside = {"id": "none"} if self.gifts is None else self.gifts
        return [factories.available(each) + left(aside, each) for each in self.counter.products]

    def check_as_it_was(self) -> None:
        """Nothing is kept, so nothing is gone: points and coupon are the member's again."""
        assert points.buckets(self.me) == ({"2027-11": self.basket.points} if self.basket.points else {})
        assert coupons.status_of(self.coupon) is CouponStatus.UNUSED


@examples(
    max_examples=18,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(basket=BASKETS, steps=STEPS, late=st.sampled_from([False] * 5 + [True]))
def test_everybody_has_what_they_had(
    counter: Counter, basket: Basket, steps: list[tuple[str, int, int]], late: bool
) -> None:
    play = Play(counter, basket)
    placed = play.place()
    if late and placed.payable_amount:
        assert play.pay_too_late(placed).status is OrderStatus.CANCELED
        assert counter.back_by_wechat() == placed.payable_amount
        assert play.stock() == [WHOLE] * len(counter.products)
        assert wallet.buckets(play.me) == basket.held
        play.check_as_it_was()
        return
    order = play.pay(placed)
    for step, line, pieces in steps:
        play.act(order, step, line, pieces)
        play.check(order)
    has_left = any(shipped for shipped, _, _ in pieces_of(order))
    play.refund_the_rest(order)
    play.check(order)
    now = now_of(order)
    assert now.refunded_units == {str(number): line.quantity for number, line in enumerate(order.lines)}
    assert refunded(now) == order.payable_amount - (order.freight_amount if has_left else 0)
    assert (now.status is OrderStatus.CANCELED) == (not has_left)
    assert wallet.buckets(play.me) == basket.held or has_left
    play.check_as_it_was()
    assert all(
        row["status"]["S"] not in {status.value for status in OPEN} for row in counter.cloud.items("after_sales")
    )


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
