"""Stories of groups, over HTTP: from the desk to the money."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.group_buy.models import Group
from tests.growth.campaigns.factories import Booth, item, left
from tests.growth.campaigns.group_buy.factories import (
    PLAY,
    PRICE,
    TOGETHER,
    Friends,
    counts,
    group_id,
    group_of,
    of_groups,
    order_of,
    require_sound,
    run,
)
from tests.harness import Cloud, MovableClock
from tests.trade import factories

Do = Callable[..., Any]


class TestComplete:
    def test_three_friends(self, friends: Friends, booth: Booth, drain: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt)
        quote = friends.named("an").preview(factories.line(quilt))
        assert (quote["payable_amount"], quote["choices"][0]["saved_amount"]) == (PRICE, PRICE - TOGETHER)
        first = friends.order("an", quilt)
        assert (first["payable_amount"], first["status"]) == (TOGETHER, "pending_payment")
        group = group_id(first)
        assert counts(group) == ("pending", 1, 0)
        friends.pay("an", first)
        assert counts(group) == ("open", 1, 1)
        listed = friends.client("bo").get(f"/campaigns/{campaign['id']}/groups").ok()["items"]
        assert [(each["id"], each["missing"]) for each in listed] == [(group, 2)]
        friends.brought("bo", campaign, by="an")
        for name in ("an", "bo", "cy"):
            friends.page(name, group)
        second = friends.join("bo", quilt, group)
        assert friends.show("bo", second)["status"] == "paid"
        third = friends.order("cy", quilt, group)
        assert counts(group) == ("open", 3, 2)
        assert friends.client("cy").get(f"/campaigns/{campaign['id']}/groups").ok()["items"] == []
        friends.pay("cy", third)
        assert counts(group) == ("complete", 3, 3)
        for name, order in (("an", first), ("bo", second), ("cy", third)):
            shown = friends.show(name, order)
            assert (shown["status"], shown["holds"], shown["payable_amount"]) == ("processing", [], TOGETHER)
        page = friends.page("bo", group)
        assert (page["status"], page["size"], page["made_up"], page["over"]) == ("complete", 3, 0, True)
        assert [(each["is_leader"], each["me"]) for each in page["members"]] == [
            (True, False),
            (False, True),
            (False, False),
        ]
        numbers = booth.numbers(campaign)
        assert (numbers["participant_count"], numbers["invited_count"], numbers["order_count"]) == (3, 1, 3)
        # Bo came by a link of An's, Cy found the group.
        assert of_groups(numbers) == {"opened": 1, "completed": 1, "failed": 0, "joined": 2, "stranger": 1}
        assert (numbers["viral_factor_bps"], numbers["completion_bps"]) == (5_000, 10_000)
        sheet = booth.staff.get(f"/admin/campaigns/{campaign['id']}/sheet").text
        assert sheet.splitlines()[-1].endswith(",1,1,0,2,1,0,5000,10000,15000")
        assert numbers["view_count"] == 2, "from outside, while somebody could join"
        assert (numbers["paid_amount"], numbers["discount_amount"]) == (3 * TOGETHER, 3 * (PRICE - TOGETHER))
        require_sound(campaign, quilt, 10)

    def test_tiers_give_the_difference_back(self, friends: Friends, booth: Booth, sweep: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2, 3, 5], terms={"tier_amounts": [8000, 7001]}, minutes=20)
        group = friends.start("an", quilt, quantity=2)
        orders = [friends.join(name, quilt, group) for name in ("bo", "cy", "di")]
        assert counts(group) == ("open", 4, 4)
        sweep(minutes=21, twice=True)
        assert (counts(group), group_of(group).size) == (("complete", 4, 4), 3)
        for name, order in zip(("bo", "cy", "di"), orders, strict=True):
            shown = friends.show(name, order)
            assert (shown["status"], shown["payable_amount"], shown["paid_amount"]) == ("processing", 8000, TOGETHER)
            assert shown["adjustments"][-1]["amount"] == 8000 - TOGETHER
            assert friends.refunded(order) == TOGETHER - 8000
        assert friends.page("an", group)["mine"]["back_amount"] == 2 * (TOGETHER - 8000)
        numbers = booth.numbers(campaign)
        assert (numbers["paid_amount"], numbers["discount_amount"]) == (5 * 8000, 5 * (PRICE - 8000))
        require_sound(campaign, quilt, 10)

    def test_the_largest_size_at_once(self, friends: Friends, booth: Booth) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2, 3], terms={"tier_amounts": [8000]})
        group = friends.start("an", quilt)
        friends.join("bo", quilt, group)
        last = friends.join("cy", quilt, group)
        assert (group_of(group).size, friends.show("cy", last)["payable_amount"]) == (3, 8000)
        require_sound(campaign, quilt, 10)

    def test_one_pays_in_full_and_a_pair_gets_money_back(self, friends: Friends, booth: Booth) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2], full_price=True)
        first = friends.order("an", quilt)
        assert first["payable_amount"] == PRICE
        friends.pay("an", first)
        second = friends.join("bo", quilt, group_id(first))
        for name, order in (("an", first), ("bo", second)):
            assert friends.show(name, order)["payable_amount"] == TOGETHER
            assert friends.refunded(order) == PRICE - TOGETHER
        require_sound(campaign, quilt, 10)

    def test_a_full_price_that_finds_nobody_is_an_ordinary_order(
        self, friends: Friends, booth: Booth, sweep: Do
    ) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2], full_price=True, minutes=10)
        first = friends.order("an", quilt)
        friends.pay("an", first)
        assert friends.show("an", first)["status"] == "paid"
        sweep(minutes=11, twice=True)
        shown = friends.show("an", first)
        assert (shown["status"], shown["payable_amount"], friends.refunded(first)) == ("processing", PRICE, 0)
        require_sound(campaign, quilt, 10)

    @pytest.mark.parametrize(
        ("terms", "settings", "pays", "back"),
        [
            ({"leader_amount": 8500}, {}, 8500, 0),
            ({}, {"leader_rebate_amount": 2000}, TOGETHER, 2000),
            ({}, {"leader_rebate_bps": 10_000}, TOGETHER, TOGETHER),
            ({}, {"leader_rebate_bps": 3333}, TOGETHER, 3000),
            ({}, {"leader_rebate_amount": 99_999}, TOGETHER, TOGETHER),
        ],
    )
    def test_what_the_leader_gets(
        self, friends: Friends, booth: Booth, terms: Any, settings: Any, pays: int, back: int
    ) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2], terms=terms, **settings)
        first = friends.order("an", quilt)
        assert first["payable_amount"] == pays
        friends.pay("an", first)
        second = friends.join("bo", quilt, group_id(first))
        assert second["payable_amount"] == TOGETHER
        assert (friends.refunded(first), friends.refunded(second)) == (back, 0)
        assert friends.show("an", first)["status"] == "processing"
        require_sound(campaign, quilt, 10)

    def test_never_more_back_than_was_paid(self, friends: Friends, booth: Booth) -> None:
        """A coupon has paid most of it: the difference of the price is larger than what is left."""
        from tests.loyalty.coupons.factories import give

        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2], full_price=True)
        give(friends.named("bo").shopper.id, threshold_amount=0, off_amount=10_000)
        group = friends.start("an", quilt)
        second = friends.join("bo", quilt, group)
        assert second["payable_amount"] == 2000
        shown = friends.show("bo", second)
        assert (shown["status"], shown["payable_amount"], friends.refunded(second)) == ("processing", 0, 2000)
        require_sound(campaign, quilt, 10)


class TestFail:
    def test_everything_goes_back_by_itself(self, friends: Friends, booth: Booth, sweep: Do) -> None:
        from tests.loyalty.coupons.factories import give

        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, goods={"stock": 4}, per_member_max=2, minutes=20)
        give(friends.named("an").shopper.id, threshold_amount=0, off_amount=500)
        first = friends.order("an", quilt, quantity=2)
        assert first["payable_amount"] == 2 * TOGETHER - 500
        friends.pay("an", first)
        group = group_id(first)
        second = friends.join("bo", quilt, group)
        unpaid = friends.order("cy", quilt, group)
        assert left(campaign, quilt) == 0
        friends.cancel("cy", unpaid)
        assert (counts(group), left(campaign, quilt)) == (("open", 2, 2), 1)
        sweep(minutes=21, twice=True)
        assert counts(group)[0] == "failed"
        for name, order in (("an", first), ("bo", second)):
            shown = friends.show(name, order)
            assert (shown["status"], shown["cancel_reason"]) == ("canceled", "拼团未成功，款项原路退回")
            assert friends.refunded(order) == order["payable_amount"]
        assert left(campaign, quilt) == 4
        again = friends.named("an").preview(factories.line(quilt, 2), group_buy="new")
        assert again["payable_amount"] == 2 * TOGETHER - 500  # pieces, limit and coupon are there again
        numbers = booth.numbers(campaign)
        assert (numbers["paid_amount"], numbers["refunded_amount"]) == (3 * TOGETHER - 500, 3 * TOGETHER - 500)
        page = friends.page("bo", group)
        assert (page["reason"], page["mine"]["status"], len(page["members"])) == ("time", "freed", 2)

    def test_exactly_at_the_end_it_is_over(
        self, friends: Friends, booth: Booth, frozen: MovableClock, cloud: Cloud
    ) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, minutes=60)
        group = friends.start("an", quilt)
        ends_at = group_of(group).ends_at
        friends.named("bo"), friends.named("cy")
        line = factories.line(quilt)
        # The request itself takes a millisecond.
        frozen.set(ends_at - timedelta(milliseconds=2))
        friends.named("bo").preview(line, group_buy=group)
        with cloud.unchanged():
            assert friends.named("bo").try_preview(line, group_buy=group).code == "group_over"
            reply = friends.named("bo").try_order(line, key="tap-at-end", payable=TOGETHER, group_buy=group)
            assert reply.code == "group_over"
            page = friends.page("bo", group)
        assert (page["status"], page["over"], page["joinable"]) == ("open", True, False)
        assert friends.leave("an", group).code == "group_over"
        assert booth.http.get(f"/campaigns/{campaign['id']}/groups").ok()["items"] == []

    def test_the_end_between_the_price_and_the_write(
        self, friends: Friends, booth: Booth, frozen: MovableClock, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from chalicelib.growth.campaigns.group_buy.seats import service

        quilt = factories.product(price=PRICE)
        run(booth, quilt, minutes=60)
        group = friends.start("an", quilt)
        ends_at, bo, hold = group_of(group).ends_at, friends.named("bo"), service._hold

        def slow(*args: Any, **more: Any) -> None:
            frozen.set(ends_at)
            hold(*args, **more)

        monkeypatch.setattr(service, "_hold", slow)
        frozen.set(ends_at - timedelta(seconds=1))
        with cloud.unchanged():
            reply = bo.try_order(factories.line(quilt), key="tap-slow1", payable=TOGETHER, group_buy=group)
        assert reply.code == "group_over"

    def test_who_holds_a_seat_at_the_end_may_still_pay(self, friends: Friends, booth: Booth, sweep: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2], minutes=10)
        group = friends.start("an", quilt)
        sweep(minutes=9)
        second = friends.order("bo", quilt, group)
        sweep(minutes=5)
        assert counts(group) == ("open", 2, 1)
        assert jobs.run("close_groups") == 1
        friends.pay("bo", second)
        assert counts(group) == ("complete", 2, 2)
        require_sound(campaign, quilt, 10)

    def test_and_when_they_do_not_it_fails(self, friends: Friends, booth: Booth, sweep: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2], minutes=10)
        group = friends.start("an", quilt)
        sweep(minutes=9)
        friends.order("bo", quilt, group)
        sweep(minutes=31, twice=True)
        assert counts(group) == ("failed", 1, 1)
        none_joined = {"opened": 1, "completed": 0, "failed": 1, "joined": 0, "stranger": 0}
        assert of_groups(booth.numbers(campaign)) == none_joined
        assert factories.available(quilt) == 10
        require_sound(campaign, quilt, 10)

    def test_a_seat_that_can_not_help_is_not_waited_for(self, friends: Friends, booth: Booth, sweep: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[3], minutes=10)
        group = friends.start("an", quilt)
        sweep(minutes=9)
        second = friends.order("bo", quilt, group)
        sweep(minutes=2, twice=True)
        assert counts(group)[0] == "failed"
        assert friends.show("bo", second)["status"] == "canceled"
        require_sound(campaign, quilt, 10)

    def test_the_leader_never_pays(self, friends: Friends, booth: Booth, sweep: Do, cloud: Cloud) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt)
        group = group_id(friends.order("an", quilt))
        friends.named("bo")
        with cloud.unchanged():
            assert friends.client("bo").get(f"/groups/{group}").code == "group_not_found"
            assert friends.try_order("bo", quilt, group).code == "group_not_open"
        assert friends.page("an", group)["status"] == "pending"
        sweep(minutes=31, twice=True)
        assert (counts(group), group_of(group).reason) == (("failed", 0, 0), "unpaid")
        assert not any(of_groups(booth.numbers(campaign)).values())  # it never was one
        require_sound(campaign, quilt, 10)

    def test_stopped_by_staff(self, friends: Friends, booth: Booth, drain: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2, 4], terms={"tier_amounts": [8000]})
        lost = friends.start("an", quilt)
        enough = friends.start("bo", quilt)
        friends.join("cy", quilt, enough)
        waits = friends.order("di", quilt)
        booth.step(campaign, "stop")
        drain(twice=True)
        assert (counts(lost), group_of(lost).reason) == (("failed", 1, 1), "stopped")
        assert (counts(enough)[0], group_of(enough).size) == ("complete", 2)
        # Its leader was about to pay: the group opens into a campaign that is over.
        friends.pay("di", waits)
        assert (counts(group_id(waits))[0], friends.refunded(waits)) == ("failed", TOGETHER)
        require_sound(campaign, quilt, 10)

    def test_what_the_index_does_not_show_yet_is_decided_five_minutes_later(
        self, friends: Friends, booth: Booth, drain: Do, sweep: Do, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt)
        group = friends.start("an", quilt)
        with monkeypatch.context() as patch:
            patch.setattr(Group.by_status, "query", lambda *asked, **how: iter([]))
            booth.step(campaign, "stop")
            drain()
        assert counts(group)[0] == "open"
        sweep(minutes=6)
        assert (counts(group)[0], group_of(group).reason) == ("failed", "stopped")

    def test_the_channel_is_away_while_unpaid_orders_are_closed(
        self, friends: Friends, booth: Booth, sweep: Do
    ) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[3], minutes=10)
        group = friends.start("an", quilt)
        sweep(minutes=9)
        second = friends.order("bo", quilt, group)
        friends.client("bo").post(f"/orders/{second['id']}/pay", json={}).ok()
        friends.partners.faults.api("query", "500", times=99)
        sweep(minutes=2)
        assert counts(group)[0] == "failed"
        assert friends.show("bo", second)["status"] == "pending_payment"
        friends.partners.faults.clear()
        sweep(minutes=6)
        assert friends.show("bo", second)["status"] == "canceled"
        require_sound(campaign, quilt, 10)

    def test_paid_in_the_moment_of_failing(self, friends: Friends, booth: Booth, sweep: Do, drain: Do) -> None:
        """The channel has the money, the mall hears of it after the group has failed."""
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[3], minutes=10)
        group = friends.start("an", quilt)
        sweep(minutes=9)
        second = friends.order("bo", quilt, group)
        friends.pay("bo", second, deliver=False)
        sweep(minutes=2, twice=True)
        assert (counts(group)[0], friends.show("bo", second)["status"]) == ("failed", "canceled")
        assert friends.refunded(second) == TOGETHER
        friends.partners.wechat_pay.notices.deliver_due()
        drain(twice=True)
        assert friends.refunded(second) == TOGETHER
        require_sound(campaign, quilt, 10)


class TestVirtual:
    @pytest.mark.parametrize(("paid", "status", "made_up"), [(2, "complete", 1), (1, "failed", 0)])
    def test_from_so_many_on(
        self, friends: Friends, booth: Booth, sweep: Do, paid: int, status: str, made_up: int
    ) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, minutes=10, virtual_from=2)
        group = friends.start("an", quilt)
        for name in ("bo", "cy")[: paid - 1]:
            friends.join(name, quilt, group)
        sweep(minutes=11, twice=True)
        page = friends.page("an", group)
        assert (page["status"], page["made_up"], len(page["members"])) == (status, made_up, paid)
        shown = booth.staff.get(f"/admin/groups/{group}").ok()
        assert (shown["made_up"], len(shown["seats"])) == (made_up, paid)
        require_sound(campaign, quilt, 10)


class TestLeave:
    def test_money_back_and_the_seat_for_others(self, friends: Friends, booth: Booth, drain: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[2], groups_max=1)
        group = friends.start("an", quilt)
        order = friends.order("bo", quilt, group)
        assert friends.leave("bo", group).code == "stay_in_group"
        friends.cancel("bo", order)
        assert friends.leave("bo", group).code == "group_not_found"
        left_page = friends.leave("an", group).ok()
        assert left_page["mine"]["status"] == "freed"
        drain(twice=True)
        assert (counts(group), group_of(group).reason) == (("failed", 0, 0), "left")
        assert friends.refunded({"id": left_page["mine"]["order_id"]}) == TOGETHER
        friends.start("an", quilt)
        require_sound(campaign, quilt, 10)

    def test_the_leader_leaves_and_comes_back_as_a_member(self, friends: Friends, booth: Booth, drain: Do) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, sizes=[3], terms={"leader_amount": 8000}, leader_rebate_amount=100)
        group = friends.start("an", quilt)
        friends.join("bo", quilt, group)
        friends.leave("an", group).ok()
        drain(twice=True)
        assert counts(group) == ("open", 1, 1)
        again = friends.join("an", quilt, group)
        assert again["payable_amount"] == TOGETHER
        friends.join("cy", quilt, group)
        assert (counts(group), friends.refunded(again)) == (("complete", 3, 3), 0)
        assert friends.leave("cy", group).code == "group_over"
        require_sound(campaign, quilt, 10)

    def test_where_the_campaign_lets_nobody(self, friends: Friends, booth: Booth, cloud: Cloud) -> None:
        quilt = factories.product(price=PRICE)
        run(booth, quilt, may_leave=False)
        group = friends.start("an", quilt)
        assert friends.page("an", group)["mine"]["may_leave"] is False
        with cloud.unchanged():
            assert friends.leave("an", group).code == "stay_in_group"


def test_only_goods_of_the_campaign(friends: Friends, booth: Booth, cloud: Cloud) -> None:
    quilt, towel = factories.product(price=PRICE), factories.product("towel", price=3000)
    booth.run(PLAY, item(quilt, TOGETHER), settings={"sizes": [2]})
    an = friends.named("an")
    with cloud.unchanged():
        reply = an.try_preview(factories.line(quilt), factories.line(towel), group_buy="new")
        assert (reply.status, reply.code) == (409, "not_for_group")
        assert an.try_preview(factories.line(towel), group_buy="new").code == "not_for_group"


class TestFreeOrder:
    def test_one_of_the_complete_group_pays_nothing(
        self, friends: Friends, booth: Booth, drain: Do, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Drawn once, paid back as it was paid, sent as all others; freight that was paid stays paid."""
        real = secrets.randbelow
        monkeypatch.setattr(secrets, "randbelow", lambda below: 1 if below == 3 else real(below))
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, freight=800, free_order=True, leader_rebate_amount=500)
        first = friends.order("an", quilt)
        friends.pay("an", first)
        group = group_id(first)
        orders = {"an": first, "bo": friends.join("bo", quilt, group)}
        assert group_of(group).free_member_id is None
        orders["cy"] = friends.join("cy", quilt, group)
        drain(twice=True)
        found = group_of(group)
        assert (found.free_number, found.free_of) == (1, 3)
        assert found.free_member_id == friends.named("bo").shopper.id
        assert {name: friends.refunded(order) for name, order in orders.items()} == {
            "an": 500,
            "bo": TOGETHER,
            "cy": 0,
        }
        shown = friends.show("bo", orders["bo"])
        assert (shown["status"], shown["payable_amount"]) == ("processing", 800)
        page = friends.page("an", group)
        assert [each["free"] for each in page["members"]] == [False, True, False]
        assert page["free_order"] is True
        numbers = booth.numbers(campaign)
        assert numbers["paid_amount"] == 2 * TOGETHER - 500
        # A sale that is heard of after its cut was counted is the sale as it was: the cut counts once.
        stored = order_of(orders["bo"])
        with Transaction() as tx:
            statistics.paid(tx, stored)
        again = booth.numbers(campaign)
        assert again["paid_amount"] - numbers["paid_amount"] == TOGETHER
        assert again["discount_amount"] - numbers["discount_amount"] == PRICE - TOGETHER
        require_sound(campaign, quilt, 10)

    def test_a_failed_group_draws_nothing(self, friends: Friends, booth: Booth, sweep: Do) -> None:
        quilt = factories.product(price=PRICE)
        run(booth, quilt, free_order=True, minutes=10)
        group = friends.start("an", quilt)
        sweep(minutes=11)
        found = group_of(group)
        assert (found.status, found.free_member_id, found.free_of) == ("failed", None, None)

    def test_the_profit_guard_knows(self, booth: Booth, friends: Friends) -> None:
        quilt = factories.product(price=PRICE)
        quilt.skus[0].cost_amount = 100
        quilt.save()
        draft = booth.draft(PLAY, item(quilt, TOGETHER), settings={"sizes": [2], "free_order": True}, lasts=72)
        assert booth.try_step(draft, "schedule").code == "campaign_below_cost"
