"""Prizes that are goods: a piece waits for its winner, is ordered for nothing, or goes back; never twice or lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.lucky_draw.events import LapseGoods
from chalicelib.growth.campaigns.lucky_draw.goods import service as goods
from chalicelib.growth.campaigns.lucky_draw.models import WonGoods
from chalicelib.growth.campaigns.lucky_draw.notices.service import DRAW_WON, is_over
from chalicelib.growth.notifications.models import Message, MessageQuota
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.freight.models import FreightRule
from chalicelib.trade.orders.models import Order
from infra.local.faults import every_death
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, fields, item, left
from tests.growth.campaigns.friends import at_once
from tests.growth.campaigns.lucky_draw.factories import PLAY, given, settings, throw, try_draw
from tests.growth.campaigns.lucky_draw.factories import draw as draw_in
from tests.harness import START, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]
PRICE, PIECES, WHOLE = 12_000, 2, 10


def prizes(stock: int = PIECES, **more: Any) -> list[dict[str, Any]]:
    """Numbers 0-9: the quilt; the rest: thanks."""
    return [
        {"id": "quilt", "title": "蚕丝被", "weight": 10, "stock": stock, "goods": True, **more},
        {"id": "thanks", "title": "谢谢参与", "weight": 990},
    ]


def quilt_item(product: Product, stock: int = PIECES, **more: Any) -> dict[str, Any]:
    return item(product, stock=stock, terms={"prize": "quilt"}, **more)


@dataclass
class Fair:
    """A draw for quilts, and a buyer who wins."""

    counter: Counter
    booth: Booth
    quilt: Product
    campaign: Any

    def win(self, counter: Counter | None = None) -> Any:
        found = draw_in(counter or self.counter, self.campaign)
        assert found["goods"]["status"] == "open"
        return found

    def try_order(self, won: Any, *lines: Any, key: str = "tap-00001", payable: int | None = None) -> Any:
        lines = lines or (factories.line(self.quilt),)
        return self.counter.try_order(*lines, key=key, payable=payable, lucky_draw=won["id"])

    def mine(self) -> Any:
        (found,) = self.counter.buyer.get("/me/draws").ok()["items"]
        return found["goods"]

    def require_conserved(self) -> None:
        """Pieces of product, campaign, winners and orders are the whole; what waits has its piece."""
        sku_id = self.quilt.skus[0].id
        won = [each for each in WonGoods.scan(consistent_read=True) if each.campaign_id == self.campaign["id"]]
        waiting = {each.id: (Stock.find(each.id, sku_id, consistent=True) or Stock(available=0)) for each in won}
        held = sum(
            line.quantity
            for order in Order.scan(consistent_read=True)
            if order.status != "canceled"
            for line in order.lines
            if line.sku_id == sku_id
        )
        pieces = sum(each.available for each in waiting.values())
        assert left(self.campaign, self.quilt) + factories.available(self.quilt) + pieces + held == WHOLE
        assert {each.id: waiting[each.id].available for each in won} == {
            each.id: int(each.status == "open") for each in won
        }
        assert given(self.campaign).get("quilt", 0) == len(won)


def open_fair(counter: Counter, booth: Booth, **more: Any) -> Fair:
    FreightRule(id="mall", flat_amount=1000).save()
    quilt = factories.product(price=PRICE, stock=WHOLE)
    wheel = settings(prizes=prizes(), **more)
    return Fair(counter, booth, quilt, booth.run(PLAY, quilt_item(quilt), settings=wheel))


@pytest.fixture
def fair(counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> Fair:
    throw(monkeypatch, 0)
    return open_fair(counter, booth)


class TestSaving:
    @pytest.mark.parametrize(
        ("case", "field"),
        [
            ("no item", "items"),
            ("another prize", "items.0.terms.prize"),
            ("a prize without goods", "items.0.terms.prize"),
            ("fewer pieces", "items.0.stock"),
            ("a price", "items.0"),
            ("too dear", "items.0.sku_id"),
        ],
    )
    def test_goods_and_prizes_fit(self, booth: Booth, counter: Counter, cloud: Cloud, case: str, field: str) -> None:
        quilt = factories.product(price=5_000_001 if case == "too dear" else PRICE)
        items = {
            "no item": [],
            "another prize": [item(quilt, stock=PIECES, terms={"prize": "other"})],
            "a prize without goods": [item(quilt, stock=PIECES, terms={"prize": "thanks"})],
            "fewer pieces": [quilt_item(quilt, 1)],
            "a price": [quilt_item(quilt, unit_amount=1)],
        }.get(case, [quilt_item(quilt)])
        staff = booth.staff
        with cloud.unchanged():
            reply = staff.post("/admin/campaigns", json=fields(PLAY, *items, settings=settings(prizes=prizes())))
            assert reply.json["details"]["errors"][0]["field"] == field

    def test_pieces_are_set_aside_and_come_back(self, fair: Fair, sweep: Do) -> None:
        assert (left(fair.campaign, fair.quilt), factories.available(fair.quilt)) == (PIECES, WHOLE - PIECES)
        won = fair.win()
        assert (won["prize_id"], won["won"]) == ("quilt", True)
        assert left(fair.campaign, fair.quilt) == 1
        fair.booth.step(fair.campaign, "stop")
        # What was won stays its winner's; the rest goes back.
        assert factories.available(fair.quilt) == WHOLE - 1
        fair.require_conserved()
        assert fair.try_order(won).status == 201


class TestOrdering:
    def test_for_nothing_and_sent_for_nothing(self, fair: Fair, drain: Do) -> None:
        won = fair.win()
        quote = fair.counter.preview(factories.line(fair.quilt), lucky_draw=won["id"])
        assert (quote["payable_amount"], quote["freight_amount"]) == (0, 0)
        order = fair.try_order(won).ok()
        drain(twice=True)
        assert fair.counter.buyer.get(f"/orders/{order['id']}").ok()["status"] == "processing"
        assert fair.mine()["order_id"] == order["id"]
        fair.require_conserved()

    def test_other_goods_beside_it_cost_what_they_cost(self, fair: Fair) -> None:
        won, towel = fair.win(), factories.product("towel", price=3000)
        order = fair.try_order(won, factories.line(fair.quilt), factories.line(towel)).ok()
        alone = fair.counter.preview(factories.line(towel))
        assert 3000 <= order["payable_amount"] <= alone["payable_amount"]

    def test_what_is_not_given(self, fair: Fair, frozen: MovableClock) -> None:
        won = fair.win()
        friend = Counter(fair.counter.http, factories.shopper("friend"))

        def price(counter: Counter, *lines: Any) -> tuple[int, str | None]:
            quote = counter.preview(*(lines or [factories.line(fair.quilt)]), lucky_draw=won["id"])
            reasons = [each["reason"] for each in quote["choices"] if each["kind"] == PLAY]
            return quote["goods_amount"] - quote["discount_amount"], reasons[0] if reasons else None

        assert price(friend) == (PRICE, None)  # another's draw is not found
        assert price(fair.counter, factories.line(fair.quilt, 2)) == (2 * PRICE, "奖品每次限1件")
        towel = factories.product("towel", price=3000)
        assert price(fair.counter, factories.line(towel)) == (3000, "不含该奖品")
        fair.try_order(won).ok()
        assert price(fair.counter) == (PRICE, "该奖品已下单")

    def test_until_the_very_moment(self, fair: Fair, frozen: MovableClock, cloud: Cloud) -> None:
        won = fair.win()
        row = WonGoods.find(fair.counter.shopper.id, won["id"], consistent=True)
        assert row is not None
        frozen.set(row.claim_by)
        quote = fair.counter.preview(factories.line(fair.quilt), lucky_draw=won["id"])
        assert quote["choices"][0]["reason"] == "已过领取期限"
        with cloud.unchanged():
            body = {"lines": [factories.line(fair.quilt)], "address_id": fair.counter.shopper.address_id}
            body |= {"options": {"lucky_draw": won["id"]}, "expected_payable_amount": 0}
            assert fair.counter.buyer.post("/orders", json=body, key="tap-late1").code == "price_changed"

    @pytest.mark.dynoxide
    def test_two_orders_at_once(self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
        throw(monkeypatch, 0)
        fair = open_fair(counter, booth)
        won = fair.win()
        body = {"lines": [factories.line(fair.quilt)], "address_id": counter.shopper.address_id}
        body |= {"options": {"lucky_draw": won["id"]}, "expected_payable_amount": 0}
        calls = [lambda key=f"tap-{n:05}": counter.buyer.post("/orders", json=body, key=key) for n in range(4)]
        replies = at_once(calls)  # type: ignore[arg-type]
        assert sorted(each.status for each in replies)[0] == 201
        assert sum(each.status == 201 for each in replies) == 1
        fair.require_conserved()

    def test_canceled_it_waits_again(self, fair: Fair, drain: Do, sweep: Do) -> None:
        won, towel = fair.win(), factories.product("towel", price=3000)
        order = fair.try_order(won, factories.line(fair.quilt), factories.line(towel)).ok()
        fair.counter.cancel(order)
        drain(twice=True)
        assert (fair.mine()["status"], fair.mine()["order_id"]) == ("open", None)
        fair.require_conserved()
        assert fair.try_order(won, key="tap-again").status == 201
        fair.require_conserved()

    def test_canceled_too_late_it_goes_to_the_product(self, fair: Fair, drain: Do, frozen: MovableClock) -> None:
        won, towel = fair.win(), factories.product("towel", price=3000)
        frozen.move(days=7, minutes=-20)
        order = fair.try_order(won, factories.line(fair.quilt), factories.line(towel)).ok()
        drain()
        frozen.move(minutes=25)
        fair.counter.cancel(order)
        drain()
        lapse(fair, won, drain, frozen)
        assert (fair.mine()["status"], factories.available(fair.quilt)) == ("lapsed", WHOLE - PIECES + 1)
        fair.require_conserved()


def lapse(fair: Fair, won: Any, drain: Do, frozen: MovableClock) -> None:
    """The deadline comes, twice."""
    frozen.move(minutes=3)
    for _ in range(2):
        with Transaction() as tx:
            tx.emit(LapseGoods(member_id=fair.counter.shopper.id, draw_id=won["id"]))
        drain(twice=True)


class TestGoingBack:
    def test_what_nobody_orders_goes_to_the_product_once(
        self, fair: Fair, drain: Do, frozen: MovableClock, cloud: Cloud
    ) -> None:
        won = fair.win()
        with Transaction() as tx:
            tx.emit(LapseGoods(member_id=fair.counter.shopper.id, draw_id=won["id"]))
        drain()  # too early: it waits still
        assert fair.mine()["status"] == "open"
        frozen.move(days=7)
        lapse(fair, won, drain, frozen)
        assert (fair.mine()["status"], factories.available(fair.quilt)) == ("lapsed", WHOLE - PIECES + 1)
        fair.require_conserved()
        # A draw is final: it is not drawn for again.
        assert given(fair.campaign)["quilt"] == 1

    def test_by_the_deadline_itself(self, counter: Counter, booth: Booth, sweep: Do, monkeypatch: Any) -> None:
        throw(monkeypatch, 0)
        fair = open_fair(counter, booth, claim_days=1)
        fair.win()
        sweep(minutes=24 * 60 + 1)
        assert fair.mine()["status"] == "lapsed"
        fair.require_conserved()

    def test_a_closed_account(self, fair: Fair, drain: Do) -> None:
        fair.win()
        with Transaction() as tx:
            tx.emit(MemberClosed(member_id=fair.counter.shopper.id))
        drain(twice=True)
        assert factories.available(fair.quilt) == WHOLE - PIECES + 1
        fair.require_conserved()

    def test_the_last_piece_and_then_thanks(self, fair: Fair, counter: Counter) -> None:
        others = [Counter(counter.http, factories.shopper(f"m{number}")) for number in range(4)]
        replies = at_once([lambda each=each: try_draw(each, fair.campaign) for each in others])  # type: ignore[misc]
        made = [each.json["prize_id"] for each in replies if each.status == 201]
        assert made.count("quilt") == PIECES
        fair.require_conserved()


class TestDeaths:
    @pytest.mark.parametrize("step", ["draw", "order", "lapse"])
    def test_at_every_step(
        self,
        counter: Counter,
        booth: Booth,
        frozen: MovableClock,
        cloud: Cloud,
        drain: Do,
        sweep: Do,
        monkeypatch: pytest.MonkeyPatch,
        step: str,
    ) -> None:
        throw(monkeypatch, 0)
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            frozen.set(START)
            booth.logged_in_at = None
            shopper = factories.shopper()
            fair = world["fair"] = open_fair(Counter(counter.http, shopper), booth)
            if step != "draw":
                world["won"] = fair.win()
            drain()
            if step == "lapse":
                frozen.move(days=7)

        def act() -> None:
            if step == "draw":
                try_draw(world["fair"].counter, world["fair"].campaign)
            elif step == "order":
                world["fair"].try_order(world["won"], payable=0)
            else:
                member_id = world["fair"].counter.shopper.id
                won = WonGoods.find(member_id, world["won"]["id"], consistent=True)
                assert won is not None
                with Transaction() as tx:  # as the reaction does
                    goods.lapse(tx, won)

        def check() -> None:
            act()  # the same tap, or the message, again
            drain(redeliver=True)
            if step != "lapse":  # a week of minutes to sweep, and no event in it
                sweep()
            assert cloud.dead_letters() == []
            status = {"draw": "open", "order": "ordered", "lapse": "lapsed"}[step]
            assert world["fair"].mine()["status"] == status
            world["fair"].require_conserved()

        steps = every_death(begin, act, check)
        assert any("TransactWriteItems" in str(each) for each in steps)


def test_winners_are_told(fair: Fair, partners: Partners, drain: Do) -> None:
    staff = fair.counter.http.as_(factories.staff_token("notifications.read", "notifications.write"))
    template_id = partners.wechat.messages.template_of(DRAW_WON.title).id
    staff.put(f"/admin/notifications/kinds/{DRAW_WON.name}", json={"template_id": template_id}).ok()
    member_id = fair.counter.shopper.id
    MessageQuota(member_id=member_id, template_id=template_id, left=5).save()
    won = fair.win()
    assert not is_over(member_id, won["id"])
    drain(twice=True)
    (message,) = Message.query(member_id, consistent_read=True)
    day = clock.business_day(START).day + 7
    assert list(message.data.values()) == ["活动", "蚕丝被", "2026年11月24日 10:00", f"请在12月{day - 30}日前填写地址"]
    fair.try_order(won).ok()
    assert is_over(member_id, won["id"])
