"""Cards: a level for money, until a date; once, however the process dies; what is left of it goes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import ids
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons.models import CouponStatus
from chalicelib.loyalty.membership.cards import service as cards
from chalicelib.loyalty.membership.cards.spans import service as spans
from chalicelib.loyalty.membership.models import MALL, Card, CardPlan, Span
from chalicelib.loyalty.points import service as points
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.trade.payments.purchases.models import DirectPurchase
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.loyalty.coupons.factories import held as coupons_held
from tests.loyalty.coupons.factories import over, template
from tests.loyalty.factories import staff
from tests.loyalty.membership.factories import board, give, ladder, level, require_sound
from tests.loyalty.wallet.factories import Teller

Do = Callable[..., Any]


def plan(level: str = "gold", amount: int = 36_500, days: int = 365, **more: Any) -> CardPlan:
    """A card that is sold."""
    fields = {"title": "年卡", "level": level, "amount": amount, "days": days, "active": True, **more}
    made = CardPlan(shop=MALL, id=ids.new("cdp"), version=1, **fields)
    made.save()
    return made


def begin(teller: Teller, plan_id: str, key: str = "card-00001") -> Reply:
    return teller.buyer.post("/me/cards", json={"plan_id": plan_id}, key=key)


def buy(teller: Teller, plan_id: str, key: str = "card-00001") -> Any:
    """Begun, paid, and heard of."""
    view = begin(teller, plan_id, key).ok()
    teller.pay(view)
    assert teller.deliver()[-1] == 200
    return view


def mine(teller: Teller) -> list[Any]:
    items: list[Any] = teller.buyer.get("/me/cards").ok()["items"]
    return items


def clerk(teller: Teller) -> Client:
    return staff(teller.http, "membership.read", "membership.write", "payments.write")


def stop(teller: Teller, card_id: str, amount: int | None = None) -> Reply:
    return clerk(teller).post(f"/admin/members/{teller.me}/cards/{card_id}/stop", json={"refund_amount": amount})


def returned(teller: Teller) -> int:
    """What WeChat Pay has sent back."""
    trades = teller.partners.wechat_pay.books.trades.values()
    return sum(refund.amount for trade in trades for refund in trade.refunds.values())


class TestStory:
    def test_bought_renewed_and_over(self, teller: Teller, drain: Do, sweep: Do, frozen: MovableClock) -> None:
        ladder()
        coupon = template(way="grant")
        offer = plan("platinum", 19_900, 30, points=88, template_id=coupon.id)
        (shown,) = teller.http.get("/card-plans").ok()["items"]
        assert (shown["id"], shown["level"], shown["amount"]) == (offer.id, "platinum", 19_900)
        view = buy(teller, offer.id)
        drain(twice=True)
        assert (level(teller.me), board(teller.me)["level"]) == ("platinum", "platinum")
        assert points.open_account(teller.me).balance == 88
        assert [each.template_id for each in coupons_held(teller.me)] == [coupon.id]
        (first,) = mine(teller)
        assert (first["id"], first["ends_at"]) == (view["id"], "2026-12-24T16:00:00Z"), "thirty whole days and today"
        assert teller.buyer.get("/me/membership").ok()["card_ends_at"] == first["ends_at"]
        frozen.move(days=3)
        buy(teller, offer.id, "card-00002")
        drain()
        second, first = mine(teller)
        assert (second["starts_at"], second["ends_at"]) == (first["ends_at"], "2027-01-23T16:00:00Z")
        frozen.set(datetime(2027, 1, 23, 15, 59, 59, tzinfo=UTC))
        assert level(teller.me) == "platinum"
        frozen.move(seconds=1)
        assert level(teller.me) == "basic", "by the clock, though no deadline has been delivered"
        assert board(teller.me)["level"] == "platinum"
        sweep()
        assert board(teller.me)["level"] == "basic"
        assert [each["ends_at"] for each in mine(teller)] == [None, None]
        require_sound(teller.me)

    def test_the_higher_of_growth_and_cards_counts(self, teller: Teller, drain: Do, frozen: MovableClock) -> None:
        ladder()
        buy(teller, plan("gold", days=30).id)
        drain()
        give(teller.me, 500)
        assert level(teller.me) == "gold"
        shown = teller.buyer.get("/me/membership").ok()
        assert (shown["level"]["id"], shown["to_keep"]) == ("gold", 500), "silver is what growth has to keep"
        buy(teller, plan("silver", days=90).id, "card-00002")
        buy(teller, plan("platinum", days=10).id, "card-00003")
        for days, expected in ((0, "platinum"), (11, "gold"), (20, "silver"), (10, "silver")):
            frozen.move(days=days)
            assert level(teller.me) == expected
        frozen.move(days=60)
        give(teller.me, 500, "more")
        assert level(teller.me) == "gold", "growth went on below the cards"

    def test_a_reminder_unless_it_goes_on(self, teller: Teller, drain: Do, frozen: MovableClock) -> None:
        ladder()
        offer = plan("gold", days=10)
        buy(teller, offer.id)
        buy(teller, offer.id, "card-00002")
        drain()
        second, first = (each["id"] for each in mine(teller))
        assert announced(teller, first) == []
        assert announced(teller, second) == [("CardEnding", second)]
        stop(teller, second, 0).ok()
        assert announced(teller, second) == []
        assert announced(teller, first) == [("CardEnding", first)]
        frozen.move(days=20)
        assert announced(teller, first) == []


def announced(teller: Teller, card_id: str) -> list[tuple[str, str]]:
    """What the deadline before the end of that card announces."""
    with Transaction() as tx:
        cards.remind(tx, teller.me, card_id)
        return [(type(event).__name__, event.model_dump()["card_id"]) for event, _ in tx._events]


class TestRefused:
    def test_not_sold_or_too_long(self, teller: Teller, cloud: Cloud, drain: Do) -> None:
        ladder()
        hidden, short = plan(active=False), plan("gold", 100, 1_000)
        buy(teller, short.id)
        drain()
        with cloud.unchanged():
            assert begin(teller, hidden.id, "card-00002").code == "card_plan_not_found"
            assert begin(teller, "cdp_no", "card-00003").code == "card_plan_not_found"
        dead = plan(template_id=over(way="grant").id)
        with cloud.unchanged():
            assert begin(teller, dead.id, "card-00004").code == "card_plan_not_found", "its coupon would be over"
            assert begin(teller, short.id, "card-00004").code == "card_too_long"
            assert begin(teller, plan_id="", key="card-00005").code == "invalid"
        bob = teller.another("bob")
        assert bob.buyer.post(f"/me/cards/{mine(teller)[0]['id']}/sync").code == "purchase_not_found"

    def test_what_was_begun_keeps_its_promise(self, teller: Teller, drain: Do) -> None:
        ladder()
        offer = plan("gold", 100, 30)
        view = begin(teller, offer.id).ok()
        offer.level, offer.days, offer.active = "silver", 1, False
        offer.save()
        teller.pay(view)
        teller.deliver()
        drain()
        assert (level(teller.me), mine(teller)[0]["days"]) == ("gold", 30)

    def test_a_level_that_is_gone_gives_nothing(self, teller: Teller, drain: Do) -> None:
        ladder()
        buy(teller, plan("gold").id)
        ladder(("basic", 0), ("silver", 500))
        assert level(teller.me) == "basic"

    def test_paid_by_who_has_no_account_any_more(self, teller: Teller, drain: Do) -> None:
        ladder()
        view = begin(teller, plan("gold", 5_000).id).ok()
        privacy.close(teller.me)
        drain()
        teller.pay(view)
        teller.deliver()
        drain(twice=True)
        assert returned(teller) == 5_000
        assert list(Card.scan()) == []


class TestStopping:
    def test_what_is_left_goes_back_with_its_share(self, teller: Teller, drain: Do, frozen: MovableClock) -> None:
        ladder()
        coupon = template(way="grant")
        view = buy(teller, plan("gold", 3_000, 30, points=30, template_id=coupon.id).id)
        drain()
        frozen.move(days=10, hours=1)
        done = stop(teller, view["id"]).ok()["items"][0]
        assert (done["refunded_amount"], done["ends_at"]) == (2_000, None)
        drain(twice=True)
        assert (level(teller.me), board(teller.me)["level"]) == ("basic", "basic")
        assert (returned(teller), points.open_account(teller.me).balance) == (2_000, 10)
        assert [each.status for each in coupons_held(teller.me)] == [CouponStatus.VOID]
        assert stop(teller, view["id"]).code == "card_ended"

    def test_what_follows_moves_up(self, teller: Teller, drain: Do, sweep: Do, frozen: MovableClock) -> None:
        ladder()
        offer = plan("gold", 3_000, 30)
        first = buy(teller, offer.id)
        buy(teller, offer.id, "card-00002")
        drain()
        frozen.move(days=5)
        stop(teller, first["id"], 0).ok()
        drain()
        assert (level(teller.me), returned(teller)) == ("gold", 0)
        second = mine(teller)[0]
        ends_at = datetime.fromisoformat(second["ends_at"])
        assert timedelta(days=30) - timedelta(seconds=1) < ends_at - frozen.at < timedelta(days=30)
        frozen.set(ends_at)
        assert level(teller.me) == "basic"
        sweep()
        assert board(teller.me)["level"] == "basic"

    def test_refused(self, teller: Teller, cloud: Cloud, drain: Do) -> None:
        ladder()
        view = buy(teller, plan("gold", 3_000, 30).id)
        drain()
        bob, one, weaker = teller.another("bob"), clerk(teller), staff(teller.http, "membership.write")
        path = f"/admin/members/{teller.me}/cards/{view['id']}/stop"
        with cloud.unchanged():
            assert one.post(path, json={"refund_amount": 3_001}).code == "refund_above_card"
            assert one.post(path, json={"refund_amount": -1}).code == "invalid"
            assert one.post(path.replace(teller.me, bob.me), json={}).code == "card_not_found"
            assert weaker.post(path, json={}).status == 403

    @pytest.mark.dynoxide
    def test_four_at_once_pay_back_once(self, teller: Teller, drain: Do) -> None:
        ladder()
        view = buy(teller, plan("gold", 3_000, 30).id)
        drain()
        people = [clerk(teller) for _ in range(4)]
        path = f"/admin/members/{teller.me}/cards/{view['id']}/stop"
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda one: one.post(path, json={"refund_amount": 1_000}), people))
        assert sorted(reply.status for reply in replies)[0] == 200
        assert [reply.code for reply in replies if reply.status != 200] == ["card_ended"] * 3
        drain()
        assert returned(teller) == 1_000


class TestGiven:
    def test_by_staff_once_for_a_key(self, teller: Teller, drain: Do, cloud: Cloud) -> None:
        ladder()
        path, body = f"/admin/members/{teller.me}/cards", {"level": "silver", "days": 7, "reason": "补偿"}
        one = clerk(teller)
        for _ in range(2):
            assert one.post(path, json=body, key="give-00001").ok()["items"][0]["title"] == "补偿"
        drain()
        assert (level(teller.me), len(mine(teller))) == ("silver", 1)
        with cloud.unchanged():
            assert one.post(path, json={**body, "level": "no"}, key="give-00002").code == "level_unknown"
            assert one.post(path, json={**body, "days": 0}, key="give-00003").code == "invalid"
            assert one.post("/admin/members/mem_no/cards", json=body, key="give-00004").status == 404
        card = mine(teller)[0]
        assert stop(teller, card["id"], 1).code == "refund_above_card"
        stop(teller, card["id"]).ok()
        drain()
        assert (level(teller.me), returned(teller)) == ("basic", 0)

    def test_plans(self, teller: Teller, cloud: Cloud) -> None:
        ladder()
        one = clerk(teller)
        fields = {"title": "年卡", "level": "gold", "amount": 19_900, "days": 365}
        made = one.post("/admin/card-plans", json=fields).ok()
        assert teller.http.get("/card-plans").ok()["items"] == []
        path = f"/admin/card-plans/{made['id']}"
        changed = one.put(path, json={**fields, "active": True, "version": 1}).ok()
        assert one.get("/admin/card-plans").ok()["items"] == [changed]
        with cloud.unchanged():
            assert one.put(path, json={**fields, "version": 1}).code == "card_plan_edited"
            assert one.put("/admin/card-plans/cdp_no", json={**fields, "version": 1}).code == "card_plan_not_found"
            assert one.post("/admin/card-plans", json={**fields, "level": "no"}).code == "level_unknown"
            assert one.post("/admin/card-plans", json={**fields, "template_id": "cpt_no"}).status == 404
            for bad in ({"amount": 0}, {"days": 0}, {"days": 1_101}, {"title": ""}):
                assert one.post("/admin/card-plans", json={**fields, **bad}).code == "invalid"


def test_death_at_every_step(teller: Teller, cloud: Cloud, sweep: Do) -> None:
    """While the payment is heard of: one card for the money, and the level."""
    world: dict[str, Any] = {}

    def start() -> None:
        cloud.memory.clear()
        teller.partners.reset()
        teller.shopper = teller.another("one").shopper
        ladder()
        world["card"] = begin(teller, plan("gold", 5_000, 30, points=10).id).ok()
        teller.pay(world["card"])

    def check() -> None:
        for _ in range(2):
            teller.buyer.post(f"/me/cards/{world['card']['id']}/sync").ok()
            sweep(redeliver=True)
        assert [each["id"] for each in mine(teller)] == [world["card"]["id"]]
        assert (level(teller.me), board(teller.me)["level"]) == ("gold", "gold")
        assert points.open_account(teller.me).balance == 10
        assert cloud.dead_letters() == []

    every_death(start, lambda: teller.buyer.post(f"/me/cards/{world['card']['id']}/sync"), check)


def test_growth_comes_with_a_top_up_and_goes_with_its_principal(teller: Teller, drain: Do) -> None:
    from tests.loyalty.wallet.factories import plan as top_up_plan

    ladder()
    teller.top_up(top_up_plan(10_000, 0, growth=600).id)
    drain(twice=True)
    assert level(teller.me) == "silver"
    teller.pay_order(teller.order(5_000), 5_000).ok()
    body = {"returnable_amount": 5_000, "gift_amount": 0}
    teller.buyer.post("/me/wallet/return", json=body, key="return-0001").ok()
    drain(twice=True)
    assert level(teller.me) == "basic"
    assert teller.buyer.get("/me/membership").ok()["growth"] == 300
    require_sound(teller.me)


def test_closing_ends_an_open_purchase_without_harm(teller: Teller, drain: Do, sweep: Do) -> None:
    ladder()
    begin(teller, plan("gold").id).ok()
    privacy.close(teller.me)
    drain()
    sweep(minutes=32)
    (purchase,) = DirectPurchase.scan()
    assert purchase.status == "closed"


LEVELS = st.sampled_from(["a", "b"])
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


@given(st.lists(st.tuples(LEVELS, st.integers(1, 40), st.integers(0, 30)), min_size=1, max_size=8), st.data())
def test_nobody_gets_less_than_they_paid_for(bought: list[tuple[str, int, int]], data: st.DataObject) -> None:
    now, times = NOON, list[Span]()
    for number, (name, days, later) in enumerate(bought):
        now += timedelta(days=later)
        times = spans.added(times, str(number), name, days, now)
        last = times[-1]
        assert timedelta(days=days) <= last.ends_at - last.starts_at < timedelta(days=days + 1)
        assert len(spans.live(times, now)) == len(times)
        for each in times:
            same = [other for other in times if other.level == each.level and other.id != each.id]
            assert all(other.ends_at <= each.starts_at or each.ends_at <= other.starts_at for other in same)
    gone = data.draw(st.sampled_from(times))
    kept = spans.removed(times, gone.id, now)
    lengths = {each.id: each.ends_at - each.starts_at for each in times}
    assert {each.id for each in kept} == {each.id for each in times} - {gone.id}
    assert all(each.ends_at - each.starts_at == lengths[each.id] for each in kept)
    for each in kept:
        before = next(other for other in times if other.id == each.id)
        assert each.starts_at <= before.starts_at
        assert each.starts_at == before.starts_at or each.starts_at >= now


@given(st.integers(1, 1_000_000), st.integers(1, 400), st.integers(0, 500))
def test_what_goes_back_is_never_more_than_was_paid(amount: int, days: int, later: int) -> None:
    span = Span(id="1", level="a", starts_at=NOON, ends_at=spans.end_of(NOON, days))
    back = spans.unused_share(amount, span, days, NOON + timedelta(days=later))
    assert 0 <= back <= amount
    assert (back == amount) == (later == 0)
    assert (back == 0) or later <= days
