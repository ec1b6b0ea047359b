"""The wallet pays: in the ratio in which principal and gift stand, and back to the fen into where it came from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ledgers import AccountMoved, BalanceTooLow
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.wallet import service
from chalicelib.loyalty.wallet.models import LEDGER, WalletEntry
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.payments import service as paying
from chalicelib.trade.payments.models import PaymentStatus
from chalicelib.trade.payments.refunds import service as refunding
from chalicelib.trade.payments.refunds.models import RefundStatus
from infra.local.faults import every_death
from tests.harness import Client, Cloud
from tests.loyalty.factories import staff
from tests.loyalty.wallet.factories import Teller, buckets, fill, plan, refund, require_sound
from tests.trade.payments.factories import cancel, now_of, payments, refunds, reprice

Do = Callable[..., Any]


class TestPaying:
    def test_everything_at_once(self, teller: Teller, drain: Do) -> None:
        fill(teller.me, 10_000, 2_000)
        order = teller.order(6_000)
        view = teller.pay_order(order).ok()
        assert (view["paid"], view["parameters"], view["tender"]) == (True, {}, "wallet")
        assert buckets(teller.me) == (5_000, 1_000)
        drain(twice=True)
        assert (now_of(order).status, teller.calls("jsapi")) == (OrderStatus.PROCESSING, 0)
        assert teller.pay_order(order).code == "order_not_pending"
        require_sound(teller.me)

    def test_a_part_and_the_rest_by_the_channel(self, teller: Teller, drain: Do) -> None:
        fill(teller.me, 1_000, 333)
        order = teller.order(9_900)
        view = teller.pay_order(order, 100).ok()
        assert (view["channel_amount"], buckets(teller.me)) == (9_800, (924, 309))
        teller.pay(view)
        assert teller.deliver() == [200]
        drain(twice=True)
        assert (now_of(order).status, buckets(teller.me)) == (OrderStatus.PROCESSING, (924, 309))
        require_sound(teller.me)

    def test_more_than_is_there(self, teller: Teller, cloud: Cloud) -> None:
        fill(teller.me, 1_000, 333)
        order = teller.order()
        with cloud.unchanged():
            assert teller.pay_order(order, 1_334).code == "balance_too_low"
        assert teller.pay_order(order).ok()["parts"] == [{"tender": "wallet", "amount": 1_333}]
        assert buckets(teller.me) == (0, 0)

    @pytest.mark.parametrize("how", ["timeout", "repriced", "otherwise"])
    def test_given_back_as_it_was(self, teller: Teller, drain: Do, how: str) -> None:
        """Also when the wallet stands otherwise by then."""
        fill(teller.me, 1_000, 333)
        order = teller.order()
        teller.pay_order(order, 500).ok()
        fill(teller.me, 7, 7_000, cause="meanwhile")
        if how == "timeout":
            assert not paying.settle_or_close(order)
            cancel(order)
        elif how == "repriced":
            reprice(order, 9_000)
        else:
            teller.buyer.post(f"/orders/{order.id}/pay", json={}).ok()
        drain(twice=True)
        assert buckets(teller.me) == (1_007, 7_333)
        assert refunds(order) == []
        require_sound(teller.me)

    def test_the_rest_comes_too_late(self, teller: Teller, drain: Do) -> None:
        fill(teller.me, 1_000, 333)
        order = teller.order()
        view = teller.pay_order(order).ok()
        cancel(order)
        teller.pay(view, even_closed=True)
        teller.deliver()
        drain(twice=True)
        teller.deliver()
        (back,) = refunds(order)
        assert (back.amount, back.status, buckets(teller.me)) == (9_900 - 1_333, RefundStatus.SUCCEEDED, (1_000, 333))
        require_sound(teller.me)

    @pytest.mark.dynoxide
    def test_eight_orders_at_once(self, teller: Teller) -> None:
        fill(teller.me, 20_001, 4_999)
        orders = [teller.order(9_900) for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda order: teller.pay_order(order, 9_900), orders))
        for _ in range(3):  # "too busy" asks to come again
            replies = [
                teller.pay_order(order, 9_900) if reply.code in ("too_busy", "account_moved") else reply
                for order, reply in zip(orders, replies, strict=True)
            ]
        assert {reply.code for reply in replies if reply.status != 200} <= {"balance_too_low"}
        assert sum(now_of(order).status is OrderStatus.PAID for order in orders) == 2
        assert sum(buckets(teller.me)) == 25_000 - 2 * 9_900
        require_sound(teller.me)


class TestRefunds:
    def test_any_sequence_to_the_fen(self, teller: Teller, drain: Do) -> None:
        fill(teller.me, 2_999, 334)
        order = teller.order(9_900)
        teller.pay(teller.pay_order(order).ok())
        teller.deliver()
        fill(teller.me, 0, 5_000, cause="meanwhile")
        for number, amount in enumerate((3_300, 1, 3_299, 7, 3_293)):
            refund(order, amount, str(number))
            drain()
            teller.deliver()
            require_sound(teller.me)
        filed = refunds(order)
        assert sum(each.channel_amount for each in filed) == 9_900 - 3_333
        assert {each.status for each in filed} == {RefundStatus.SUCCEEDED}
        assert buckets(teller.me) == (2_999, 5_334)

    def test_a_payment_that_was_read_before_another_refund(self, teller: Teller, cloud: Cloud) -> None:
        """The account is read later than the payment, and knows more: it is to be read and decided again."""
        fill(teller.me, 900, 100)
        order = teller.order(1_000)
        teller.pay_order(order).ok()
        (as_it_was,) = payments(order)
        refund(order, 600, "first")
        with cloud.unchanged(), pytest.raises(AccountMoved), Transaction() as tx:
            refunding.file(tx, as_it_was, purpose="second", reason="售后", amount=401)
        refund(order, 400, "third")
        assert buckets(teller.me) == (900, 100)

    def test_also_when_it_is_switched_off(self, teller: Teller, cloud: Cloud, off: Do, drain: Do) -> None:
        fill(teller.me, 2_000, 400)
        paid, open_ = teller.order(1_200), teller.order(9_900)
        teller.pay_order(paid).ok()
        teller.pay_order(open_, 600).ok()
        off()
        third = teller.order()
        with cloud.unchanged():
            assert teller.pay_order(third, 100).code == "tender_unavailable"
        assert teller.pay_order(third).ok()["parts"] == []
        refund(paid, 1_200, "all")
        assert not paying.settle_or_close(open_)
        drain()
        assert buckets(teller.me) == (2_000, 400)
        require_sound(teller.me)

    @pytest.mark.dynoxide
    def test_two_at_once_never_of_the_same_fen(self, teller: Teller) -> None:
        fill(teller.me, 900, 100)
        order = teller.order(1_000)
        teller.pay_order(order).ok()

        def one(purpose: str) -> bool:
            try:
                refund(order, 600, purpose)
            except Exception:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(one, "ab"))
        assert sum(done) <= 1
        assert buckets(teller.me) == ((540, 60) if any(done) else (0, 0))
        require_sound(teller.me)


amounts = st.integers(0, 10**7)


@given(amounts, amounts, st.data())
def test_spending_in_ratio(principal: int, gift: int, data: st.DataObject) -> None:
    """Principal rounded up, neither below zero, gift never used up while principal is left."""
    total = principal + gift
    amount = data.draw(st.integers(0, total))
    taken = service.in_ratio({"principal": principal, "gift": gift}, amount)
    assert sum(taken.values()) == amount
    assert taken["gift"] == (amount * gift // total if total else 0)
    assert 0 <= taken["principal"] <= principal
    if gift and taken["gift"] == gift:
        assert taken["principal"] == principal
    with pytest.raises(BalanceTooLow):
        service.in_ratio({"principal": principal, "gift": gift}, total + 1)


@given(amounts, amounts, st.lists(st.integers(1, 10**6), max_size=8))
def test_what_goes_back_is_what_was_taken(principal: int, gift: int, steps: list[int]) -> None:
    entry, before = WalletEntry(buckets={"principal": -principal, "gift": -gift}), 0
    back = {"principal": 0, "gift": 0}
    for step in [*steps, principal + gift]:
        after = min(before + step, principal + gift)
        for name, share in service._going_back(entry, before, after).items():
            assert share >= 0
            back[name] += share
        assert sum(back.values()) == after
        before = after
    assert back == {"principal": principal, "gift": gift}


@pytest.mark.parametrize("part", [3_000, 9_900])
def test_death_at_every_step_of_paying(teller: Teller, cloud: Cloud, sweep: Do, part: int) -> None:
    world: dict[str, Any] = {}

    def begin() -> None:
        cloud.memory.clear()
        teller.partners.reset()
        teller.shopper = teller.another("one").shopper
        fill(teller.me, 8_000, 1_900)
        world["order"] = teller.order()

    def check() -> None:
        order = world["order"]
        sweep(redeliver=True)
        if now_of(order).status is OrderStatus.PENDING_PAYMENT:
            assert sum(buckets(teller.me)) in (9_900, 9_900 - part)
            paying.settle_or_close(order)
            cancel(order)
            sweep(redeliver=True)
            assert buckets(teller.me) == (8_000, 1_900)
        else:
            assert (part, buckets(teller.me)) == (9_900, (0, 0))
            (payment,) = payments(order)
            assert payment.status is PaymentStatus.SUCCEEDED
        require_sound(teller.me)

    every_death(begin, lambda: teller.pay_order(world["order"], part), check)


def test_death_at_every_step_of_a_refund(teller: Teller, cloud: Cloud) -> None:
    world: dict[str, Any] = {}

    def begin() -> None:
        cloud.memory.clear()
        teller.shopper = teller.another("one").shopper
        fill(teller.me, 800, 200)
        world["order"] = teller.order(1_000)
        teller.pay_order(world["order"]).ok()

    def check() -> None:
        (payment,) = payments(world["order"])
        entry = LEDGER.posted(teller.me, "paid", payment.id)
        assert entry is not None
        assert (entry.refunded_amount, sum(buckets(teller.me))) == (payment.refunded_amount, payment.refunded_amount)
        if payment.refunded_amount < 1_000:
            refund(world["order"], 1_000 - payment.refunded_amount, "again")
        assert buckets(teller.me) == (800, 200)
        require_sound(teller.me)

    every_death(begin, lambda: refund(world["order"], 333, "once"), check)


class TestStaff:
    def adjust(self, clerk: Client, member_id: str, bucket: str, amount: Any, key: str = "adjust-01") -> Any:
        body = {"bucket": bucket, "amount": amount, "reason": "退还本金"}
        return clerk.post(f"/admin/members/{member_id}/wallet", json=body, key=key)

    def test_gives_and_takes_with_a_reason(self, teller: Teller, cloud: Cloud) -> None:
        clerk, me = staff(teller.http, "wallet.write"), teller.me
        assert self.adjust(clerk, me, "gift", 500).ok()["gift"] == 500
        assert self.adjust(clerk, me, "gift", 500).ok()["gift"] == 500, "the same key does nothing twice"
        assert self.adjust(clerk, me, "gift", 501).code == "idempotency_key_reused"
        with cloud.unchanged():
            assert self.adjust(clerk, me, "principal", -1, "adjust-02").code == "balance_too_low"
            assert self.adjust(clerk, me, "gift", 0, "adjust-03").code == "invalid"
            assert self.adjust(clerk, me, "money", 1, "adjust-04").code == "invalid"
            assert self.adjust(clerk, "mem_nobody", "gift", 1, "adjust-05").status == 404
        (line,) = teller.buyer.get("/me/wallet/entries").ok()["items"]
        assert (line["kind"], line["gift"], line["note"]) == ("adjusted", 500, "退还本金")
        with cloud.unchanged():  # as much as an amount can be, and one fen of it is too much
            assert self.adjust(clerk, me, "gift", 10_000_000_000, "adjust-07").code == "balance_too_high"
        reader = staff(teller.http, "wallet.read")
        assert reader.get(f"/admin/members/{me}/wallet").ok()["balance"] == 500
        assert reader.get(f"/admin/members/{me}/wallet-entries").ok()["items"] == [line]
        assert reader.post(f"/admin/members/{me}/wallet", json={}, key="adjust-06").status == 403

    def test_plans(self, teller: Teller, cloud: Cloud) -> None:
        clerk = staff(teller.http, "wallet.read", "wallet.write")
        fields = {"title": "充100送20", "amount": 10_000, "gift_amount": 2_000}
        made = clerk.post("/admin/wallet-plans", json=fields).ok()
        assert (made["version"], made["active"]) == (1, False)
        assert teller.buyer.get("/wallet/plans").ok()["items"] == []
        path = f"/admin/wallet-plans/{made['id']}"
        changed = clerk.put(path, json={**fields, "active": True, "version": 1}).ok()
        assert clerk.get("/admin/wallet-plans").ok()["items"] == [changed]
        assert len(teller.buyer.get("/wallet/plans").ok()["items"]) == 1
        with cloud.unchanged():
            assert clerk.put(path, json={**fields, "version": 1}).code == "wallet_plan_edited"
            assert (
                clerk.put("/admin/wallet-plans/wpl_no", json={**fields, "version": 1}).code == "wallet_plan_not_found"
            )
            assert clerk.post("/admin/wallet-plans", json={**fields, "template_id": "cpt_no"}).status == 404
            for bad in ({"amount": 0}, {"amount": 1.5}, {"gift_amount": -1}, {"points": -1}, {"title": ""}):
                assert clerk.post("/admin/wallet-plans", json={**fields, **bad}).code == "invalid"
            for beyond in ({"amount": 500_001, "gift_amount": 0}, {"amount": 400_000, "gift_amount": 100_001}):
                # No member could ever pay it.
                assert clerk.post("/admin/wallet-plans", json={**fields, **beyond}).code == "invalid"


class TestClosing:
    def test_not_with_principal(self, teller: Teller) -> None:
        from chalicelib.loyalty.wallet.statements.service import stands_against_closing as stands

        assert stands(teller.me) is None
        view = teller.begin(plan().id).ok()
        assert getattr(stands(teller.me), "code", None) == "top_up_open"
        teller.pay(view)
        teller.deliver()
        refusal = stands(teller.me)
        assert refusal is not None
        assert (refusal.code, "100.00" in refusal.text) == ("wallet_principal_left", True)
        TestStaff().adjust(staff(teller.http, "wallet.write"), teller.me, "principal", -10_000).ok()
        assert (stands(teller.me), buckets(teller.me)) == (None, (0, 2_000)), "gift money ends with the account"

    def test_identity_asks(self, teller: Teller) -> None:
        from chalicelib.mall.identity.privacy import service as privacy
        from chalicelib.mall.identity.privacy.errors import OpenObligations

        fill(teller.me, 1)
        with pytest.raises(OpenObligations) as refused:
            privacy.close(teller.me)
        assert [each["code"] for each in refused.value.details["reasons"]] == ["wallet_principal_left"]
        assert privacy.export(teller.me)["wallet"][0]["principal"] == 1
        assert Member.find(teller.me) is not None
