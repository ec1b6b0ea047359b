"""Chances: what earns them, once, up to a limit; and what does not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.lucky_draw.models import Draw, DrawAccount, DrawChance
from chalicelib.loyalty.segments.models import Segment, SegmentStatus
from chalicelib.loyalty.segments.rules.schemas import Condition
from chalicelib.loyalty.tasks.check_in.events import CheckedIn
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.links.visits.events import LinkVisited
from chalicelib.trade.orders.events import OrderCompleted
from chalicelib.trade.orders.models import Order
from tests.growth.campaigns import factories as campaigns
from tests.growth.campaigns.factories import Booth, item
from tests.growth.campaigns.lucky_draw.factories import (
    chances,
    draw,
    pay,
    require_sound,
    run,
    try_draw,
    wheel,
)
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.loyalty.tasks.factories import rules as check_in_rules
from tests.trade import factories

Do = Callable[..., Any]


def buy(counter: Counter, goods: Product | None = None, *, key: str = "tap-00001") -> Any:
    """An order, paid this moment."""
    order = counter.order(factories.line(goods or factories.product(key)), key=key)
    row = Order.find(counter.shopper.id, order["id"], consistent=True)
    assert row is not None
    row.paid_at = clock.now()
    row.save()
    pay({**order, "member_id": counter.shopper.id})
    return order


def emit(*found: Any) -> None:
    with Transaction() as tx:
        for each in found:
            tx.emit(each)


def link(counter: Counter, campaign: Any) -> str:
    body = {"page": "pages/index/index", "parameters": {}, "campaign_id": campaign["id"]}
    code: str = counter.buyer.post("/links", json=body).ok()["code"]
    return code


def visit(code: str, counter: Counter | None) -> None:
    who = counter.shopper.id if counter else None
    emit(LinkVisited(code=code, at=clock.now(), member_id=who))


def another(counter: Counter, name: str = "another") -> Counter:
    return Counter(counter.http, factories.shopper(name))


class TestOrders:
    def test_a_paid_order_once(self, counter: Counter, booth: Booth, drain: Do, cloud: Cloud) -> None:
        campaign = run(booth, free_daily=0, by_order={"chances": 2, "min_amount": 3000})
        order = buy(counter)
        assert chances(counter, campaign) == 0
        drain(twice=True)
        # Announced again, as another event: the cause has its chance already.
        pay({**order, "member_id": counter.shopper.id})
        drain()
        assert chances(counter, campaign) == 2
        draw(counter, campaign, "tap-1-0000")
        draw(counter, campaign, "tap-2-0000")
        with cloud.unchanged():
            assert try_draw(counter, campaign, "tap-3-0000").code == "no_draw_chance"
        require_sound(campaign, {"phone": 3})

    def test_a_small_order_earns_nothing(self, counter: Counter, booth: Booth, drain: Do) -> None:
        small, enough = factories.product("small", price=4999), factories.product("enough", price=5000)
        least = counter.preview(factories.line(enough))["payable_amount"]
        campaign = run(booth, free_daily=0, by_order={"min_amount": least})
        buy(counter, small)
        drain()
        assert chances(counter, campaign) == 0
        buy(counter, enough, key="tap-00002")
        drain()
        assert chances(counter, campaign) == 1

    def test_so_many_on_a_day(self, counter: Counter, booth: Booth, drain: Do, frozen: MovableClock) -> None:
        campaign = run(booth, free_daily=0, by_order={"chances": 2, "daily_max": 3}, lasts=72)
        for number in range(3):
            buy(counter, key=f"tap-0000{number}")
            drain()
        assert chances(counter, campaign) == 3
        frozen.move(hours=24)
        buy(counter, key="tap-00009")
        drain()
        assert chances(counter, campaign) == 5

    def test_paid_before_it_began(self, counter: Counter, booth: Booth, drain: Do, frozen: MovableClock) -> None:
        campaign = run(booth, begins=1, free_daily=0, by_order={})
        buy(counter)
        frozen.move(hours=2)
        drain()
        buy(counter, key="tap-00002")
        drain()
        assert chances(counter, campaign) == 1

    def test_stopped_and_over(self, counter: Counter, booth: Booth, drain: Do, frozen: MovableClock) -> None:
        stopped = run(booth, free_daily=0, by_order={})
        ended = run(booth, free_daily=0, by_order={}, lasts=1)
        booth.step(stopped, "stop")
        frozen.move(hours=2)
        buy(counter)
        drain()
        assert not list(DrawAccount.scan())
        assert (chances(counter, stopped), chances(counter, ended)) == (0, 0)

    def test_when_the_goods_are_kept(self, counter: Counter, booth: Booth, drain: Do) -> None:
        campaign = run(booth, free_daily=0, by_order={"when": "completed"})
        order = buy(counter)
        drain()
        assert chances(counter, campaign) == 0
        emit(OrderCompleted(member_id=counter.shopper.id, order_id=order["id"]))
        drain(twice=True)
        assert chances(counter, campaign) == 1

    def test_an_order_in_a_campaign(self, counter: Counter, booth: Booth, drain: Do) -> None:
        campaign = run(booth, free_daily=0, by_campaign_order={"plays": ["limited_discount", "group_buy"]})
        quilt = factories.product()
        booth.run("limited_discount", item(quilt, 900))
        buy(counter)
        drain()
        assert chances(counter, campaign) == 0
        buy(counter, quilt, key="tap-00002")
        drain(twice=True)
        assert chances(counter, campaign) == 1

    def test_one_order_earns_both_ways_of_one_draw_and_of_another(
        self, counter: Counter, booth: Booth, drain: Do, cloud: Cloud
    ) -> None:
        """One reaction writes each account once."""
        plays = {"plays": ["limited_discount"]}
        both = run(booth, free_daily=0, by_order={"chances": 2}, by_campaign_order={"chances": 3, **plays})
        late = run(booth, free_daily=0, by_order={"when": "completed"}, by_campaign_order=plays)
        other = run(booth, free_daily=0, by_campaign_order={"plays": ["group_buy"]})
        quilt = factories.product()
        booth.run("limited_discount", item(quilt, 900))
        order = buy(counter, quilt)
        drain(twice=True)
        assert (chances(counter, both), chances(counter, late)) == (5, 1)
        emit(OrderCompleted(member_id=counter.shopper.id, order_id=order["id"]))
        drain(twice=True)
        assert (chances(counter, both), chances(counter, late)) == (5, 2)
        assert {each.chances for each in DrawChance.scan()} == {1, 2, 3}
        assert chances(counter, other) == 0
        accounts = {each.campaign_id: each.version for each in DrawAccount.scan()}
        assert accounts == {both["id"]: 1, late["id"]: 2}

    def test_only_for_its_segment(self, counter: Counter, booth: Booth, drain: Do) -> None:
        campaign = run(booth, free_daily=0, by_order={})
        found = campaigns.stored(campaign)
        found.segment_id = "seg_1"
        found.save()
        drain()  # what follows scheduling brings the board to what the campaign says
        buy(counter)
        drain()
        assert chances(counter, campaign) == 0
        # A true one: the next order is also looked at by segments, before or after the draw does.
        rule = Condition.model_validate({"field": "order_count", "op": "at_least", "number": 1})
        Segment(id="seg_1", title="老客", rule=rule, status=SegmentStatus.ACTIVE, created_at=clock.now()).save()
        campaigns.put_into(counter.shopper.id, "seg_1")
        buy(counter, key="tap-00002")
        drain()
        assert chances(counter, campaign) == 1


class TestCheckIn:
    def test_a_day_once_and_no_bought_one(self, counter: Counter, booth: Booth, drain: Do) -> None:
        check_in_rules()
        campaign = run(booth, free_daily=0, by_check_in={})
        other = run(booth, free_daily=1, by_order={})
        for _ in range(2):
            counter.buyer.post("/me/check-in", json={}).ok()
        emit(CheckedIn(member_id=counter.shopper.id, at=clock.now(), day="2026-11-23", streak=1, made_up=True))
        emit(CheckedIn(member_id=counter.shopper.id, at=clock.now(), day="2026-11-24", streak=1))
        drain(twice=True)
        assert (chances(counter, campaign), chances(counter, other)) == (1, 1)


class TestShares:
    def test_each_friend_once(self, counter: Counter, booth: Booth, drain: Do) -> None:
        campaign = run(booth, free_daily=0, by_share={"daily_max": 2})
        run(booth, free_daily=0, by_share={})
        code, friend = link(counter, campaign), another(counter)
        for who in (friend, friend, counter, None):
            visit(code, who)
        drain(twice=True)
        assert (chances(counter, campaign), chances(friend, campaign)) == (1, 0)
        (row,) = DrawChance.scan()
        assert row.id == f"{campaign['id']}#share#{friend.shopper.id}"
        for number in range(3):
            visit(code, another(counter, f"friend {number}"))
            drain()
        assert chances(counter, campaign) == 2

    def test_a_link_of_something_else(self, counter: Counter, booth: Booth, drain: Do) -> None:
        campaign = run(booth, free_daily=0, by_share={})
        visit(link(counter, {"id": "cmp_other"}), another(counter))
        visit("NoSuchCode00", another(counter))
        drain()
        assert chances(counter, campaign) == 0
        assert not list(DrawChance.scan())


class TestAccount:
    @pytest.mark.dynoxide
    def test_earned_while_drawing(self, counter: Counter, booth: Booth, drain: Do) -> None:
        """The reactions meet the draws on one item: each comes again until it counts, once."""
        campaign = run(booth, free_daily=3, by_check_in={"daily_max": 9})
        with ThreadPoolExecutor(4) as pool:
            taps = [pool.submit(try_draw, counter, campaign, f"tap-{number}-0000") for number in range(3)]
            for day in range(3):
                emit(CheckedIn(member_id=counter.shopper.id, at=clock.now(), day=f"2026-11-2{day}", streak=1))
            drain(redeliver=True)
            drawn = [each.result().status for each in taps].count(201)
        drain(redeliver=True)
        shown = wheel(counter, campaign)["mine"]
        assert (shown["left"], shown["drawn"]) == (6 - drawn, drawn)
        require_sound(campaign, {"phone": 3})

    def test_free_ones_are_spent_first(self, counter: Counter, booth: Booth, drain: Do) -> None:
        campaign = run(booth, free_daily=1, by_check_in={})
        emit(CheckedIn(member_id=counter.shopper.id, at=clock.now(), day="2026-11-24", streak=1))
        drain()
        shown = [wheel(counter, campaign)["mine"]]
        for key in ("tap-1-0000", "tap-2-0000"):
            draw(counter, campaign, key)
            shown.append(wheel(counter, campaign)["mine"])
        assert [(each["left"], each["free_left"]) for each in shown] == [(2, 1), (1, 0), (0, 0)]

    def test_a_closed_account(self, counter: Counter, booth: Booth, drain: Do, http: Client) -> None:
        campaign = run(booth, by_check_in={})
        draw(counter, campaign)
        emit(CheckedIn(member_id=counter.shopper.id, at=clock.now(), day="2026-11-24", streak=1))
        drain()
        member = Member.find(counter.shopper.id)
        assert member is not None
        member.status = MemberStatus.CLOSED
        member.save()
        assert try_draw(counter, campaign, "tap-2-0000").status == 401
        emit(MemberClosed(member_id=counter.shopper.id))
        drain(twice=True)
        emit(CheckedIn(member_id=counter.shopper.id, at=clock.now(), day="2026-11-25", streak=1))
        drain()
        assert (list(DrawAccount.scan()), list(DrawChance.scan()), len(list(Draw.scan()))) == ([], [], 1)
