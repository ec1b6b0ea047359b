"""What buyers see of campaigns, and what staff count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Tally
from chalicelib.mall.identity.members.events import MemberClosed, MembersMerged
from chalicelib.mall.identity.members.models import Member, Source
from chalicelib.trade.orders.events import OrderPaid, UnitsRefunded
from tests.growth.campaigns.factories import Booth, had, item, put_into
from tests.harness import MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]
PLAY = "limited_discount"


def paid(order: Any, member_id: str) -> None:
    with Transaction() as tx:
        tx.emit(OrderPaid(member_id=member_id, order_id=order["id"]))


def refunded(order: Any, member_id: str, units: dict[str, int], so_far: dict[str, int]) -> None:
    with Transaction() as tx:
        event = UnitsRefunded(
            member_id=member_id, order_id=order["id"], refund_id=f"rfd_{so_far}", units=units, refunded=so_far
        )
        tx.emit(event)


class TestShop:
    def test_the_page(self, counter: Counter, booth: Booth) -> None:
        quilt = factories.product(price=12_000, stock=10)
        campaign = booth.run(PLAY, item(quilt, 9900, stock=6, per_member_max=3))
        counter.order(factories.line(quilt, 2))
        page = counter.buyer.get(f"/campaigns/{campaign['id']}").ok()
        assert (page["status"], page["words"], page["for_me"]) == ("running", "限时价99.00元起", True)
        goods = page["goods"][0]
        shown = {name: goods[name] for name in ("price_amount", "unit_amount", "left", "per_member_max", "mine")}
        assert shown == {"price_amount": 12_000, "unit_amount": 9900, "left": 4, "per_member_max": 3, "mine": 2}
        stranger = counter.http.get(f"/campaigns/{campaign['id']}").ok()
        assert stranger["goods"][0]["mine"] == 0

    def test_lists(self, counter: Counter, booth: Booth, frozen: MovableClock) -> None:
        quilt, towel = factories.product(), factories.product("towel", price=3000)
        runs = booth.run(PLAY, item(quilt, 900), begins=0, lasts=1)
        comes = booth.run(PLAY, item(quilt, 800), item(towel, 2000), begins=2, lasts=2)

        def ids(**query: str) -> list[str]:
            return [each["id"] for each in counter.http.get("/campaigns", query=query).ok()["items"]]

        assert (ids(), ids(status="scheduled")) == ([runs["id"]], [comes["id"]])
        assert (ids(play=PLAY), ids(play="other")) == ([runs["id"]], [])
        of_quilt = counter.http.get(f"/products/{quilt.id}/campaigns").ok()["items"]
        assert [(each["id"], each["status"]) for each in of_quilt] == [
            (runs["id"], "running"),
            (comes["id"], "scheduled"),
        ]
        assert of_quilt[1]["unit_amounts"] == {quilt.skus[0].id: 800}
        frozen.move(hours=2)
        assert (ids(), ids(status="scheduled")) == ([comes["id"]], [])
        rows = booth.staff.get("/admin/campaigns", query={"phase": "live", "play": PLAY, "limit": 1}).ok()
        assert [each["id"] for each in rows["items"]] == [comes["id"]]
        rest = booth.staff.get("/admin/campaigns", query={"limit": 1, "cursor": rows["cursor"]} | {"phase": "live"})
        assert rest.status in (200, 422)

    def test_the_plays_say_what_they_ask(self, booth: Booth) -> None:
        from chalicelib.growth.campaigns.base.plays.service import plays

        found = {each["name"]: each for each in booth.staff.get("/admin/campaign-plays").ok()["items"]}
        assert set(found) == set(plays)
        assert "off_bps" in found[PLAY]["settings"]["properties"]


class TestNumbers:
    def test_from_the_first_look_to_the_refund(
        self, counter: Counter, booth: Booth, frozen: MovableClock, drain: Do
    ) -> None:
        frozen.move(hours=1)
        quilt = factories.product(price=12_000, stock=10)
        campaign = booth.run(PLAY, item(quilt, 10_000))
        me = counter.shopper.id
        friend = Counter(counter.http, factories.shopper("two"))
        member = Member.find(friend.shopper.id)
        assert member is not None
        member.source = Source(inviter_id=me)
        member.save()
        for who in (counter, counter, friend):
            who.buyer.get(f"/campaigns/{campaign['id']}").ok()
        first = counter.order(factories.line(quilt, 2))
        second = counter.order(factories.line(quilt), key="tap-00002")
        third = friend.order(factories.line(quilt))
        for order, who in ((first, me), (third, friend.shopper.id)):
            paid(order, who)
        counter.cancel(second)
        refunded(first, me, {"0": 1}, {"0": 1})
        drain(twice=True)
        numbers = booth.numbers(campaign)
        days = numbers.pop("days")
        of_other_plays = ("remind", "opened", "completed", "failed", "joined", "stranger", "completion")
        assert not any(number for name, number in numbers.items() if name.startswith(of_other_plays))
        assert {name: number for name, number in numbers.items() if not name.startswith(of_other_plays)} == {
            "view_count": 3,
            "participant_count": 2,
            "new_member_count": 1,
            "invited_count": 1,
            "placed_count": 3,
            "order_count": 2,
            "piece_count": 3,
            "paid_amount": 30_000,
            "discount_amount": 6000,
            "refunded_piece_count": 1,
            "refunded_amount": 10_000,
            "refund_rate_bps": 3333,
            "viral_factor_bps": 10_000,
            "conversion_bps": 6666,
        }
        assert [(each["day"], each["order_count"]) for each in days] == [("2026-11-24", 2)]
        sheet = booth.staff.get(f"/admin/campaigns/{campaign['id']}/sheet")
        assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
        lines = sheet.text.lstrip("\ufeff").splitlines()
        assert lines[0].startswith("day,view_count,participant_count")
        assert lines[0].endswith(",refund_rate_bps,viral_factor_bps,completion_bps,conversion_bps")
        counted = "3,2,1,1,3,2,3,30000,6000,1,10000,0,0,0,0,0,0,0,0,0,0,0,3333,10000,0,6666"
        assert lines[1:] == [f"2026-11-24,{counted}", f"total,{counted}"]

    def test_an_order_without_a_campaign_counts_nowhere(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, towel = factories.product(price=12_000), factories.product("towel", price=3000)
        campaign = booth.run(PLAY, item(quilt, 9900))
        order = counter.order(factories.line(towel))
        paid(order, counter.shopper.id)
        drain()
        assert booth.numbers(campaign)["days"] == []


def test_a_closed_account_leaves_no_tally(counter: Counter, booth: Booth, drain: Do) -> None:
    quilt = factories.product(price=12_000)
    campaign = booth.run(PLAY, item(quilt, 9900, per_member_max=1))
    counter.order(factories.line(quilt))
    assert had(counter.shopper.id, campaign) == {quilt.skus[0].id: 1}
    put_into(counter.shopper.id)
    with Transaction() as tx:
        tx.emit(MemberClosed(member_id=counter.shopper.id))
    drain(expect_failures=True)
    assert Tally.find(counter.shopper.id) is None


class TestMerged:
    def test_who_was_two_has_had_what_both_had(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, shell = factories.product(stock=20), factories.shopper("shell")
        sku_id = quilt.skus[0].id
        campaign = booth.run(PLAY, item(quilt, 900, per_member_max=3))
        counter.order(factories.line(quilt))
        Counter(counter.http, shell).order(factories.line(quilt, 2))
        with Transaction() as tx:
            tx.emit(MembersMerged(member_id=counter.shopper.id, from_member_id=shell.id))
        drain(twice=True)
        assert had(counter.shopper.id, campaign) == {sku_id: 3}
        assert Tally.find(shell.id, consistent=True) is None
        assert counter.preview(factories.line(quilt))["payable_amount"] > 900  # the limit is used up

    def test_nothing_had_nothing_merged(self, counter: Counter, booth: Booth, drain: Do) -> None:
        with Transaction() as tx:
            tx.emit(MembersMerged(member_id=counter.shopper.id, from_member_id="mem_shell"))
        drain(twice=True)
        assert list(Tally.scan(consistent_read=True)) == []
