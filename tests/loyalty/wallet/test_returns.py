"""Principal goes back the way it came, once, and what came with it goes too."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons.models import CouponStatus
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.wallet.returns import service as returns
from chalicelib.loyalty.wallet.statements.service import stands_against_closing
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.refunds.events import RefundFailed
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from infra.local.faults import every_death
from tests.harness import Cloud, MovableClock, Reply
from tests.loyalty.coupons.factories import held, template
from tests.loyalty.wallet.factories import Teller, buckets, fill, plan, require_sound

Do = Callable[..., Any]


def ask(teller: Teller, amount: int, gift: int = 0, key: str = "return-0001") -> Reply:
    body = {"returnable_amount": amount, "gift_amount": gift}
    return teller.buyer.post("/me/wallet/return", json=body, key=key)


def refunds(teller: Teller, *top_ups: Any) -> list[Refund]:
    """What is filed for them, by number."""
    ids = {view["id"] for view in top_ups}
    found = [each for each in Refund.scan(consistent_read=True) if each.payment_id in ids]
    assert all(each.member_id == teller.me for each in found)
    return sorted(found, key=lambda each: each.id)


def owed(teller: Teller) -> dict[str, int]:
    """What WeChat Pay has sent back, by top-up."""
    books = teller.partners.wechat_pay.books
    sums: dict[str, int] = {}
    for trade in books.trades.values():
        for refund in trade.refunds.values():
            sums[trade.out_trade_no] = sums.get(trade.out_trade_no, 0) + refund.amount
    return sums


class TestStory:
    def test_the_newest_first_and_all_that_came_with_it(self, teller: Teller, drain: Do, frozen: MovableClock) -> None:
        coupon = template(way="grant")
        first = teller.top_up(plan(10_000, 2_000, points=50).id)
        frozen.move(minutes=1)
        second = teller.top_up(plan(5_000, 0, points=40, template_id=coupon.id).id, "top-up-0002")
        drain()
        teller.pay_order(teller.order(8_500), 8_500).ok()
        principal, gift = buckets(teller.me)
        assert (principal, gift) == (7_500, 1_000)
        shown = teller.buyer.get("/me/wallet/return").ok()
        assert shown == {"returnable_amount": 7_500, "kept_amount": 0, "gift_amount": 1_000}
        done = ask(teller, 7_500, 1_000).ok()
        assert (done["returned_amount"], done["gift_amount"]) == (7_500, 1_000)
        assert ask(teller, 7_500, 1_000).ok() == done, "the same key does nothing twice"
        drain(twice=True)
        assert buckets(teller.me) == (0, 0)
        assert owed(teller) == {second["id"]: 5_000, first["id"]: 2_500}
        # 40 of the second, a quarter of the first's 50.
        assert points.open_account(teller.me).balance == 90 - 40 - 12
        assert [each.status for each in held(teller.me)] == [CouponStatus.VOID]
        assert stands_against_closing(teller.me) is None
        require_sound(teller.me)

    def test_again_and_again_never_more_than_was_paid(self, teller: Teller, drain: Do) -> None:
        view = teller.top_up(plan(10_000, 0, points=7).id)
        drain()
        teller.pay_order(teller.order(4_000), 4_000).ok()
        ask(teller, 6_000).ok()
        fill(teller.me, 9_000, cause="refunded")  # as when the order is refunded later
        assert ask(teller, 9_000, key="return-0002").code == "wallet_return_changed"
        shown = teller.buyer.get("/me/wallet/return").ok()
        assert shown == {"returnable_amount": 4_000, "kept_amount": 5_000, "gift_amount": 0}
        ask(teller, 4_000, key="return-0003").ok()
        drain()
        assert owed(teller) == {view["id"]: 10_000}
        assert buckets(teller.me) == (5_000, 0)
        assert points.open_account(teller.me).balance == 0
        assert teller.buyer.get("/me/wallet/return").ok()["returnable_amount"] == 0

    def test_a_used_coupon_stays_used(self, teller: Teller, drain: Do) -> None:
        coupon = template(way="grant")
        teller.top_up(plan(10_000, 0, template_id=coupon.id).id)
        drain()
        (mine,) = held(teller.me)
        mine.status = CouponStatus.USED
        mine.save()
        ask(teller, 10_000).ok()
        drain()
        assert [each.status for each in held(teller.me)] == [CouponStatus.USED]


class TestRefused:
    def test_not_what_was_shown(self, teller: Teller, cloud: Cloud) -> None:
        teller.top_up(plan(10_000, 2_000).id)
        bob = teller.another("bob")
        with cloud.unchanged():
            for amount, gift in ((9_999, 2_000), (10_001, 2_000), (10_000, 0), (10_000, 1_999)):
                assert ask(teller, amount, gift).code == "wallet_return_changed"
            assert ask(teller, 0).code == "invalid"
            assert ask(teller, -1).code == "invalid"
            assert ask(bob, 10_000, 2_000).code == "wallet_return_changed"

    def test_nothing_there(self, teller: Teller, cloud: Cloud) -> None:
        shown = teller.buyer.get("/me/wallet/return").ok()
        assert shown == {"returnable_amount": 0, "kept_amount": 0, "gift_amount": 0}

    def test_too_old_for_the_channel_stays(self, teller: Teller, frozen: MovableClock, cloud: Cloud) -> None:
        teller.top_up(plan(10_000, 2_000).id)
        frozen.move(days=361)
        assert returns.offer(teller.me).model_dump() == {
            "returnable_amount": 0,
            "kept_amount": 10_000,
            "gift_amount": 0,
        }

    def test_what_staff_gave_stays(self, teller: Teller) -> None:
        fill(teller.me, 500, 100)
        assert returns.offer(teller.me).model_dump() == {"returnable_amount": 0, "kept_amount": 500, "gift_amount": 0}


def test_closed_at_the_channel_it_is_in_the_wallet_again(teller: Teller, drain: Do) -> None:
    view = teller.top_up(plan(10_000, 2_000).id)
    ask(teller, 10_000, 2_000).ok()
    drain()
    (refund,) = refunds(teller, view)
    refund.status = RefundStatus.CLOSED
    refund.save()
    with Transaction() as tx:
        tx.emit(RefundFailed.of(refund, status="closed"))
    drain(twice=True)
    assert buckets(teller.me) == (10_000, 0)
    assert returns.offer(teller.me).kept_amount == 10_000, "the shop pays it out"
    require_sound(teller.me)


@pytest.mark.dynoxide
def test_asked_and_spent_at_once(teller: Teller, drain: Do) -> None:
    view = teller.top_up(plan(10_000, 2_000).id)
    order = teller.order(6_000)
    tries: list[Callable[[], Reply]] = [
        *(lambda key=f"return-000{number}": ask(teller, 10_000, 2_000, key) for number in range(3)),
        lambda: teller.pay_order(order, 6_000),
    ]
    with ThreadPoolExecutor(4) as pool:
        replies = [future.result() for future in [pool.submit(each) for each in tries]]
    good = [reply for reply in replies if reply.status < 300]
    assert len(good) == 1, "the wallet is there once"
    drain()
    paid = replies[-1] in good
    assert owed(teller) == ({} if paid else {view["id"]: 10_000})
    assert buckets(teller.me) == ((5_000, 1_000) if paid else (0, 0))
    require_sound(teller.me)


def test_death_at_every_step(teller: Teller, cloud: Cloud, sweep: Do) -> None:
    world: dict[str, Any] = {}

    def begin() -> None:
        cloud.memory.clear()
        teller.partners.reset()
        teller.shopper = teller.another("one").shopper
        world["top_up"] = teller.top_up(plan(10_000, 2_000, points=10).id)
        sweep()

    def check() -> None:
        ask(teller, 10_000, 2_000).ok()
        sweep(redeliver=True)
        sweep(redeliver=True)
        assert buckets(teller.me) == (0, 0)
        assert owed(teller) == {world["top_up"]["id"]: 10_000}
        assert points.open_account(teller.me).balance == 0
        assert cloud.dead_letters() == []
        require_sound(teller.me)

    every_death(begin, lambda: ask(teller, 10_000, 2_000), check)


@given(st.integers(1, 10_000), st.integers(0, 500), st.lists(st.integers(1, 5_000), max_size=8))
def test_shares_of_what_came_with_it_never_exceed_it(amount: int, whole: int, steps: list[int]) -> None:
    before, lost = 0, 0
    for step in steps:
        now = min(before + step, amount)
        lost += purchases.share(whole, amount, before, now)
        before = now
    assert lost == whole * before // amount
    assert lost <= whole


class TestLargePayments:
    def test_proved_by_the_phone(self, teller: Teller, frozen: MovableClock, cloud: Cloud) -> None:
        fill(teller.me, 300_000)
        order = teller.order(150_000)
        with cloud.unchanged():
            reply = teller.pay_order(order, 150_000)
            assert (reply.code, reply.json["details"]["limit_amount"]) == ("verification_needed", 100_000)
            assert self.prove(teller, "13800138000").code == "phone_not_bound"
        bound = teller.buyer.post("/me/phone", json={"code": teller.partners.wechat.new_phone_code("13800138000")})
        assert bound.status == 200
        with cloud.unchanged():
            assert self.prove(teller, "13900139000").code == "verification_failed"
            assert teller.buyer.post("/me/wallet/verification", json={"code": "made-up"}).status == 422
        until = self.prove(teller, "13800138000").ok()["verified_until"]
        assert until == (frozen.at + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
        frozen.move(minutes=9)
        teller.pay_order(order, 150_000).ok()
        frozen.move(minutes=1)
        assert teller.pay_order(teller.order(100_001), 100_001).code == "verification_needed"
        teller.pay_order(teller.order(100_000), 100_000).ok()

    def test_then_the_first_top_up(self, teller: Teller) -> None:
        teller.buyer.post("/me/phone", json={"code": teller.partners.wechat.new_phone_code("13800138000")}).ok()
        self.prove(teller, "13800138000").ok()
        teller.top_up(plan().id)
        assert buckets(teller.me) == (10_000, 2_000)

    def prove(self, teller: Teller, number: str) -> Reply:
        code = teller.partners.wechat.new_phone_code(number)
        return teller.buyer.post("/me/wallet/verification", json={"code": code})


def test_stale_reading_of_a_closed_top_up_counts_nothing_twice(teller: Teller, sweep: Do) -> None:
    """The notice was read while the top-up was open, and is carried out after it was closed."""
    from chalicelib.trade.payments.tender import Channel, ChannelState
    from tests.loyalty.wallet.factories import allowance

    view = teller.begin(plan().id).ok()
    stale = DirectPurchase.find(view["id"], consistent=True)
    assert stale is not None
    purchases.close(stale)
    assert allowance(teller.me) == (0, 0)
    purchases.confirm(stale, ChannelState(Channel.PAID, "4200001", None))
    assert allowance(teller.me) == (0, 0)
    assert buckets(teller.me) == (10_000, 2_000)


def test_principal_goes_back_before_the_coupon_came(teller: Teller, drain: Do) -> None:
    coupon = template(way="grant")
    teller.top_up(plan(10_000, 0, points=20, template_id=coupon.id).id)
    ask(teller, 10_000).ok()
    drain(twice=True)
    assert held(teller.me) == []
    assert points.open_account(teller.me).balance == 0
