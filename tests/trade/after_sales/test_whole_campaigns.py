"""Orders of a group, a flash sale, a presale, with every benefit besides: to any end, everybody has what they had."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import Phase, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chalicelib.growth.campaigns.flash_sale.memory import service as memory
from chalicelib.growth.campaigns.presale.models import DepositStatus
from chalicelib.trade.orders.models import Order, OrderStatus
from tests.growth.campaigns.factories import item
from tests.growth.campaigns.flash_sale import factories as flash
from tests.growth.campaigns.group_buy.factories import Friends, group_id
from tests.growth.campaigns.presale import factories as presale
from tests.trade.after_sales.factories import Counter
from tests.trade.after_sales.plays import BASKETS, Basket, Play, Steps, steps, to_pay
from tests.trade.payments.factories import now_of, payments

few = examples(max_examples=5, phases=(Phase.explicit, Phase.reuse, Phase.generate))
WITHOUT_LIMITED = BASKETS.filter(lambda basket: "limited" not in basket.offers)
"""No price that is lower than the campaign's own."""
CHEAP = Basket(lines=[(10_000, 1)], off=7_000, threshold=1, below="keep", held=(300, 100), points=0, offers=frozenset())
"""So much comes off by a coupon that less is left than a group gives back, or than a deposit was."""


class InGroup(Play):
    """The order waits until its group is decided."""

    def __init__(self, counter: Counter, basket: Basket, rules: dict[str, Any], leads: bool) -> None:
        super().__init__(counter, basket)
        self.friends = Friends(counter.http, counter.partners, counter.drain)
        goods = counter.products[: len(basket.lines)]
        items = [self.terms(each, rules) for each in goods]
        self.booth.run("group_buy", *items, settings={"minutes": 60, **rules}, lasts=72)
        self.group = "new" if leads else self.friends.start("an", goods[0])
        self.options = {"group_buy": self.group}

    def terms(self, product: Any, rules: dict[str, Any]) -> dict[str, Any]:
        together = product.price_amount * 4 // 5 or 1
        further = [together * 3 // 4] * (len(rules["sizes"]) - 1)
        return item(product, together, terms={"tier_amounts": further} if further else {})

    def place(self) -> Order:
        placed = super().place()
        self.group = group_id({"holds": placed.holds})
        return placed

    def check_waits(self, order: Order) -> None:
        """Nothing is asked for, given back or sent before the group is decided."""
        counter = self.counter
        before = self.given(order)
        assert counter.try_apply(order, (0, 1)).code == "order_on_hold"
        assert counter.refund(order, (0, 1)).code == "order_on_hold"
        assert counter.ship(order, number=self.number()).status >= 400
        assert self.given(now_of(order)) == before == order.payable_amount

    def decide(self, joiners: int, leaves: bool) -> None:
        for name in ["bo", "cy"][:joiners]:
            asked = self.friends.try_order(name, self.counter.products[0], self.group)
            if asked.status == 201 and asked.json["payable_amount"]:
                self.friends.pay(name, asked.json)
        if leaves:
            assert self.counter.buyer.post(f"/groups/{self.group}/leave").status in (200, 409)
        self.pass_time()
        self.counter.wait(minutes=61, twice=True)
        self.pass_time()

    def check_others(self) -> None:
        """Friends have paid what their orders cost by now."""
        for order in Order.scan(consistent_read=True):
            if order.member_id != self.me:
                kept = 0 if order.status is OrderStatus.CANCELED else order.payable_amount
                assert sum(self.at_wechat(each.id) for each in payments(order)) == kept


RULES = st.fixed_dictionaries(
    {"sizes": st.sampled_from([[2], [2, 3], [3]])},
    optional={
        "full_price": st.just(True),
        "leader_rebate_bps": st.sampled_from([3_333, 10_000]),
        "virtual_from": st.just(1),
        "free_order": st.just(True),
    },
)


@few
@example(basket=CHEAP, rules={"sizes": [2, 3]}, leads=True, joiners=2, end="decided", then=[("staff", 0, 1)])
@given(
    basket=WITHOUT_LIMITED,
    rules=RULES,
    leads=st.booleans(),
    joiners=st.integers(0, 2),
    end=st.sampled_from(["decided"] * 4 + ["left", "late"]),
    then=steps("wait"),
)
def test_an_order_of_a_group(
    counter: Counter, basket: Basket, rules: dict[str, Any], leads: bool, joiners: int, end: str, then: Steps
) -> None:
    play = InGroup(counter, basket, rules, leads)
    placed = play.place()
    if end == "late" and placed.payable_amount:
        order = play.pay_too_late(placed)
    else:
        order = play.pay(placed)
        if order.holds:
            play.check_waits(order)
        play.decide(joiners, leaves=end == "left")
    order = now_of(order)
    play.check_others()
    if order.status is OrderStatus.CANCELED:
        play.check_never_was(order)
        return
    assert (order.holds, order.status) == ([], OrderStatus.PROCESSING)
    play.check(order)
    play.play(order, then)
    play.check_others()


class InFlashSale(Play):
    """The first line is one piece with a ticket."""

    def __init__(self, counter: Counter, basket: Basket) -> None:
        (price, _), *others = basket.lines
        basket = replace(basket, lines=[(price, 1), *others])
        memory.forget()
        super().__init__(counter, basket)
        product = counter.products[0]
        goods = flash.goods(product, price * 3 // 5 or 1, pieces={flash.TEN: 3})
        settings = {"sessions": flash.SESSIONS[:1]}
        campaign = self.booth.run(flash.PLAY, goods, settings=settings, **flash.WINDOW)
        sale = flash.Sale(counter.http, self.booth, product, campaign)
        flash.Buyer(counter.http, counter.shopper, sale).tap().ok()
        self.options = {"flash_sale": sale.lot_id}


@few
@given(basket=WITHOUT_LIMITED, then=steps("wait"), late=st.sampled_from([False] * 4 + [True]))
def test_an_order_of_a_flash_sale(counter: Counter, basket: Basket, then: Steps, late: bool) -> None:
    play = InFlashSale(counter, basket)
    placed = play.place()
    assert any(each.kind == flash.PLAY for each in placed.adjustments)
    if late and placed.payable_amount:
        play.check_never_was(play.pay_too_late(placed))
        return
    play.play(play.pay(placed), then)


class InPresale(Play):
    """The first line was paid for in advance, with a deposit that counts for more than it is."""

    def __init__(self, counter: Counter, basket: Basket) -> None:
        super().__init__(counter, basket)
        (price, pieces), product = basket.lines[0], counter.products[0]
        unit, deposit = price * 4 // 5, price // 5
        goods = item(
            product, unit, stock=5, terms={"deposit_amount": deposit, "counts_amount": min(2 * deposit, unit - 1)}
        )
        dates = presale.dates(counter.clock.at)
        campaign = self.booth.run(presale.PLAY, goods, lasts=6, settings=dates)
        named = {"campaign_id": campaign["id"], "product_id": product.id, "sku_id": product.skus[0].id}
        asked = {**named, "quantity": pieces}
        self.deposit = counter.buyer.post("/presale-deposits", json=asked, key=counter.tap()).ok()
        counter.partners.wechat_pay.pay(parameters=self.deposit["parameters"])
        self.pass_time()
        counter.wait(hours=3)
        self.options = {presale.PLAY: self.deposit["id"]}


@few
@example(basket=replace(CHEAP, off=5_500), then=[("agree", 0, 1)], late=False)
@given(
    basket=WITHOUT_LIMITED.filter(lambda basket: basket.lines[0][0] >= 10),
    then=steps("wait"),
    late=st.sampled_from([False] * 4 + [True]),
)
def test_an_order_of_a_presale(counter: Counter, basket: Basket, then: Steps, late: bool) -> None:
    play = InPresale(counter, basket)
    placed = play.place()
    assert placed.advance is not None
    if late and to_pay(placed):
        order = play.pay_too_late(placed)
        assert play.given(order) == placed.advance.amount
        counter.wait(hours=4, twice=True)
        play.pass_time()
        play.check_never_was(order)
        assert presale.deposit_of(play.deposit).status is DepositStatus.REFUNDED
        return
    play.play(play.pay(placed), then)
