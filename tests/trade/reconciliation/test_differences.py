"""What does not agree is found, kept, explained, and goes by itself when the books agree."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib import extensions
from chalicelib.core import clock
from chalicelib.gateways.wechat_pay.bills import BillRow, RowKind
from chalicelib.trade.payments.models import Payment, PaymentStatus
from chalicelib.trade.payments.purchases.models import DirectPurchase, PurchaseStatus
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from chalicelib.trade.reconciliation.comparing import service as comparing
from chalicelib.trade.reconciliation.differences import service as differences
from chalicelib.trade.reconciliation.models import Difference
from infra.local.partners.wechat_pay.state import Trade
from tests.trade.payments.factories import place
from tests.trade.reconciliation.conftest import DAY, Office


def amount(trade: Trade) -> None:
    trade.total += 1


def their_number(trade: Trade) -> None:
    trade.transaction_id = "4200000000"


@pytest.mark.parametrize(("change", "kind"), [(amount, "amount"), (their_number, "number")])
def test_a_payment_that_is_another_there(office: Office, change: Callable[[Trade], None], kind: str) -> None:
    _, number = office.sell()
    office.sell()
    change(office.trade(number))
    office.next_morning()
    assert office.differences() == [(number, kind, "open")]


def test_paid_there_and_not_here(office: Office) -> None:
    """The notice was lost, and nobody has asked yet."""
    number = office.till.pay(place())
    office.next_morning()
    assert office.differences() == [(number, "status", "open")]
    (found,) = office.staff.get("/admin/payment-differences").ok()["items"]
    assert (found["own_status"], found["channel_state"], found["channel_amount"]) == ("created", "SUCCESS", 9900)


def test_taken_back_there(office: Office) -> None:
    """``REVOKED``: a payment by the buyer's code that was undone. It is in the bill, and no money."""
    _, number = office.sell()
    row = BillRow(
        RowKind.PAYMENT, clock.now(), number, office.trade(number).transaction_id, "SUCCESS", 9900, Decimal(0)
    )
    assert differences.judged(row, Payment.find(number)) is None
    met = differences.judged(replace(row, state="REVOKED"), Payment.find(number))
    assert (met.kind.value if met else None, met.channel_state if met else None) == ("status", "REVOKED")


def test_a_number_that_is_not_ours(office: Office) -> None:
    _, number = office.sell()
    books = office.partners.wechat_pay.books
    books.trades["X-FOREIGN|1"] = replace(office.trade(number), out_trade_no="X-FOREIGN|1", total=1, payer_total=1)
    office.next_morning()
    assert office.differences() == [("X-FOREIGN|1", "theirs_only", "open")]


def test_money_that_only_we_have(office: Office) -> None:
    _, number = office.sell()
    office.sell()
    office.trade(number).succeeded_at = None
    office.next_morning()
    assert office.differences() == [(number, "ours_only", "open")]


def test_a_payment_by_accounts_alone_is_no_business_of_the_channel(office: Office) -> None:
    office.sell()
    Payment(
        id="261124000000000000001",
        member_id="m",
        order_id="o",
        tender="wallet",
        status=PaymentStatus.SUCCEEDED,
        amount=500,
        description="x",
        openid="x",
        created_at=clock.now(),
        expires_at=clock.now(),
        succeeded_at=clock.now(),
    ).save()
    office.next_morning()
    assert office.differences() == []


class TestRefunds:
    def test_another_amount(self, office: Office) -> None:
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        office.trade(number).refunds[refund].amount = 999
        office.next_morning()
        assert office.differences() == [(refund, "amount", "open")]

    def test_failed_there_and_done_here(self, office: Office) -> None:
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        office.trade(number).refunds[refund].status = "CLOSED"
        office.next_morning()
        assert office.differences() == [(refund, "status", "open")]

    def test_under_way_there_when_the_bill_was_made(self, office: Office) -> None:
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        office.trade(number).refunds[refund].status = "PROCESSING"
        office.next_morning()
        assert office.differences() == []

    def test_done_by_hand_at_the_channel(self, office: Office) -> None:
        _, number = office.sell()
        trade = office.trade(number)
        refund = office.give_back(number, 1_000)
        by_hand = replace(trade.refunds[refund], out_refund_no="BYHAND", amount=5)
        trade.refunds["BYHAND"] = by_hand
        office.partners.wechat_pay.books.refund_trades["BYHAND"] = number
        office.next_morning()
        assert office.differences() == [("BYHAND", "theirs_only", "open")]

    def test_never_heard_of_there(self, office: Office) -> None:
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        del office.trade(number).refunds[refund]
        office.next_morning()
        assert office.differences() == [(refund, "ours_only", "open")]

    def test_closed_here_and_never_heard_of_there(self, office: Office) -> None:
        """The channel did not give it back: there is no money that its bill lacks."""
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        del office.trade(number).refunds[refund]
        stored = Refund.find(refund)
        assert stored is not None
        stored.status = RefundStatus.CLOSED
        stored.save()
        office.next_morning()
        assert (office.day().own_refunds, office.differences()) == (1, [])

    def test_of_an_earlier_day_is_in_the_bill_of_its_own(self, office: Office) -> None:
        _, number = office.sell()
        office.next_morning()
        refund = office.give_back(number, 1_000)
        office.next_morning()
        assert (office.day("2026-11-25").refunds, office.differences("2026-11-25")) == (1, [])
        stored = Refund.find(refund)
        assert stored is not None
        assert stored.channel_day == "2026-11-25"

    @pytest.mark.parametrize(
        ("theirs", "agree"),
        [
            ("SUCCESS", {"succeeded"}),
            ("PROCESSING", {"processing", "succeeded", "abnormal", "closed"}),
            ("CLOSED", {"closed", "abnormal"}),
            ("ABNORMAL", {"abnormal", "succeeded"}),
        ],
    )
    def test_what_may_have_become_of_it_by_now(self, office: Office, theirs: str, agree: set[str]) -> None:
        _, number = office.sell()
        expected = {}
        for count, ours in enumerate(RefundStatus):
            refund = office.give_back(number, 100, purpose=f"t{count}")
            office.trade(number).refunds[refund].status = theirs
            stored = Refund.find(refund)
            assert stored is not None
            stored.status = ours
            stored.save()
            if ours.value not in agree:
                expected[refund] = "status"
        office.next_morning()
        assert {found: kind for found, kind, _ in office.differences()} == expected

    def test_under_another_number_of_the_channels(self, office: Office) -> None:
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        office.trade(number).refunds[refund].refund_id = "5030000000"
        office.next_morning()
        assert office.differences() == [(refund, "number", "open")]

    def test_of_something_else_than_the_bill_says(self, office: Office) -> None:
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        stored = Refund.find(refund)
        assert stored is not None
        stored.payment_id = "261124000000000000009"
        stored.save()
        office.next_morning()
        assert office.differences() == [(refund, "number", "open")]


class TestPurchases:
    def buy(self, office: Office, kind: str = "top") -> DirectPurchase:
        """Something that is no order, known at both sides."""
        _, number = office.sell(5_000)
        trade = replace(office.trade(number), out_trade_no=f"{kind}_01m85mg28xyz", total=3_000, payer_total=3_000)
        trade = replace(trade, transaction_id="4200999", refunds={})
        office.partners.wechat_pay.books.trades[trade.out_trade_no] = trade
        purchase = DirectPurchase(
            id=trade.out_trade_no,
            member_id="mem_one",
            status=PurchaseStatus.SUCCEEDED,
            tender="wechat_pay",
            amount=3_000,
            description="储值",
            openid="o-one",
            created_at=clock.now(),
            expires_at=clock.now(),
            transaction_id="4200999",
            channel_day=DAY,
        )
        purchase.save()
        return purchase

    def test_each_kind_agrees(self, office: Office) -> None:
        kinds = sorted(extensions.PLUG_MAPS["purchase_kinds"])
        assert {"crd", "psd", "top", "trd"} <= set(kinds)
        for each in kinds:
            self.buy(office, each)
        office.next_morning()
        assert (office.day().own_payments, office.day().payments, office.differences()) == (
            *[2 * len(kinds)] * 2,
            [],
        )

    @pytest.mark.parametrize("kind", ["psd", "trd"])
    def test_deposits_of_another_amount(self, office: Office, kind: str) -> None:
        office.trade(self.buy(office, kind).id).total += 1
        office.next_morning()
        assert office.differences() == [(f"{kind}_01m85mg28xyz", "amount", "open")]

    def test_not_heard_of_here(self, office: Office) -> None:
        purchase = self.buy(office)
        purchase.status, purchase.channel_day = PurchaseStatus.CREATED, None
        purchase.save()
        office.next_morning()
        assert office.differences() == [(purchase.id, "status", "open")]

    def test_not_heard_of_there(self, office: Office) -> None:
        purchase = self.buy(office)
        del office.partners.wechat_pay.books.trades[purchase.id]
        office.next_morning()
        assert office.differences() == [(purchase.id, "ours_only", "open")]


class TestMidnight:
    def test_theirs_is_the_next_day(self, office: Office) -> None:
        """One second to midnight here, one after there: the bill of the next day resolves it."""
        _, number = office.sell()
        office.sell()
        trade = office.trade(number)
        assert trade.succeeded_at is not None
        trade.succeeded_at += timedelta(hours=14, seconds=1)
        office.next_morning()
        assert office.differences() == [(number, "ours_only", "open")]
        office.next_morning()
        assert office.differences() == [(number, "ours_only", "resolved")]
        assert office.differences("2026-11-25") == []
        office.run_again()
        assert office.differences() == [(number, "ours_only", "resolved")]

    def test_theirs_is_the_day_before(self, office: Office) -> None:
        office.sell()
        office.clock.move(hours=14)
        _, number = office.sell()
        trade = office.trade(number)
        assert trade.succeeded_at is not None
        trade.succeeded_at -= timedelta(seconds=1)
        office.sell()
        office.next_morning(hours=10)
        assert (office.day().payments, office.differences()) == (2, [])
        office.next_morning()
        assert (office.day("2026-11-25").own_payments, office.differences("2026-11-25")) == (2, [])


class TestWhatBecomesOfThem:
    def test_a_poll_makes_it_good(self, office: Office) -> None:
        order = place()
        number = office.till.pay(order)
        office.next_morning()
        assert office.differences() == [(number, "status", "open")]
        office.till.come_back(order).ok()
        office.drain()
        office.next_morning()
        assert office.differences() == [(number, "status", "resolved")]

    def test_what_the_channel_refused_after_all_is_missed_no_more(self, office: Office) -> None:
        _, number = office.sell()
        refund = office.give_back(number, 1_000)
        del office.trade(number).refunds[refund]
        office.next_morning()
        assert office.differences() == [(refund, "ours_only", "open")]
        stored = Refund.find(refund)
        assert stored is not None
        stored.status = RefundStatus.CLOSED
        stored.save()
        office.next_morning()
        assert office.differences() == [(refund, "ours_only", "resolved")]

    def test_explained(self, office: Office) -> None:
        _, number = office.sell()
        office.trade(number).total += 1
        office.next_morning()
        path = f"/admin/reconciliations/{DAY}/differences/payment-{number}/explain"
        told = office.staff.post(path, json={"note": "测试支付"}).ok()
        assert (told["state"], told["note"], told["explained_by"]) == ("explained", "测试支付", "小林")
        assert office.staff.get("/admin/payment-differences").ok()["items"] == []
        assert len(office.staff.get("/admin/payment-differences?state=explained").ok()["items"]) == 1
        office.run_again()
        assert office.differences() == [(number, "amount", "explained")]

    def test_another_by_now_is_open_again(self, office: Office) -> None:
        _, number = office.sell()
        office.trade(number).total += 1
        office.next_morning()
        path = f"/admin/reconciliations/{DAY}/differences/payment-{number}/explain"
        office.staff.post(path, json={"note": "测试支付"}).ok()
        office.trade(number).total += 1
        office.partners.wechat_pay.books.bills.clear()
        office.run_again()
        (found,) = Difference.query(DAY)
        assert (found.state.value, found.channel_amount, found.note) == ("open", 9902, None)

    def test_found_again_after_all(self, office: Office) -> None:
        _, number = office.sell()
        office.trade(number).total += 1
        office.next_morning()
        payment = Payment.find(number)
        assert payment is not None
        payment.amount = 9901
        payment.save()
        office.run_again()
        assert office.differences() == [(number, "amount", "resolved")]
        payment.amount = 9900
        payment.save()
        office.run_again()
        assert office.differences() == [(number, "amount", "open")]

    def test_another_by_the_time_it_is_explained(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """What staff have looked at is not what they would explain."""
        _, number = office.sell()
        office.trade(number).total += 1
        office.next_morning()
        honest = differences.load

        def load(day: str, difference_id: str) -> Difference:
            found = honest(day, difference_id)
            office.clock.move(minutes=1)
            differences.keep(day, differences.Found(**{**differences._facts(found), "channel_amount": 1}))  # type: ignore[arg-type]
            return found

        monkeypatch.setattr(differences, "load", load)
        path = f"/admin/reconciliations/{DAY}/differences/payment-{number}/explain"
        assert office.staff.post(path, json={"note": "测试支付"}).code == "difference_moved"
        (found,) = Difference.query(DAY)
        assert (found.state.value, found.channel_amount, found.note) == ("open", 1, None)

    def test_found_again_by_two_runs_and_explained_between(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The slower run does not wipe out what staff said of what the quicker one has found."""
        _, number = office.sell()
        office.trade(number).total += 1
        office.next_morning()
        (found,) = Difference.query(DAY)
        differences.resolve(found)
        honest, facts = differences._put, differences.Found(**differences._facts(found))  # type: ignore[arg-type]

        def put(*told: Any) -> None:
            monkeypatch.setattr(differences, "_put", honest)
            office.clock.move(minutes=1)
            differences.keep(DAY, facts)
            differences.explain(DAY, found.id, "测试支付", "小林")
            honest(*told)

        monkeypatch.setattr(differences, "_put", put)
        assert differences.keep(DAY, facts) is False
        assert office.differences() == [(number, "amount", "explained")]

    def test_what_is_resolved_needs_no_explanation(self, office: Office) -> None:
        order = place()
        number = office.till.pay(order)
        office.next_morning()
        office.till.come_back(order).ok()
        office.drain()
        office.next_morning()
        staff = office.staff
        path = f"/admin/reconciliations/{DAY}/differences/payment-{number}/explain"
        with office.cloud.unchanged():
            assert staff.post(path, json={"note": "太晚了"}).code == "difference_moved"
            assert staff.post(path.replace(number, "1"), json={"note": "没有"}).code == "difference_not_found"
            assert staff.post(path, json={"note": ""}).status == 422

    def test_new_ones_ring_once(self, office: Office, caplog: pytest.LogCaptureFixture) -> None:
        _, number = office.sell()
        office.trade(number).total += 1
        with caplog.at_level(logging.ERROR):
            office.next_morning()
            assert [r.alarm for r in caplog.records if hasattr(r, "alarm")] == [True]
            caplog.clear()
            office.staff.post(f"/admin/reconciliations/{DAY}/run").ok()
            office.drain()
            assert not [r for r in caplog.records if hasattr(r, "alarm")]

    def test_by_day_and_page_by_page(self, office: Office) -> None:
        numbers = sorted(office.sell()[1] for _ in range(3))
        for number in numbers:
            office.trade(number).total += 1
        office.next_morning()
        first = office.staff.get(f"/admin/payment-differences?day={DAY}&limit=2").ok()
        rest = office.staff.get(f"/admin/payment-differences?day={DAY}&limit=2&cursor={first['cursor']}").ok()
        assert sorted(each["number"] for each in first["items"] + rest["items"]) == numbers


def test_the_day_of_the_channel_is_chinas(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.clock.move(hours=13, minutes=59)
    _, number = office.sell()
    office.clock.move(minutes=2)
    _, later = office.sell()
    days = [getattr(Payment.find(each), "channel_day", None) for each in (number, later)]
    assert days == [DAY, "2026-11-25"]
    assert comparing._own_numbers(DAY) == {("payment", number)}
