"""Topping up: credited once for money that came, whoever tells, in whatever order, wherever the process dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.wallet.models import Plan
from chalicelib.trade.payments.purchases.models import DirectPurchase
from infra.local.faults import every_death
from infra.local.partners.wechat_pay.protocol import seal, signature_headers
from tests.harness import Cloud, MovableClock, Reply
from tests.loyalty.coupons.factories import held, template, terms
from tests.loyalty.wallet.factories import Teller, allowance, buckets, fill, plan, require_sound, status

Do = Callable[..., Any]


def tell(teller: Teller, trade: Any, *, key: Any = None) -> Reply:
    """A notice about *trade*, truly signed unless *key* is another's."""
    keys = teller.partners.credentials()
    resource = seal(trade, keys.api_v3_key, "transaction")
    raw = json.dumps({"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource": resource}).encode()
    now = teller.partners.wechat_pay.notices._now()
    headers = signature_headers(raw, key or keys.pay_key, keys.pay_public_key_id, now)
    return teller.http.post("/hooks/wechat-pay", body=raw, headers={"Content-Type": "application/json", **headers})


def plain(trade: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trade.items() if name != "refunds"}


class TestStory:
    def test_paid_and_credited_with_all_that_comes_with_it(self, teller: Teller, drain: Do) -> None:
        coupon = template(way="grant")
        offer = plan(10_000, 2_000, template_id=coupon.id, points=50)
        (shown,) = teller.buyer.get("/wallet/plans").ok()["items"]
        assert (shown["id"], shown["gift_amount"], shown["points"]) == (offer.id, 2_000, 50)
        view = teller.begin(offer.id).ok()
        assert (view["status"], view["amount"], buckets(teller.me)) == ("created", 10_000, (0, 0))
        assert teller.partners.wechat_pay.trade(view["id"])["amount"]["total"] == 10_000
        teller.pay(view)
        assert teller.deliver() == [200]
        drain(twice=True)
        assert buckets(teller.me) == (10_000, 2_000)
        assert points.open_account(teller.me).balance == 50
        assert [each.template_id for each in held(teller.me)] == [coupon.id]
        mine = teller.buyer.get("/me/wallet").ok()
        assert mine == {"enabled": True, "balance": 12_000, "principal": 10_000, "gift": 2_000}
        (line,) = teller.buyer.get("/me/wallet/entries").ok()["items"]
        assert (line["kind"], line["cause"], line["balance_after"]) == ("topped_up", view["id"], 12_000)
        assert teller.buyer.get(f"/me/wallet/top-ups/{view['id']}").ok()["status"] == "succeeded"
        require_sound(teller.me)

    def test_same_key_same_top_up(self, teller: Teller) -> None:
        offer, other = plan(), plan(5_000)
        first = teller.begin(offer.id).ok()
        again = teller.begin(offer.id).ok()
        assert (again["id"], bool(again["parameters"])) == (first["id"], True)
        assert teller.begin(other.id).code == "idempotency_key_reused"
        teller.pay(again)
        teller.deliver()
        last = teller.begin(offer.id).ok()
        assert (last["status"], last["parameters"]) == ("succeeded", {})
        assert allowance(teller.me) == (0, 10_000)

    def test_paid_but_the_notice_is_lost_and_the_buyer_taps_again(self, teller: Teller) -> None:
        offer = plan()
        teller.partners.faults.notice("lost")
        teller.pay(teller.begin(offer.id).ok())
        teller.deliver()
        assert teller.begin(offer.id).ok()["status"] == "succeeded"
        assert buckets(teller.me) == (10_000, 2_000)

    def test_the_channel_is_down_and_comes_back(self, teller: Teller) -> None:
        offer = plan()
        teller.partners.faults.api("jsapi", "500", times=9)
        assert teller.begin(offer.id).status == 503
        teller.partners.faults.clear()
        teller.pay(teller.begin(offer.id).ok())
        teller.deliver()
        assert (buckets(teller.me), allowance(teller.me)) == ((10_000, 2_000), (0, 10_000))

    def test_what_was_begun_keeps_its_promise(self, teller: Teller) -> None:
        offer = plan(10_000, 2_000)
        view = teller.begin(offer.id).ok()
        offer.update([Plan.gift_amount.set(1), Plan.active.set(False)])
        teller.pay(view)
        teller.deliver()
        assert buckets(teller.me) == (10_000, 2_000)

    def test_another_members_is_not_found(self, teller: Teller) -> None:
        view = teller.begin(plan().id).ok()
        other = teller.another("two").buyer
        assert other.get(f"/me/wallet/top-ups/{view['id']}").code == "purchase_not_found"
        assert other.post(f"/me/wallet/top-ups/{view['id']}/sync").code == "purchase_not_found"


class TestNotices:
    def test_doubled_and_replayed(self, teller: Teller, cloud: Cloud, drain: Do) -> None:
        view = teller.top_up(plan().id)
        drain()
        with cloud.unchanged():
            teller.partners.wechat_pay.tell_paid_again(view["id"])
            assert set(teller.deliver()) == {200}
        assert buckets(teller.me) == (10_000, 2_000)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("amount", {"total": 9_999, "currency": "CNY"}),
            ("amount", {"total": 10_000, "currency": "USD"}),
            ("mchid", "1900000000"),
            ("appid", "wx0000000000000000"),
            ("payer", {"openid": "o-somebody"}),
        ],
    )
    def test_about_something_else(self, teller: Teller, cloud: Cloud, field: str, value: Any) -> None:
        trade = plain(teller.pay(teller.begin(plan().id).ok()))
        with cloud.unchanged():
            assert tell(teller, {**trade, field: value}).status == 400
        assert tell(teller, trade).status == 200
        assert buckets(teller.me) == (10_000, 2_000)

    def test_forged_unknown_or_nobodys(self, teller: Teller, cloud: Cloud) -> None:
        trade = plain(teller.pay(teller.begin(plan().id).ok()))
        with cloud.unchanged():
            assert tell(teller, trade, key=teller.partners.credentials().merchant_key).status == 401
            for number in ("top_nobody", "pot_nobody", "_", "20261124081234567801"):
                assert tell(teller, {**trade, "out_trade_no": number}).status == 404

    @pytest.mark.dynoxide
    def test_eight_at_once(self, teller: Teller) -> None:
        trade = plain(teller.pay(teller.begin(plan().id).ok()))
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: tell(teller, trade), range(8)))
        assert {reply.status for reply in replies} <= {200, 409}
        assert tell(teller, trade).status == 200
        assert (buckets(teller.me), allowance(teller.me)) == ((10_000, 2_000), (0, 10_000))
        require_sound(teller.me)


class TestNothingHeard:
    def test_the_mall_asks(self, teller: Teller, sweep: Do) -> None:
        teller.partners.faults.notice("lost")
        view = teller.begin(plan().id).ok()
        teller.pay(view)
        teller.deliver()
        sweep(minutes=3)
        assert (status(view), buckets(teller.me)) == ("succeeded", (10_000, 2_000))

    def test_the_buyer_comes_back(self, teller: Teller) -> None:
        view = teller.begin(plan().id).ok()
        assert teller.buyer.post(f"/me/wallet/top-ups/{view['id']}/sync").ok()["status"] == "created"
        teller.pay(view)
        assert teller.buyer.post(f"/me/wallet/top-ups/{view['id']}/sync").ok()["status"] == "succeeded"
        assert teller.deliver() == [200]
        assert buckets(teller.me) == (10_000, 2_000)

    def test_unpaid_ends_and_counts_no_more(self, teller: Teller, sweep: Do) -> None:
        view = teller.begin(plan(per_member_limit=1).id).ok()
        assert allowance(teller.me) == (12_000, 10_000)
        sweep(minutes=3)
        sweep(minutes=8)
        assert status(view) == "created"
        sweep(minutes=21)
        assert (status(view), allowance(teller.me)) == ("closed", (0, 0))
        assert teller.begin(view["plan_id"]).ok()["status"] == "closed"
        assert teller.begin(view["plan_id"], key="top-up-0002").ok()["status"] == "created"

    def test_asked_until_it_has_ended(self, teller: Teller, sweep: Do) -> None:
        view = teller.begin(plan().id).ok()
        teller.partners.faults.api("query", "500", times=99)
        for minutes in (3, 8, 21, 61):
            sweep(minutes=minutes)
        assert status(view) == "created"
        teller.partners.faults.clear()
        sweep(minutes=61)
        assert (status(view), allowance(teller.me)) == ("closed", (0, 0))
        asked = teller.calls("query")
        sweep(minutes=61)
        assert teller.calls("query") == asked

    def test_money_after_the_end_is_credited(self, teller: Teller, sweep: Do, drain: Do) -> None:
        view = teller.begin(plan().id).ok()
        for minutes in (3, 8, 21):
            sweep(minutes=minutes)
        assert status(view) == "closed"
        trade = plain(teller.pay(view, even_closed=True))
        assert tell(teller, trade).status == 200
        assert tell(teller, trade).status == 200
        drain(twice=True)
        assert (status(view), buckets(teller.me), allowance(teller.me)) == ("succeeded", (10_000, 2_000), (0, 0))


class TestLimits:
    @pytest.fixture(autouse=True)
    def _limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (("TOP_UP", 10_000), ("DAILY", 15_000), ("BALANCE", 30_000)):
            monkeypatch.setenv(f"SIYU_WALLET_{name}_LIMIT_AMOUNT", str(value))
        settings.cache_clear()

    def refused(self, teller: Teller, cloud: Cloud, plan_id: str, code: str) -> None:
        with cloud.unchanged():
            assert teller.begin(plan_id, key="another-key").code == code
        assert teller.calls("jsapi") == 0

    def test_at_once(self, teller: Teller, cloud: Cloud) -> None:
        self.refused(teller, cloud, plan(10_001).id, "top_up_too_large")

    def test_in_a_day(self, teller: Teller, frozen: MovableClock) -> None:
        offer = plan(10_000, 0)
        teller.top_up(offer.id)
        assert teller.begin(offer.id, key="top-up-0002").code == "top_up_daily_limit_reached"
        assert teller.begin(plan(5_000, 0).id, key="top-up-0003").ok()
        frozen.move(days=1)
        assert teller.begin(offer.id, key="top-up-0004").ok()
        assert allowance(teller.me) == (15_000, 10_000)

    def test_of_the_balance_with_gifts_and_what_is_open(self, teller: Teller, cloud: Cloud) -> None:
        fill(teller.me, 18_000, 1)
        self.refused(teller, cloud, plan(10_000, 2_000).id, "wallet_balance_limit_reached")
        assert teller.begin(plan(5_000, 999).id).ok()
        assert teller.begin(plan(5_000, 1_001).id, key="top-up-0002").code == "wallet_balance_limit_reached"
        assert teller.begin(plan(5_000, 1_000).id, key="top-up-0003").ok()

    def test_of_a_plan(self, teller: Teller) -> None:
        offer = plan(1_000, 0, per_member_limit=2)
        for number in range(2):
            teller.top_up(offer.id, key=f"top-up-000{number}")
        assert teller.begin(offer.id, key="top-up-0003").code == "wallet_plan_limit_reached"
        assert teller.another("two").begin(offer.id).ok()

    @pytest.mark.dynoxide
    def test_eight_begin_at_once(self, teller: Teller) -> None:
        offer = plan(5_000, 0)
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda n: teller.begin(offer.id, key=f"top-up-000{n}"), range(8)))
        assert {reply.code for reply in replies if reply.status != 201} <= {
            "top_up_daily_limit_reached",
            "account_moved",
            "too_busy",
        }
        begun = sum(reply.status == 201 for reply in replies)
        assert 1 <= begun <= 3
        assert allowance(teller.me) == (begun * 5_000, begun * 5_000)


def test_a_plan_whose_coupon_is_over_is_not_sold(
    teller: Teller, cloud: Cloud, drain: Do, frozen: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Who paid in its last moment has the money and the points, and no coupon that is good for nothing: staff hear."""
    now = clock.now()
    fixed = {"valid_days": None, "valid_from": now - timedelta(days=1), "valid_until": now + timedelta(minutes=1)}
    ends = now + timedelta(seconds=30)
    coupon = template(way="grant", terms=terms(**fixed), claim_from=now - timedelta(days=1), claim_until=ends)
    offer = plan(10_000, template_id=coupon.id, points=50)
    teller.top_up(offer.id)
    frozen.move(minutes=1)
    drain(twice=True)
    assert [each.member_id for each in caplog.records if getattr(each, "alarm", False)] == [teller.me]
    assert (buckets(teller.me), held(teller.me)) == ((10_000, 2_000), [])
    assert points.open_account(teller.me).balance == 50
    with cloud.unchanged():
        assert teller.begin(offer.id, "top-up-0002").code == "wallet_plan_not_found"


def test_not_offered(teller: Teller, cloud: Cloud) -> None:
    down = plan(active=False)
    with cloud.unchanged():
        assert teller.begin(down.id).code == "wallet_plan_not_found"
        assert teller.begin("wpl_none").code == "wallet_plan_not_found"
        for body in ({}, {"plan_id": ""}, {"plan_id": 7}, {"plan_id": down.id, "amount": 1}):
            assert teller.buyer.post("/me/wallet/top-ups", json=body, key="top-up-0001").code == "invalid"
        assert teller.http.get("/me/wallet").status == 401


def test_switched_off_while_one_is_open(teller: Teller, cloud: Cloud, off: Do, drain: Do) -> None:
    """No new one; what was begun is credited all the same."""
    offer = plan()
    view = teller.begin(offer.id).ok()
    off()
    with cloud.unchanged():
        assert teller.begin(offer.id, key="top-up-0002").code == "wallet_off"
        assert teller.buyer.get("/wallet/plans").code == "wallet_off"
    teller.pay(view)
    assert teller.deliver() == [200]
    drain()
    assert teller.buyer.get("/me/wallet").ok() == {
        "enabled": False,
        "balance": 12_000,
        "principal": 10_000,
        "gift": 2_000,
    }


class TestDeath:
    """However the process dies: credited once for money that came, and open for ever never."""

    def begin(self, teller: Teller, cloud: Cloud) -> None:
        cloud.memory.clear()
        teller.partners.reset()
        teller.shopper = teller.another("one").shopper

    def test_while_the_notice_is_heard(self, teller: Teller, cloud: Cloud, sweep: Do) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            self.begin(teller, cloud)
            view = teller.begin(plan(points=50).id).ok()
            world["trade"] = plain(teller.pay(view))

        def check() -> None:
            assert tell(teller, world["trade"]).status == 200
            sweep(redeliver=True)
            sweep(redeliver=True)
            assert (buckets(teller.me), allowance(teller.me)) == ((10_000, 2_000), (0, 10_000))
            assert points.open_account(teller.me).balance == 50
            assert cloud.dead_letters() == []
            require_sound(teller.me)

        every_death(begin, lambda: tell(teller, world["trade"]), check)

    def test_while_it_begins(self, teller: Teller, cloud: Cloud, sweep: Do) -> None:
        def begin() -> None:
            self.begin(teller, cloud)
            plan()

        def start() -> Reply:
            (offer,) = Plan.query("mall")
            return teller.begin(offer.id)

        def check() -> None:
            view = start().ok()
            assert len(list(DirectPurchase.scan())) == 1
            teller.pay(view)
            teller.deliver()
            assert (buckets(teller.me), allowance(teller.me)) == ((10_000, 2_000), (0, 10_000))

        every_death(begin, start, check)

    def test_while_it_is_closed(self, teller: Teller, cloud: Cloud, frozen: MovableClock, sweep: Do) -> None:
        from chalicelib.trade.payments.purchases import service

        world: dict[str, Any] = {}

        def begin() -> None:
            self.begin(teller, cloud)
            sweep(minutes=0)  # the mall has run for long: its sweep knows from where on
            world["view"] = teller.begin(plan(per_member_limit=1).id).ok()
            frozen.move(minutes=31)

        def check() -> None:
            for minutes in (2, 2, 61):
                sweep(minutes=minutes, redeliver=True)
            assert (status(world["view"]), allowance(teller.me)) == ("closed", (0, 0))

        every_death(begin, lambda: service.ask(service.load(world["view"]["id"])), check)
