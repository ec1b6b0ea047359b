"""A bargain from the desk over friends' taps to the order, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.bargain.models import BargainHelp, BargainSlot, BargainStatus
from chalicelib.mall.catalog.products.models import Product, ProductStatus
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.identity.privacy import service as privacy
from tests.growth.campaigns.bargain.factories import (
    CUTS,
    FLOOR,
    PLAY,
    PRICE,
    Party,
    counted,
    party,
    require_sound,
    stored,
)
from tests.growth.campaigns.factories import Booth, fields, item, left, put_into, require_conserved
from tests.growth.campaigns.friends import new_friend, old_friend
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter, adjustments
from tests.trade import factories

Do = Callable[..., Any]


@pytest.fixture
def shop(booth: Booth, counter: Counter, frozen: MovableClock) -> Party:
    return party(booth, counter)


class TestStory:
    def test_from_the_first_cut_to_the_order(self, shop: Party, drain: Do, cloud: Cloud) -> None:
        bargain = shop.start()
        shown = {name: bargain[name] for name in ("standing", "start_amount", "floor_amount", "cut_count", "mine")}
        assert shown == {
            "standing": "running",
            "start_amount": PRICE,
            "floor_amount": FLOOR,
            "cut_count": 1,
            "mine": True,
        }
        assert FLOOR < bargain["price_amount"] < PRICE
        friends = [old_friend(f"friend-{n}") for n in range(CUTS - 1)]
        for number, friend in enumerate(friends):
            made = shop.cut(bargain, friend)
            assert (made["cut_count"], made["newcomer"]) == (number + 2, False)
            page = shop.page(bargain, shop.http.as_(friend.token))
            assert (page["my_cut_amount"], page["price_amount"], page["mine"], page["can_buy"]) == (
                made["amount"],
                made["price_amount"],
                False,
                False,
            )
        require_sound(bargain)
        assert shop.page(bargain)["standing"] == "at_floor"
        late = old_friend("late")
        with cloud.unchanged():
            assert shop.try_cut(bargain, late).code == "bargain_at_floor"
        quote = shop.counter.preview(shop.line, bargain=bargain["id"])
        assert adjustments(quote)[0] == (PLAY, FLOOR - PRICE)
        assert shop.counter.preview(shop.line)["payable_amount"] == PRICE, "only when it is asked for"
        order = shop.counter.order(shop.line, bargain=bargain["id"])
        assert order["payable_amount"] == FLOOR
        drain(twice=True)
        page = shop.page(bargain)
        assert (page["standing"], page["order_id"], page["can_buy"]) == ("ordered", order["id"], False)
        assert shop.page(bargain, shop.http)["order_id"] is None
        numbers = shop.booth.numbers(shop.campaign)
        assert (numbers["participant_count"], numbers["invited_count"], numbers["placed_count"]) == (4, 3, 1)
        assert numbers["viral_factor_bps"] == 30_000

    def test_helpers_in_pages_the_newest_first(self, shop: Party) -> None:
        bargain = shop.start()
        names = ["ann", "bea", "cid"]
        made = [shop.cut(bargain, old_friend(name))["amount"] for name in names]
        path = f"/bargains/{bargain['id']}/cuts"
        first = shop.http.get(path, query={"limit": 2}).ok()
        rest = shop.http.get(path, query={"limit": 2, "cursor": first["cursor"]}).ok()
        shown = [(each["nickname"], each["amount"]) for each in first["items"] + rest["items"]]
        assert shown[:3] == list(zip(reversed(names), reversed(made), strict=True))
        assert shown[3][0] == "好友"
        mine = shop.counter.buyer.get("/bargains", query={"limit": 1}).ok()
        assert [each["id"] for each in mine["items"]] == [bargain["id"]]

    def test_bought_at_the_price_of_the_moment(self, shop: Party) -> None:
        bargain = shop.start()
        shop.cut(bargain, old_friend())
        price = shop.page(bargain)["price_amount"]
        order = shop.counter.order(shop.line, bargain=bargain["id"])
        assert order["payable_amount"] == price == stored(bargain).price_amount

    def test_a_friend_cuts_between_preview_and_order(self, shop: Party, cloud: Cloud) -> None:
        bargain = shop.start()
        seen = shop.counter.preview(shop.line, bargain=bargain["id"])["payable_amount"]
        made = shop.cut(bargain, old_friend())
        with cloud.unchanged():
            reply = shop.counter.try_order(shop.line, payable=seen, bargain=bargain["id"])
        assert (reply.code, reply.json["details"]) == ("price_changed", {"payable_amount": made["price_amount"]})
        assert (
            shop.counter.order(shop.line, key="tap-00002", bargain=bargain["id"])["payable_amount"]
            == seen - made["amount"]
        )

    def test_a_better_price_leaves_the_bargain_alone(self, shop: Party) -> None:
        bargain = shop.start()
        shop.booth.run("limited_discount", item(shop.product, 5_000))
        order = shop.counter.order(shop.line, bargain=bargain["id"])
        assert (adjustments(order)[0], stored(bargain).status) == (("limited_discount", -7_000), BargainStatus.OPEN)

    def test_a_floor_of_nothing_is_paid_by_itself(self, booth: Booth, counter: Counter) -> None:
        quilt = factories.product(price=300)
        campaign = booth.run(PLAY, item(quilt, 0, terms={"cuts": 2}))
        shop = Party(booth, counter, quilt, campaign)
        bargain = shop.start()
        shop.cut(bargain, old_friend())
        order = counter.order(shop.line, bargain=bargain["id"])
        assert order["payable_amount"] == order["freight_amount"]


class TestRules:
    def test_only_at_the_floor(self, booth: Booth, counter: Counter) -> None:
        shop = party(booth, counter, buy_at="floor")
        bargain = shop.start()
        quote = counter.preview(shop.line, bargain=bargain["id"])
        assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (PRICE, "砍到底价才能购买，还差3刀")
        assert shop.page(bargain)["can_buy"] is False
        shop.finish(bargain)
        assert shop.page(bargain)["can_buy"] is True
        assert counter.order(shop.line, bargain=bargain["id"])["payable_amount"] == FLOOR

    def test_the_starter_may_not_cut_first(self, booth: Booth, counter: Counter) -> None:
        shop = party(booth, counter, starter_cuts=False)
        bargain = shop.start()
        assert (bargain["cut_count"], bargain["price_amount"]) == (0, PRICE)
        shop.finish(bargain)
        assert require_sound(bargain).price_amount == FLOOR

    def test_a_newcomer_cuts_more(self, booth: Booth, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("secrets.randbelow", lambda end: 99)
        shop = party(booth, counter, newcomer_bps=20_000)
        before = new_friend("before")
        bargain = shop.start()
        made = [shop.cut(bargain, each) for each in (before, new_friend("after"))]
        assert [(each["amount"], each["newcomer"]) for each in made] == [(100, False), (200, True)]
        rows = shop.http.get(f"/bargains/{bargain['id']}/cuts").ok()["items"]
        assert [(each["amount"], each["newcomer"]) for each in rows] == [(200, True), (100, False), (100, False)]

    def test_nobody_helps_themselves_or_twice(self, shop: Party, cloud: Cloud) -> None:
        bargain, friend = shop.start(), old_friend()
        with cloud.unchanged():
            assert shop.try_cut(bargain, shop.counter.shopper).code == "own_bargain"
        made = shop.cut(bargain, friend)
        with cloud.unchanged():
            again = shop.try_cut(bargain, friend)
        assert (again.code, again.json["details"]) == ("bargain_already_cut", {"amount": made["amount"]})

    def test_a_friend_helps_so_often_a_day(
        self, booth: Booth, counter: Counter, frozen: MovableClock, cloud: Cloud
    ) -> None:
        shop, friend = party(booth, counter, cuts_a_day=2), old_friend()
        owners = [Counter(counter.http, old_friend(f"owner-{n}")) for n in range(3)]
        bargains = [shop.start(each) for each in owners]
        for bargain in bargains[:2]:
            shop.cut(bargain, friend)
        with cloud.unchanged():
            reply = shop.try_cut(bargains[2], friend)
        assert (reply.code, reply.json["details"]) == ("bargain_cuts_used_up", {"limit": 2})
        frozen.set(clock.day_start(clock.today() + timedelta(days=1)) - timedelta(milliseconds=2))
        assert shop.try_cut(bargains[2], friend).code == "bargain_cuts_used_up"
        frozen.move(milliseconds=1)
        shop.cut(bargains[2], friend)
        assert counted(friend) == 3

    def test_one_at_a_time_for_an_item(self, shop: Party, frozen: MovableClock) -> None:
        first, gray = shop.start(), shop.start(index=1)
        assert shop.start()["id"] == first["id"] != gray["id"]
        frozen.set(stored(first).ends_at - timedelta(milliseconds=2))
        assert shop.start()["id"] == first["id"]
        frozen.set(stored(first).ends_at)
        assert shop.start()["id"] not in (first["id"], gray["id"])

    def test_one_piece_of_its_own_sku_in_the_basket(self, shop: Party) -> None:
        bargain = shop.start()
        for line, reason in (
            (factories.line(shop.product, 2), "砍价商品每次限购1件"),
            (factories.line(shop.product, 1, 1), "不含砍价商品"),
        ):
            quote = shop.counter.preview(line, bargain=bargain["id"])
            assert (quote["discount_amount"], quote["choices"][0]["reason"]) == (0, reason)

    def test_only_its_owner_buys_at_its_price(self, shop: Party) -> None:
        bargain = shop.start()
        other = Counter(shop.http, old_friend())
        quote = other.preview(shop.line, bargain=bargain["id"])
        assert (quote["payable_amount"], quote["choices"]) == (PRICE, [])
        assert other.preview(shop.line, bargain="brg_no")["payable_amount"] == PRICE


class TestTime:
    def test_the_last_moment_and_the_first_one_after(self, shop: Party, frozen: MovableClock, cloud: Cloud) -> None:
        bargain = shop.start()
        ends_at = stored(bargain).ends_at
        frozen.set(ends_at - timedelta(milliseconds=2))
        shop.cut(bargain, old_friend("just in time"))
        frozen.set(ends_at - timedelta(milliseconds=3))
        seen = shop.counter.preview(shop.line, bargain=bargain["id"])["payable_amount"]
        assert seen < PRICE
        late = old_friend("late")
        frozen.set(ends_at - timedelta(milliseconds=1))
        with cloud.unchanged():
            # The clock of the request is the end itself.
            assert shop.try_cut(bargain, late).code == "bargain_over"
            reply = shop.counter.try_order(shop.line, payable=seen, bargain=bargain["id"])
            assert (reply.code, reply.json["details"]) == ("price_changed", {"payable_amount": PRICE})
            page = shop.page(bargain)
        assert (page["standing"], page["can_buy"]) == ("over", False)
        quote = shop.counter.preview(shop.line, bargain=bargain["id"])
        assert quote["choices"][0]["reason"] == "砍价已结束"

    def test_it_ends_with_the_campaign(self, shop: Party, frozen: MovableClock) -> None:
        frozen.move(hours=40)
        bargain = shop.start()
        assert bargain["ends_at"] == shop.campaign["ends_at"]
        frozen.move(hours=8)
        assert shop.page(bargain)["standing"] == "over"

    def test_stopped_at_once(self, shop: Party, cloud: Cloud) -> None:
        bargain, friend = shop.start(), old_friend()
        seen = shop.counter.preview(shop.line, bargain=bargain["id"])["payable_amount"]
        shop.booth.step(shop.campaign, "stop")
        with cloud.unchanged():
            assert shop.try_cut(bargain, friend).code == "bargain_over"
            assert shop.counter.try_order(shop.line, payable=seen, bargain=bargain["id"]).code == "price_changed"
            assert shop.page(bargain)["standing"] == "over"
            again = shop.try_start(Counter(shop.http, friend))
        assert (again.code, again.json["details"]) == ("not_bargainable", {"reason": "not_running"})


class TestOrder:
    def test_bought_is_bought_until_it_is_canceled(self, shop: Party, drain: Do, cloud: Cloud) -> None:
        bargain = shop.start()
        order = shop.counter.order(shop.line, bargain=bargain["id"])
        friend = old_friend()
        drain()
        with cloud.unchanged():
            assert shop.try_cut(bargain, friend).code == "bargain_ordered"
        quote = shop.counter.preview(shop.line, bargain=bargain["id"])
        assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (PRICE, "该砍价已下单")
        assert shop.start()["id"] == bargain["id"], "no other one before its time is over"
        shop.counter.cancel(order)
        drain(twice=True)
        assert (stored(bargain).status, stored(bargain).order_id) == (BargainStatus.OPEN, None)
        shop.cut(bargain, friend)
        again = shop.counter.order(shop.line, key="tap-00002", bargain=bargain["id"])
        assert again["payable_amount"] == require_sound(bargain).price_amount

    def test_canceled_when_its_time_is_over(self, shop: Party, frozen: MovableClock, drain: Do) -> None:
        bargain = shop.start()
        order = shop.counter.order(shop.line, bargain=bargain["id"])
        frozen.move(hours=24)
        fresh = shop.start()
        assert fresh["id"] != bargain["id"]
        shop.counter.cancel(order)
        drain(twice=True)
        assert (shop.page(bargain)["standing"], shop.page(fresh)["standing"]) == ("over", "running")
        assert shop.counter.preview(shop.line, bargain=bargain["id"])["payable_amount"] == PRICE

    def test_pieces_set_aside(self, booth: Booth, counter: Counter, drain: Do, sweep: Do, cloud: Cloud) -> None:
        shop = party(booth, counter, own_stock=1)
        bargain = shop.start()
        friend = Counter(counter.http, old_friend())
        other = shop.start(friend)
        assert (bargain["left"], left(shop.campaign, shop.product)) == (1, 1)
        order = counter.order(shop.line, bargain=bargain["id"])
        drain()
        quote = friend.preview(shop.line, bargain=other["id"])
        assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (PRICE, "活动库存已抢光")
        late = shop.try_start(Counter(counter.http, old_friend("late")))
        assert (late.code, late.json["details"]) == ("not_bargainable", {"reason": "sold_out"})
        helper = old_friend("helper")
        with cloud.unchanged():
            assert shop.try_cut(other, helper).code == "bargain_sold_out", "a tap that would help to nothing"
            page = shop.page(other, friend.buyer)
        assert (page["standing"], page["left"], page["sold_out"], page["can_buy"]) == ("running", 0, True, False)
        counter.cancel(order)
        drain()
        sweep(minutes=3)
        shop.cut(other, helper)
        assert friend.order(shop.line, bargain=other["id"])["payable_amount"] == stored(other).price_amount
        require_conserved(shop.campaign, shop.product, 20)

    def test_the_products_own_pieces_are_gone(self, shop: Party, cloud: Cloud) -> None:
        bargain, friend = shop.start(), old_friend()
        assert (bargain["sold_out"], bargain["left"]) == (False, None)
        Counter(shop.http, old_friend("other")).order(factories.line(shop.product, 20))
        with cloud.unchanged():
            assert shop.try_cut(bargain, friend).code == "bargain_sold_out"
            page = shop.page(bargain)
        assert (page["sold_out"], page["can_buy"]) == (True, False)

    def test_limits_of_the_campaign(self, booth: Booth, counter: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        quilt = factories.product(price=PRICE)
        goods = item(quilt, FLOOR, terms={"cuts": CUTS}, per_member_max=1)
        shop = Party(booth, counter, quilt, booth.run(PLAY, goods, lasts=60))
        bargain = shop.start()
        counter.order(shop.line, bargain=bargain["id"])
        frozen.move(hours=24)
        with cloud.unchanged():
            reply = shop.try_start()
        assert (reply.code, reply.json["details"]) == ("not_bargainable", {"reason": "limit_reached"})


class TestStart:
    def test_only_for_its_segment_but_anybody_helps(self, booth: Booth, counter: Counter) -> None:
        from chalicelib.loyalty.segments.models import Segment, SegmentStatus
        from chalicelib.loyalty.segments.rules.schemas import Condition

        rule = Condition.model_validate({"field": "order_count", "op": "at_least", "number": 1})
        Segment(id="seg_1", title="老客", rule=rule, status=SegmentStatus.ACTIVE, created_at=clock.now()).save()
        quilt = factories.product(price=PRICE)
        campaign = booth.run(PLAY, item(quilt, FLOOR, terms={"cuts": CUTS}), segment_id="seg_1")
        shop = Party(booth, counter, quilt, campaign)
        assert shop.try_start().json["details"] == {"reason": "not_for_me"}
        put_into(counter.shopper.id, "seg_1")
        bargain = shop.start()
        shop.cut(bargain, old_friend())
        put_into(counter.shopper.id)  # what friends have cut is not taken away by leaving it
        order = counter.order(shop.line, bargain=bargain["id"])
        assert order["payable_amount"] == stored(bargain).price_amount < PRICE

    @pytest.mark.parametrize(
        ("change", "reason"),
        [("price", "price_too_low"), ("unlisted", "not_on_sale"), ("stock", "sold_out")],
    )
    def test_what_has_changed_since_it_was_scheduled(self, shop: Party, cloud: Cloud, change: str, reason: str) -> None:
        product = Product.find(shop.product.id)
        assert product is not None
        if change == "price":
            product.skus = [sku.model_copy(update={"price_amount": FLOOR + CUTS - 1}) for sku in product.skus]
        elif change == "unlisted":
            product.status = ProductStatus.UNLISTED
        else:
            shop.counter.order(factories.line(shop.product, 20))
        product.save()
        buyer = shop.counter.buyer
        with cloud.unchanged():
            reply = shop.try_start()
        assert (reply.code, reply.json["details"]) == ("not_bargainable", {"reason": reason})
        assert buyer.get("/bargains").ok()["items"] == []

    def test_a_price_that_rises_leaves_a_bargain_alone(self, shop: Party) -> None:
        bargain = shop.start()
        product = Product.find(shop.product.id)
        assert product is not None
        product.skus = [sku.model_copy(update={"price_amount": 99_900}) for sku in product.skus]
        product.save()
        order = shop.counter.order(shop.line, bargain=bargain["id"])
        assert order["payable_amount"] == stored(bargain).price_amount < PRICE

    def test_another_play_is_no_bargain(self, booth: Booth, counter: Counter) -> None:
        quilt = factories.product(price=PRICE)
        shop = Party(booth, counter, quilt, booth.run("limited_discount", item(quilt, FLOOR)))
        assert shop.try_start().json["details"] == {"reason": "not_running"}

    def test_forged_ids(self, shop: Party, cloud: Cloud) -> None:
        friend = old_friend()
        with cloud.unchanged():
            for method, path in (("GET", ""), ("POST", "/cuts"), ("POST", "/shares")):
                body = {} if path == "/shares" else None
                reply = shop.http.as_(friend.token).request(method, f"/bargains/brg_no{path}", json=body)
                assert (reply.status, reply.code) == (404, "bargain_not_found")
            assert shop.http.get("/bargains/brg_no/cuts").ok()["items"] == []
            assert shop.http.post("/bargains/brg_no/cuts").status == 401
            body = {"campaign_id": "cmp_no", "product_id": shop.product.id, "sku_id": shop.product.skus[0].id}
            assert shop.counter.buyer.post("/bargains", json=body).code == "not_bargainable"
            assert shop.counter.buyer.post("/bargains", json={}).status == 422

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({}, "items.0.unit_amount"),
            ({"unit_amount": PRICE - CUTS + 1}, "items.0.unit_amount"),
            ({"unit_amount": FLOOR, "terms": {}}, "items.0.terms.cuts"),
            ({"unit_amount": FLOOR, "terms": {"cuts": 1}}, "items.0.terms.cuts"),
        ],
    )
    def test_what_can_not_be_is_refused_when_it_is_saved(
        self, booth: Booth, cloud: Cloud, more: dict[str, Any], field: str
    ) -> None:
        goods = {**item(factories.product(price=PRICE), terms={"cuts": CUTS}), **more}
        staff = booth.staff
        with cloud.unchanged():
            reply = staff.post("/admin/campaigns", json=fields(PLAY, goods))
        assert [each["field"] for each in reply.json["details"]["errors"]] == [field]


def test_a_closed_account(shop: Party, drain: Do, cloud: Cloud) -> None:
    bargain, friend = shop.start(), old_friend("阿远")
    shop.cut(bargain, friend)
    own = shop.start(Counter(shop.http, friend))
    assert privacy.export_parts["bargains"](friend.id)["helped"] == [
        {
            "id": bargain["id"],
            "amount": stored(bargain).cut_amount - cuts_by_owner(bargain),
            "at": iso_of(bargain, friend),
        }
    ]
    member = Member.find(friend.id, consistent=True)
    assert member is not None
    member.status, member.nickname = MemberStatus.CLOSED, None
    member.save()
    with Transaction() as tx:
        tx.emit(MemberClosed(member_id=friend.id))
    drain(twice=True, expect_failures=True)
    assert list(BargainHelp.query(friend.id)) == list(BargainSlot.query(friend.id)) == []
    assert shop.page(own)["standing"] == "over"
    assert shop.http.get(f"/bargains/{bargain['id']}/cuts").ok()["items"][0]["nickname"] == "好友"
    with cloud.unchanged():
        assert shop.try_cut(bargain, friend).status == 401


def cuts_by_owner(bargain: Any) -> int:
    from tests.growth.campaigns.bargain.factories import cuts_of

    return sum(each.amount for each in cuts_of(bargain) if each.member_id == stored(bargain).member_id)


def iso_of(bargain: Any, friend: Any) -> str:
    found = BargainHelp.find(friend.id, bargain["id"])
    assert found is not None
    at: str = found.at.isoformat()
    return at
