"""Newcomers' prices from the desk to the order, over HTTP: for whom, until when, once, and given back."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import inbox
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Tally
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.loyalty.segments.models import MemberFacts
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.members.service import post_notice
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import UnitsRefunded
from chalicelib.trade.orders.models import Order
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth, fields, had, item
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter, adjustments
from tests.loyalty.points.factories import refund
from tests.trade import factories

Do = Callable[..., Any]
PLAY = "first_purchase"
DAY = {"within_hours": 24}


def pay(counter: Counter, order: Any) -> Order:
    found = orders.load(counter.shopper.id, order["id"], consistent=True)
    with Transaction() as tx:
        orders.pay(tx, found, payment_id="pay_1", amount=found.payable_amount)
    return orders.load(counter.shopper.id, order["id"], consistent=True)


def has_paid(counter: Counter) -> bool:
    member = Member.find(counter.shopper.id, consistent=True)
    assert member is not None
    return bool((member.notices or {}).get("has_paid"))


def offered(booth: Booth, price: int = 9900, **more: Any) -> tuple[Product, Any]:
    """A quilt for 120 yuan, and for newcomers at *price* within a day."""
    quilt = factories.product(price=12_000, stock=20)
    return quilt, booth.run(PLAY, item(quilt, price), lasts=240, **{"settings": DAY, **more})


class TestCountdown:
    def test_from_registration_to_the_very_moment(
        self, counter: Counter, booth: Booth, frozen: MovableClock, cloud: Cloud
    ) -> None:
        quilt, campaign = offered(booth)
        line = factories.line(quilt)
        page = counter.buyer.get(f"/campaigns/{campaign['id']}").ok()
        registered = Member.find(counter.shopper.id)
        assert registered is not None
        ends = registered.registered_at + timedelta(hours=24)
        assert page["for_me"] is True
        assert page["my_ends_at"] == ends.isoformat().replace("+00:00", "Z")
        assert page["words"] == "新人首单99.00元起，注册1天内"
        frozen.set(ends - timedelta(milliseconds=2))
        quote = counter.preview(line)
        assert adjustments(quote)[0] == (PLAY, -2100)
        frozen.set(ends - timedelta(milliseconds=1))  # the clock ticks a millisecond with the request
        with cloud.unchanged():
            reply = counter.try_order(line, payable=9900)
        assert (reply.code, reply.json["details"]) == ("price_changed", {"payable_amount": 12_000})
        assert counter.buyer.get("/campaigns").ok()["items"] == []
        assert counter.buyer.get(f"/products/{quilt.id}/campaigns").ok()["items"] == []
        assert counter.buyer.get(f"/campaigns/{campaign['id']}").ok()["for_me"] is False

    def test_the_campaigns_end_cuts_it_short(self, counter: Counter, booth: Booth, frozen: MovableClock) -> None:
        quilt = factories.product(price=12_000)
        campaign = booth.run(PLAY, item(quilt, 9900), lasts=2, settings=DAY)
        page = counter.buyer.get(f"/campaigns/{campaign['id']}").ok()
        assert page["my_ends_at"] == page["ends_at"]
        frozen.move(hours=2)
        assert counter.preview(factories.line(quilt))["payable_amount"] == 12_000

    def test_who_has_not_logged_in_may_become_one(self, counter: Counter, booth: Booth) -> None:
        _, campaign = offered(booth)
        page = counter.http.get(f"/campaigns/{campaign['id']}").ok()
        assert (page["for_me"], page["my_ends_at"]) == (True, page["ends_at"])

    @pytest.mark.parametrize("settings", [{"within_hours": 0}, {"within_hours": 8785}, {"days": 1}])
    def test_what_can_not_be(self, booth: Booth, cloud: Cloud, settings: dict[str, int]) -> None:
        quilt, staff = factories.product(price=12_000), booth.staff
        body = fields(PLAY, item(quilt, 9900), settings=settings)
        with cloud.unchanged():
            assert staff.post("/admin/campaigns", json=body).code == "invalid"
            priceless = staff.post("/admin/campaigns", json=fields(PLAY, item(quilt), settings=DAY))
            assert priceless.json["details"]["errors"][0]["field"] == "items.0.unit_amount"


class TestOnce:
    def test_one_order_over_all_campaigns_until_it_is_canceled(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, campaign = offered(booth)
        towel = factories.product("towel", price=3000)
        booth.run(PLAY, item(towel, 1000), settings=DAY)
        first = counter.order(factories.line(quilt, 2))
        assert first["goods_amount"] - first["discount_amount"] == 2 * 9900
        quote = counter.preview(factories.line(quilt), factories.line(towel))
        assert quote["discount_amount"] == 0
        assert {each["reason"] for each in quote["choices"]} == {"每人仅限一单，您已下过单"}
        counter.cancel(first)
        drain(twice=True)
        assert had(counter.shopper.id, campaign) == {}
        assert counter.preview(factories.line(towel))["discount_amount"] == 2000

    def test_an_unpaid_order_of_a_campaign_that_ended_still_counts(
        self, counter: Counter, booth: Booth, frozen: MovableClock
    ) -> None:
        quilt = factories.product(price=12_000)
        booth.run(PLAY, item(quilt, 9900), lasts=1, settings=DAY)
        counter.order(factories.line(quilt))
        frozen.move(hours=1)
        booth.run(PLAY, item(quilt, 9000), lasts=1, settings=DAY)
        assert counter.preview(factories.line(quilt))["payable_amount"] == 12_000

    @pytest.mark.dynoxide
    def test_two_taps_at_once(self, counter: Counter, booth: Booth) -> None:
        quilt, campaign = offered(booth)

        def tap(number: int) -> Any:
            return counter.try_order(factories.line(quilt), key=f"tap-1000{number}", payable=9900)

        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(tap, range(6)))
        assert [each.status for each in replies].count(201) == 1
        others = {each.code for each in replies if each.status != 201}
        assert others <= {"campaign_tally_moved", "price_changed", "too_busy"}
        assert had(counter.shopper.id, campaign) == {quilt.skus[0].id: 1}

    def test_everybody_has_their_own(self, counter: Counter, booth: Booth) -> None:
        quilt, _ = offered(booth)
        counter.order(factories.line(quilt))
        other = Counter(counter.http, factories.shopper("two"))
        assert other.preview(factories.line(quilt))["payable_amount"] == 9900

    def test_ended_between_preview_and_order(self, counter: Counter, booth: Booth, cloud: Cloud) -> None:
        quilt, campaign = offered(booth)
        assert counter.preview(factories.line(quilt))["payable_amount"] == 9900
        booth.step(campaign, "stop")
        with cloud.unchanged():
            assert counter.try_order(factories.line(quilt), payable=9900).code == "price_changed"


class TestPaid:
    def test_who_has_paid_for_anything_is_no_newcomer(
        self, counter: Counter, booth: Booth, drain: Do, cloud: Cloud
    ) -> None:
        quilt, campaign = offered(booth)
        towel = factories.product("towel", price=3000)
        pay(counter, counter.order(factories.line(towel)))
        drain(twice=True)
        assert has_paid(counter)
        assert counter.preview(factories.line(quilt))["payable_amount"] == 12_000
        page = counter.buyer.get(f"/campaigns/{campaign['id']}").ok()
        assert (page["for_me"], page["my_ends_at"]) == (False, None)
        with cloud.unchanged():
            assert counter.try_order(factories.line(quilt), key="tap-00002", payable=9900).code == "price_changed"

    def test_given_back_when_the_only_order_goes_back_whole(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, campaign = offered(booth)
        line = factories.line(quilt)
        order = pay(counter, counter.order(factories.line(quilt, 2)))
        drain(twice=True)
        refund(order, {0: 1}, "rfd_1")
        drain(twice=True)
        assert (has_paid(counter), counter.preview(line)["payable_amount"]) == (True, 12_000)
        refund(order, {0: 1}, "rfd_2")
        drain(twice=True)
        assert (has_paid(counter), had(counter.shopper.id, campaign)) == (False, {})
        assert counter.preview(line)["payable_amount"] == 9900
        again = pay(counter, counter.order(line, key="tap-00002"))
        drain()
        assert again.payable_amount == 9900
        assert counter.preview(line)["payable_amount"] == 12_000

    def test_not_while_another_order_stays(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, _ = offered(booth)
        order = pay(counter, counter.order(factories.line(quilt)))
        pay(counter, counter.order(factories.line(quilt), key="tap-00002"))
        refund(order, {0: 1}, "rfd_1")
        drain(twice=True)
        assert has_paid(counter)
        assert counter.preview(factories.line(quilt))["payable_amount"] == 12_000

    def test_a_refund_that_is_heard_before_the_payment(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, _ = offered(booth)
        found = counter.order(factories.line(quilt))
        stored = orders.load(counter.shopper.id, found["id"], consistent=True)
        facts_before(counter, stored)
        pay(counter, found)
        drain(twice=True)
        assert not has_paid(counter)

    def test_a_shell_that_is_merged_brings_what_it_paid(self, counter: Counter, drain: Do) -> None:
        shell = factories.shopper("shell")
        MemberFacts(member_id=shell.id, order_count=2, returned_count=1, version=1).save()
        with Transaction() as tx:
            facts.merge(tx, counter.shopper.id, shell.id)
        assert has_paid(counter)


class TestDeaths:
    def test_while_it_is_ordered(self, counter: Counter, booth: Booth, cloud: Cloud, drain: Do, sweep: Do) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            booth.logged_in_at = None
            again = factories.shopper()
            world["quilt"], world["campaign"] = offered(booth)
            counter.shopper.address_id = again.address_id
            drain()

        def act() -> None:
            counter.try_order(factories.line(world["quilt"]), payable=9900)

        def check() -> None:
            sweep(redeliver=True)
            placed = factories.orders_of(counter.shopper.id)
            pieces = {world["quilt"].skus[0].id: 1} if placed else {}
            assert had(counter.shopper.id, world["campaign"]) == pieces
            reply = counter.try_order(factories.line(world["quilt"]), payable=9900)  # the same tap once more
            assert (reply.status, len(factories.orders_of(counter.shopper.id))) == (201, 1)

        assert any("TransactWriteItems" in step for step in every_death(begin, act, check))

    def test_while_it_is_given_back(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, campaign = offered(booth)
        order = pay(counter, counter.order(factories.line(quilt)))
        drain()
        tally, known = Tally.find(counter.shopper.id), MemberFacts.find(counter.shopper.id)
        assert tally is not None
        assert known is not None
        event = UnitsRefunded(member_id=order.member_id, order_id=order.id, units={"0": 1}, refunded={"0": 1})

        def begin() -> None:
            for each in inbox.InboxItem.scan():
                each.delete()
            tally.save()
            known.save()
            with Transaction() as tx:
                post_notice(tx, counter.shopper.id, "has_paid", True)

        def act() -> None:
            for name in ("growth.campaigns.base.give_order_back", "loyalty.segments.note_refunded"):
                message = {"subscriber": name, "event_id": "evt_1", "payload": event.model_dump(mode="json")}
                inbox.react(json.dumps({**message, "correlation_id": "x"}), first=False)

        def check() -> None:
            act()  # delivered again
            assert (has_paid(counter), had(counter.shopper.id, campaign)) == (False, {})
            found = MemberFacts.find(counter.shopper.id, consistent=True)
            assert found is not None
            assert found.returned_count == 1

        steps = every_death(begin, act, check)
        assert sum("TransactWriteItems" in step for step in steps) == 2


def facts_before(counter: Counter, order: Order) -> None:
    with Transaction() as tx:
        facts.note(tx, counter.shopper.id, lambda known: facts.refunded(known, order, {"0": 1}, {"0": 1}))
