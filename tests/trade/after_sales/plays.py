"""One member with a coupon, points and stored value, one order of theirs, and everything that can become of it."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from chalicelib.loyalty.coupons.models import CouponStatus
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.after_sales.models import OPEN
from chalicelib.trade.orders.models import Order, OrderStatus
from tests.growth.campaigns.factories import Booth, item
from tests.harness import START
from tests.loyalty.coupons import factories as coupons
from tests.loyalty.membership import factories as membership
from tests.loyalty.membership.factories import ladder
from tests.loyalty.points import factories as points
from tests.loyalty.wallet import factories as wallet
from tests.trade import factories
from tests.trade.after_sales.factories import RETURN_TO, Counter, book, payment, pieces_of, refunded, waybill
from tests.trade.payments.factories import now_of, payments

OFFERS = ("limited", "save", "gift", "shipping", "level")
Steps = list[tuple[str, int, int]]
"""What is done, of which line, with how many pieces."""
DONE = ("staff", "agree", "refuse", "cancel", "return", "partly", "exchange", "ship")


def steps(*more: str) -> st.SearchStrategy[Steps]:
    """Any sequence of them."""
    return st.lists(st.tuples(st.sampled_from([*DONE, *more]), st.integers(0, 1), st.integers(1, 3)), max_size=5)


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
        counter.clock.set(START)
        counter.begin_anew()
        self.booth = Booth(counter.http)
        self.me, self.numbers = counter.shopper.id, 100
        self.options: dict[str, str] = {}
        """What the order names beside its goods."""
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
        self._offer(self.booth)
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
            booth.run("gift_with_purchase", item(self.counter.products[-1], stock=5), settings=low)
        if "shipping" in offers:
            booth.run("free_shipping_over", settings=low)

    def place(self) -> Order:
        pieces = [count for _, count in self.basket.lines]
        return self.counter.place_of(self.counter.products[: len(pieces)], pieces, points="max", **self.options)

    def pay(self, placed: Order) -> Order:
        part = min(sum(self.basket.held), to_pay(placed))
        parts = [{"tender": "wallet", "amount": part}] if part else None
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
        elif step == "wait":
            counter.wait(hours=3, twice=True)
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
        now = now_of(order)
        kept = now.payable_amount - now.refunded_goods_amount - now.refunded_freight_amount
        assert self.given(now) == kept >= 0
        if now.payment_id:
            paid = payment(now)
            assert (paid.amount - paid.refunded_amount, refunded(now) <= paid.amount) == (kept, True)
        wallet.require_sound(self.me)
        points.require_sound(self.me)
        coupons.require_sound(self.me)
        for number, line in enumerate(now.lines):
            gone, asked = now.refunded_units.get(str(number), 0), book(now).get(str(number), 0)
            assert 0 <= gone + asked <= line.quantity
        self.check_stock(order)

    def given(self, order: Order) -> int:
        """Fen of the member's that the shop has: by WeChat Pay's books, and by what the wallet lacks."""
        advance = [order.advance.purchase_id] if order.advance is not None else []
        there = sum(map(self.at_wechat, [*advance, *(each.id for each in payments(order))]))
        return there + sum(self.basket.held) - sum(wallet.buckets(self.me))

    def at_wechat(self, number: str) -> int:
        """What was paid there under a number, less what went back."""
        trades = [each for each in self.counter.trades if each["out_trade_no"] == number]
        paid = [each for each in trades if each["trade_state"] in ("SUCCESS", "REFUND")]
        return sum(each["amount"]["total"] - sum(back["amount"]["refund"] for back in each["refunds"]) for each in paid)

    def check_stock(self, order: Order) -> None:
        """What is not in the stock is in parcels, or waits to be sent, or is with the buyer for something else."""
        out = dict(self.gone)
        for line, (shipped, _, withdrawn) in zip(order.lines, pieces_of(order), strict=True):
            out[line.sku_id] = out.get(line.sku_id, 0) + max(shipped, line.quantity - withdrawn)
        self.check_whole(out)

    def check_whole(self, out: dict[str, int] | None = None) -> None:
        """So many pieces are in no stock: those that are *out*, and those in live orders of others."""
        out = dict(out or {})
        for order in Order.scan(consistent_read=True):
            if order.member_id != self.me and order.status is not OrderStatus.CANCELED:
                for line in order.lines:
                    out[line.sku_id] = out.get(line.sku_id, 0) + line.quantity
        assert self.stock() == [WHOLE - out.get(each.skus[0].id, 0) for each in self.counter.products]

    def stock(self) -> list[int]:
        """Of each product, also what a campaign has set aside, wherever it keeps it."""
        stocks = list(Stock.scan(consistent_read=True))
        skus = [each.skus[0].id for each in self.counter.products]
        return [sum(each.available for each in stocks if each.sku_id == sku) for sku in skus]

    # ---- to its end

    def play(self, order: Order, steps: Steps) -> None:
        """Each of the steps; then all that stays goes back, and everybody has what they had."""
        for step, line, pieces in steps:
            self.act(order, step, line, pieces)
            self.check(order)
        has_left = any(shipped for shipped, _, _ in pieces_of(order))
        self.refund_the_rest(order)
        self.check(order)
        now = now_of(order)
        assert now.refunded_units == {str(number): line.quantity for number, line in enumerate(order.lines)}
        assert self.given(now) == (order.freight_amount if has_left else 0)
        assert (now.status is OrderStatus.CANCELED) == (not has_left)
        assert wallet.buckets(self.me) == self.basket.held or has_left
        self.check_as_it_was()
        rows = self.counter.cloud.items("after_sales")
        assert all(row["status"]["S"] not in {status.value for status in OPEN} for row in rows)

    def check_never_was(self, order: Order) -> None:
        """The order ended before anything was sent: money, pieces and benefits are where they were."""
        now = now_of(order)
        assert (now.status, self.given(now)) == (OrderStatus.CANCELED, 0)
        assert wallet.buckets(self.me) == self.basket.held
        self.check_whole()
        self.check_as_it_was()

    def check_as_it_was(self) -> None:
        """Nothing is kept, so nothing is gone: points and coupon are the member's again."""
        assert points.buckets(self.me) == ({"2027-11": self.basket.points} if self.basket.points else {})
        assert coupons.status_of(self.coupon) is CouponStatus.UNUSED
        for require_sound in (wallet.require_sound, points.require_sound, coupons.require_sound):
            require_sound(self.me)


def to_pay(order: Order) -> int:
    """What is left of it when what was paid in advance is taken off."""
    return max(order.payable_amount - (order.advance.amount if order.advance is not None else 0), 0)
