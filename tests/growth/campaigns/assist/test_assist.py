"""An assist from the desk over friends' help to the order, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.models import AssistHelp, AssistSlot, AssistStatus, device_digest
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.identity.members.models import Member, MemberStatus, Source
from chalicelib.mall.identity.privacy import service as privacy
from tests.growth.campaigns.assist.factories import (
    HELPS,
    PLAY,
    PRICE,
    UNLOCKED,
    WHOLE,
    Party,
    counts,
    device_of,
    party,
    require_conserved,
    require_sound,
    stored,
    waiting,
)
from tests.growth.campaigns.factories import Booth, fields, item, left, put_into
from tests.growth.campaigns.friends import new_friend, old_friend
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter, adjustments, staff
from tests.loyalty.segments.factories import some_active
from tests.trade import factories

Do = Callable[..., Any]


@pytest.fixture
def shop(booth: Booth, counter: Counter, frozen: MovableClock) -> Party:
    return party(booth, counter)


class TestStory:
    def test_from_the_first_helper_to_the_order(self, shop: Party, drain: Do, cloud: Cloud) -> None:
        assist = shop.start()
        shown = {name: assist[name] for name in ("standing", "list_amount", "unit_amount", "help_count", "left")}
        assert shown == {
            "standing": "running",
            "list_amount": PRICE,
            "unit_amount": UNLOCKED,
            "help_count": 0,
            "left": 3,
        }
        quote = shop.counter.preview(shop.line, assist=assist["id"])
        assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (PRICE, "还差3位好友助力")
        friends = [new_friend(f"friend-{n}") for n in range(HELPS)]
        made = [shop.help(assist, friend) for friend in friends]
        assert [each["help_count"] for each in made] == [1, 2, 3]
        assert [each["unlocked"] for each in made] == [False, False, True]
        assert (left(shop.campaign, shop.product), waiting(assist)) == (2, 1)
        page = shop.page(assist)
        assert (page["standing"], page["can_order"]) == ("unlocked", True)
        seen = shop.page(assist, shop.http.as_(friends[0].token))
        assert (seen["helped"], seen["mine"], seen["can_order"]) == (True, False, False)
        late = new_friend("late")
        with cloud.unchanged():
            assert shop.try_help(assist, late).code == "assist_complete"
        order = shop.counter.order(shop.line, assist=assist["id"])
        assert adjustments(order)[0] == (PLAY, UNLOCKED - PRICE)
        assert (stored(assist).status, waiting(assist)) == (AssistStatus.ORDERED, 0)
        drain(twice=True)
        require_conserved(shop)
        assert shop.page(assist)["order_id"] == order["id"]
        assert shop.page(assist, shop.http)["order_id"] is None
        numbers = shop.booth.numbers(shop.campaign)
        named = ("participant_count", "new_member_count", "invited_count", "placed_count", "viral_factor_bps")
        assert [numbers[each] for each in named] == [4, 4, 3, 1, 30_000]

    def test_for_nothing_it_is_paid_by_itself(self, booth: Booth, counter: Counter, drain: Do) -> None:
        shop = party(booth, counter, unit_amount=0, helps=1)
        freight = {"flat_amount": 0, "free_over_amount": None}
        staff(counter.http, "settings.write").put("/admin/freight", json=freight).ok()
        assist = shop.start()
        shop.help(assist, new_friend())
        order = counter.order(shop.line, assist=assist["id"])
        assert order["payable_amount"] == 0
        assert counter.buyer.get(f"/orders/{order['id']}").ok()["status"] in ("paid", "processing")
        assert counter.buyer.post(f"/orders/{order['id']}/pay", json={}).code == "order_not_pending"
        drain(twice=True)
        assert counter.buyer.get(f"/orders/{order['id']}").ok()["status"] == "processing"
        numbers = shop.booth.numbers(shop.campaign)
        assert (numbers["order_count"], numbers["paid_amount"], numbers["discount_amount"]) == (1, 0, PRICE)

    def test_helpers_in_pages_the_newest_first(self, shop: Party) -> None:
        assist = shop.start()
        for name in ("ann", "bea", "cid"):
            shop.help(assist, new_friend(name))
        path = f"/assists/{assist['id']}/helps"
        first = shop.http.get(path, query={"limit": 2}).ok()
        rest = shop.http.get(path, query={"limit": 2, "cursor": first["cursor"]}).ok()
        assert [each["nickname"] for each in first["items"] + rest["items"]] == ["cid", "bea", "ann"]
        mine = shop.counter.buyer.get("/assists").ok()["items"]
        assert [each["id"] for each in mine] == [assist["id"]]


class TestHelpers:
    def test_only_newcomers(self, shop: Party, cloud: Cloud) -> None:
        before = new_friend("before")
        assist, friend = shop.start(), old_friend()
        with cloud.unchanged():
            for each in (friend, before):
                reply = shop.try_help(assist, each)
                assert (reply.code, reply.json["details"]) == ("assist_only_newcomers", {"helpers": "new"})
        shop.help(assist, new_friend("after"))

    def test_only_those_who_came_through_the_starter(self, booth: Booth, counter: Counter, cloud: Cloud) -> None:
        shop = party(booth, counter, helpers="invited")
        assist, friend = shop.start(), new_friend()
        with cloud.unchanged():
            assert shop.try_help(assist, friend).json["details"] == {"helpers": "invited"}
        for inviter, code in (("mem_other", "assist_only_newcomers"), (counter.shopper.id, None)):
            member = Member.find(friend.id, consistent=True)
            assert member is not None
            member.source = Source(inviter_id=inviter)
            member.save()
            assert shop.try_help(assist, friend).code == code

    def test_anybody(self, booth: Booth, counter: Counter) -> None:
        shop = party(booth, counter, helpers="anybody")
        shop.help(shop.start(), old_friend())

    def test_nobody_helps_themselves_or_twice_or_from_the_starters_phone(self, shop: Party, cloud: Cloud) -> None:
        assist, friend = shop.start(), new_friend()
        with cloud.unchanged():
            assert shop.try_help(assist, shop.counter.shopper, "another-phone").code == "own_assist"
            assert shop.try_help(assist, friend, device_of(shop.counter.shopper)).code == "assist_own_device"
        shop.help(assist, friend)
        with cloud.unchanged():
            assert shop.try_help(assist, friend, "another-phone").code == "assist_already_helped"

    def test_a_member_and_a_device_help_so_often_in_the_campaign(
        self, booth: Booth, counter: Counter, cloud: Cloud
    ) -> None:
        shop = party(booth, counter, helps_max=2, device_max=2)
        owners = [Counter(counter.http, old_friend(f"owner-{n}")) for n in range(4)]
        assists = [shop.start(each) for each in owners]
        ann, bea = new_friend("ann"), new_friend("bea")
        for assist in assists[:2]:
            shop.try_help(assist, ann, "phone-of-the-farm").ok()
        with cloud.unchanged():
            mine = shop.try_help(assists[2], ann, "phone-of-another")
            phone = shop.try_help(assists[2], bea, "phone-of-the-farm")
        assert (mine.code, mine.json["details"]) == ("assist_helps_used_up", {"limit": 2})
        assert (phone.code, phone.json["details"]) == ("assist_device_used_up", {"limit": 2})
        shop.try_help(assists[2], bea, "phone-of-bea").ok()
        assert counts() == [1, 1, 2, 2]

    def test_of_a_device_a_digest_is_kept(self, shop: Party, cloud: Cloud) -> None:
        assist = shop.start()
        shop.try_help(assist, new_friend(), "phone-fingerprint-1").ok()
        assert "phone-fingerprint-1" not in str(cloud.snapshot())
        assert device_digest("cmp_1", "phone-1") != device_digest("cmp_2", "phone-1")

    def test_what_is_gone_is_not_helped_for(self, booth: Booth, counter: Counter, cloud: Cloud, drain: Do) -> None:
        shop = party(booth, counter, stock=1)
        other = Counter(counter.http, old_friend("other"))
        mine, theirs = shop.start(), shop.start(other)
        shop.complete(mine)
        friend = new_friend()
        with cloud.unchanged():
            assert shop.try_help(theirs, friend).code == "assist_sold_out"
            late = shop.try_start(Counter(counter.http, friend))
        assert (late.code, late.json["details"]) == ("not_assistable", {"reason": "sold_out"})
        drain()
        assert counter.order(shop.line, assist=mine["id"])["payable_amount"] >= UNLOCKED, "it waits for its owner"
        require_conserved(shop)


class TestTime:
    def test_the_last_moment_and_the_first_one_after(self, shop: Party, frozen: MovableClock, cloud: Cloud) -> None:
        assist = shop.start()
        ann, bea = new_friend("ann"), new_friend("bea")
        ends_at = stored(assist).ends_at
        frozen.set(ends_at - timedelta(milliseconds=2))
        shop.help(assist, ann)
        frozen.set(ends_at - timedelta(milliseconds=1))
        with cloud.unchanged():
            assert shop.try_help(assist, bea).code == "assist_over"
            assert shop.page(assist)["standing"] == "over"
        assert shop.start()["id"] != assist["id"], "another round"

    def test_what_is_unlocked_waits_so_long(
        self, booth: Booth, counter: Counter, frozen: MovableClock, drain: Do, sweep: Do, cloud: Cloud
    ) -> None:
        shop = party(booth, counter, claim_hours=2)
        assist = shop.start()
        shop.complete(assist)
        drain()
        until = stored(assist).ends_at
        assert until - clock.now() == timedelta(hours=2)
        frozen.set(until - timedelta(milliseconds=2))
        seen = counter.preview(shop.line, assist=assist["id"])["payable_amount"]
        assert seen < PRICE
        with cloud.unchanged():
            reply = counter.try_order(shop.line, payable=seen, assist=assist["id"])
        assert (reply.code, reply.json["details"]) == ("price_changed", {"payable_amount": PRICE})
        assert waiting(assist) == 1
        sweep(minutes=2)
        assert (stored(assist).status, waiting(assist), left(shop.campaign, shop.product)) == (
            AssistStatus.LAPSED,
            0,
            3,
        )
        require_conserved(shop)
        quote = counter.preview(shop.line, assist=assist["id"])
        assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (PRICE, "助力已结束")
        assert shop.start()["id"] != assist["id"]

    def test_it_ends_with_the_campaign_and_everything_goes_home(
        self, shop: Party, frozen: MovableClock, drain: Do, sweep: Do
    ) -> None:
        frozen.move(hours=60)
        assist = shop.start()
        assert assist["ends_at"] == shop.campaign["ends_at"]
        shop.complete(assist)
        drain()
        frozen.move(hours=12)
        sweep(minutes=3)
        sweep(minutes=3)
        assert (stored(assist).status, left(shop.campaign, shop.product)) == (AssistStatus.LAPSED, 0)
        assert factories.available(shop.product) == WHOLE

    def test_stopped_at_once(self, shop: Party, cloud: Cloud, drain: Do) -> None:
        other = Counter(shop.http, old_friend("other"))
        mine, theirs, friend = shop.start(), shop.start(other), new_friend()
        shop.complete(mine)
        drain()
        seen = shop.counter.preview(shop.line, assist=mine["id"])["payable_amount"]
        shop.booth.step(shop.campaign, "stop")
        with cloud.unchanged():
            assert shop.try_help(theirs, friend).code == "assist_over"
            assert shop.counter.try_order(shop.line, payable=seen, assist=mine["id"]).code == "price_changed"
            assert shop.page(mine)["standing"] == "over"
            again = shop.try_start(Counter(shop.http, friend))
        assert (again.code, again.json["details"]) == ("not_assistable", {"reason": "not_running"})
        drain(twice=True)
        assert (require_sound(mine).status, stored(theirs).status) == (AssistStatus.LAPSED, AssistStatus.OPEN)
        assert factories.available(shop.product) == WHOLE, "what waited too: at once"

    def test_ordered_before_the_stop_stays_and_canceled_after_it_goes_home(
        self, shop: Party, drain: Do, sweep: Do
    ) -> None:
        other = Counter(shop.http, old_friend("other"))
        mine, theirs = shop.start(), shop.start(other)
        shop.complete(mine)
        shop.complete(theirs, "helper-of-other")
        order = shop.counter.order(shop.line, assist=mine["id"])
        kept = other.order(shop.line, key="tap-00009", assist=theirs["id"])
        shop.booth.step(shop.campaign, "stop")
        drain()
        assert shop.counter.buyer.get(f"/orders/{order['id']}").ok()["status"] == "pending_payment"
        sweep(minutes=10)  # nobody looks through the index any more
        shop.counter.cancel(order)
        drain(twice=True)
        sweep(minutes=3)
        sweep(minutes=3)
        assert stored(mine).status is AssistStatus.LAPSED
        assert (stored(theirs).status, stored(theirs).order_id) == (AssistStatus.ORDERED, kept["id"])
        assert factories.available(shop.product) == WHOLE - 1
        require_conserved(shop)

    def test_what_the_index_does_not_show_yet_goes_home_five_minutes_later(
        self, shop: Party, drain: Do, sweep: Do, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assist = shop.start()
        shop.complete(assist)
        with monkeypatch.context() as patch:
            patch.setattr("chalicelib.core.pages.query", lambda *asked, **how: ([], None))
            shop.booth.step(shop.campaign, "stop")
            drain()
        assert require_sound(assist).status is AssistStatus.UNLOCKED
        sweep(minutes=6)
        assert (require_sound(assist).status, factories.available(shop.product)) == (AssistStatus.LAPSED, WHOLE)


class TestOrder:
    def test_once_for_a_member_unless_it_is_canceled(self, shop: Party, drain: Do, cloud: Cloud) -> None:
        assist = shop.start()
        assert shop.start()["id"] == assist["id"]
        shop.complete(assist)
        order = shop.counter.order(shop.line, assist=assist["id"])
        drain()
        with cloud.unchanged():
            again = shop.try_start()
            quote = shop.counter.preview(shop.line, assist=assist["id"])
        assert (again.code, again.json["details"]) == ("not_assistable", {"reason": "had_already"})
        assert (quote["payable_amount"], quote["choices"][0]["reason"]) == (PRICE, "该助力奖品已下单")
        shop.counter.cancel(order)
        drain(twice=True)
        row = require_sound(assist)
        assert (row.status, row.order_id, waiting(assist)) == (AssistStatus.UNLOCKED, None, 1)
        assert shop.counter.order(shop.line, key="tap-00002", assist=assist["id"])["payable_amount"] < PRICE
        require_conserved(shop)

    def test_who_leaves_the_segment_keeps_what_is_unlocked(self, booth: Booth, counter: Counter) -> None:
        (segment,) = some_active(1)
        shop = party(booth, counter, segment_id=segment.id)
        assert shop.try_start().json["details"] == {"reason": "not_for_me"}
        put_into(counter.shopper.id, segment.id)
        assist = shop.start()
        shop.complete(assist)
        put_into(counter.shopper.id)
        assert adjustments(counter.order(shop.line, assist=assist["id"]))[0] == (PLAY, UNLOCKED - PRICE)

    def test_canceled_when_its_time_is_over(self, shop: Party, frozen: MovableClock, drain: Do, sweep: Do) -> None:
        assist = shop.start()
        shop.complete(assist)
        frozen.set(stored(assist).ends_at - timedelta(minutes=10))
        order = shop.counter.order(shop.line, assist=assist["id"])
        drain()
        frozen.set(stored(assist).ends_at)
        sweep()
        assert stored(assist).status is AssistStatus.ORDERED
        shop.counter.buyer.post(f"/orders/{order['id']}/cancel", json={})
        drain(twice=True)
        sweep(minutes=3)
        assert stored(assist).status is AssistStatus.LAPSED
        assert left(shop.campaign, shop.product) == 3
        require_conserved(shop)

    def test_only_its_owner_one_piece_of_its_own_sku(self, shop: Party) -> None:
        assist = shop.start()
        shop.complete(assist)
        other = Counter(shop.http, old_friend())
        quote = other.preview(shop.line, assist=assist["id"])
        assert (quote["payable_amount"], quote["choices"]) == (PRICE, [])
        towel = factories.product("towel", price=3000)
        for line, reason in (
            (factories.line(shop.product, 2), "助力商品每次限1件"),
            (factories.line(towel), "不含助力商品"),
        ):
            quote = shop.counter.preview(line, assist=assist["id"])
            assert (quote["discount_amount"], quote["choices"][0]["reason"]) == (0, reason)


class TestDesk:
    def test_forged_ids(self, shop: Party, cloud: Cloud) -> None:
        friend = new_friend()
        with cloud.unchanged():
            for method, path, body in (
                ("GET", "", None),
                ("POST", "/helps", {"device": "phone-0001"}),
                ("POST", "/shares", {}),
            ):
                reply = shop.http.as_(friend.token).request(method, f"/assists/ast_no{path}", json=body)
                assert (reply.status, reply.code) == (404, "assist_not_found")
            assert shop.http.get("/assists/ast_no/helps").ok()["items"] == []
            assert shop.http.post("/assists/ast_no/helps", json={"device": "phone-0001"}).status == 401
            body = {"campaign_id": "cmp_no", "product_id": "prd_no", "sku_id": "sku_no", "device": "phone-0001"}
            assert shop.counter.buyer.post("/assists", json=body).code == "not_assistable"
            for device in ("short", "with space in it", "x" * 129):
                assert shop.counter.buyer.post("/assists", json={**body, "device": device}).status == 422

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"stock": 3}, "items.0.unit_amount"),
            ({"unit_amount": PRICE, "stock": 3}, "items.0.unit_amount"),
            ({"unit_amount": 0}, "items.0.stock"),
            ({"unit_amount": 0, "stock": 3, "terms": {}}, "items.0.terms.helps"),
            ({"unit_amount": 0, "stock": 3, "terms": {"helps": 0}}, "items.0.terms.helps"),
        ],
    )
    def test_what_can_not_be_is_refused_when_it_is_saved(
        self, booth: Booth, cloud: Cloud, more: dict[str, Any], field: str
    ) -> None:
        goods = {**item(factories.product(price=PRICE), terms={"helps": HELPS}), **more}
        staff = booth.staff
        with cloud.unchanged():
            reply = staff.post("/admin/campaigns", json=fields(PLAY, goods))
        assert [each["field"] for each in reply.json["details"]["errors"]] == [field]

    def test_words(self, booth: Booth) -> None:
        goods = item(factories.product(price=PRICE), 0, terms={"helps": HELPS}, stock=3)
        assert booth.draft(PLAY, goods)["words"] == "邀3位好友助力，0元拿"


def test_a_closed_account(shop: Party, drain: Do, sweep: Do) -> None:
    friend = new_friend("阿远")
    assist = shop.start()
    friend_after = new_friend("later")
    shop.help(assist, friend_after)
    own = shop.start(Counter(shop.http, friend))
    shop.complete(own)
    assert len(privacy.export_parts["assists"](friend_after.id)["helped"]) == 1
    for gone in (friend, friend_after):
        member = Member.find(gone.id, consistent=True)
        assert member is not None
        member.status, member.nickname = MemberStatus.CLOSED, None
        member.save()
        with Transaction() as tx:
            tx.emit(MemberClosed(member_id=gone.id))
    drain(twice=True, expect_failures=True)
    assert list(AssistHelp.query(friend_after.id)) == list(AssistSlot.query(friend.id)) == []
    assert (stored(own).status, waiting(own)) == (AssistStatus.LAPSED, 0)
    assert shop.http.get(f"/assists/{assist['id']}/helps").ok()["items"][0]["nickname"] == "好友"
    require_conserved(shop)
