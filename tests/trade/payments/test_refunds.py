"""Money goes back: whatever the channel does, in the end, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from tests.harness import Cloud, MovableClock
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import cancel, payments, place, refunds, staff_token, stored

Drain = Callable[..., Any]


@pytest.fixture
def owed(till: Till) -> Refund:
    """A refund that nobody has told the channel about."""
    order = place()
    till.pay(order)
    cancel(order)
    till.deliver()
    (refund,) = refunds(order)
    assert refund.status is RefundStatus.REQUESTED
    return refund


def at_channel(till: Till, refund: Refund) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = till.trade(refund.payment_id)["refunds"]
    return found


def poll(drain: Drain) -> None:
    jobs.run("poll_refunds")
    drain()


@pytest.mark.parametrize("kind", ["500", "429", "garbage", "reset", "unsigned", "forged"])
def test_a_channel_in_trouble_is_asked_again(
    till: Till, owed: Refund, drain: Drain, frozen: MovableClock, kind: str
) -> None:
    till.partners.faults.api("refund", kind, times=9)
    drain()
    waiting = stored(owed)
    assert (waiting.status, bool(waiting.problem)) == (RefundStatus.REQUESTED, True)
    till.partners.faults.clear()
    poll(drain)
    assert stored(owed).status is RefundStatus.REQUESTED  # not before it is due
    frozen.move(minutes=11)
    poll(drain)
    done = stored(owed)
    assert (done.status, done.problem) == (RefundStatus.SUCCEEDED, None) or done.status is RefundStatus.PROCESSING
    till.deliver()
    assert stored(owed).status is RefundStatus.SUCCEEDED
    assert [each["out_refund_no"] for each in at_channel(till, owed)] == [owed.id]


@pytest.mark.usefixtures("impatient")
def test_a_lost_answer_does_not_refund_twice(till: Till, owed: Refund, drain: Drain, frozen: MovableClock) -> None:
    till.partners.faults.api("refund", "lost_answer", times=9, seconds=0.4)
    drain()
    assert stored(owed).problem == "PartnerTimeout"
    till.partners.faults.clear()
    frozen.move(minutes=11)
    poll(drain)
    assert stored(owed).status is RefundStatus.SUCCEEDED
    assert len(at_channel(till, owed)) == 1


def test_the_balance_is_short(till: Till, owed: Refund, drain: Drain, frozen: MovableClock) -> None:
    till.partners.wechat_pay.books.balance = 9899
    drain()
    assert (stored(owed).status, stored(owed).problem) == (RefundStatus.REQUESTED, "NOT_ENOUGH")
    desk = till.http.as_(staff_token("payments.read"))
    (shown,) = desk.get("/admin/refunds", query={"status": "requested"}).ok()["items"]
    assert (shown["id"], shown["problem"]) == (owed.id, "NOT_ENOUGH")
    till.partners.wechat_pay.books.balance = 9900
    frozen.move(minutes=11)
    poll(drain)
    till.deliver()
    assert (stored(owed).status, stored(owed).problem) == (RefundStatus.SUCCEEDED, None)
    assert till.partners.wechat_pay.books.balance == 0


def test_the_notice_is_lost(till: Till, owed: Refund, drain: Drain, frozen: MovableClock) -> None:
    till.partners.wechat_pay.refunds_succeed = False
    drain()
    assert stored(owed).status is RefundStatus.PROCESSING
    frozen.move(minutes=11)
    poll(drain)
    assert stored(owed).status is RefundStatus.PROCESSING
    till.partners.faults.notice("lost")
    till.partners.wechat_pay.settle_refund(owed.id)
    till.deliver()
    poll(drain)
    assert stored(owed).status is RefundStatus.PROCESSING  # asked a moment ago
    frozen.move(minutes=12)
    poll(drain)
    done = stored(owed)
    assert done.status is RefundStatus.SUCCEEDED
    assert done.status_day == "succeeded#2026-11-24"
    assert till.calls("refund") == 1


def test_questions_become_rarer(till: Till, owed: Refund, drain: Drain, frozen: MovableClock) -> None:
    till.partners.wechat_pay.refunds_succeed = False
    drain()
    for _ in range(6 * 24 * 4):
        frozen.move(minutes=10)
        if stored(owed).check_at <= frozen.at:
            poll(drain)
    assert till.calls("query_refund") < 15
    assert stored(owed).status is RefundStatus.PROCESSING


def test_sent_under_another_address_before(
    till: Till, owed: Refund, drain: Drain, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try arrived, its answer did not, and then the mall moved: the repeat differs and is refused."""
    till.partners.faults.api("refund", "unsigned", times=9)
    drain()
    till.partners.faults.clear()
    till.partners.wechat_pay.books.trades[owed.payment_id].refunds[owed.id].parameters = "{}"
    frozen.move(minutes=11)
    poll(drain)
    assert stored(owed).status is RefundStatus.SUCCEEDED
    assert len(at_channel(till, owed)) == 1


def test_an_abnormal_refund_needs_a_person(till: Till, owed: Refund, cloud: Cloud, drain: Drain) -> None:
    till.partners.wechat_pay.refunds_succeed = False
    drain()
    till.partners.wechat_pay.settle_refund(owed.id, "ABNORMAL")
    till.deliver()
    reader = till.http.as_(staff_token("payments.read"))
    (shown,) = reader.get("/admin/refunds", query={"status": "abnormal"}).ok()["items"]
    assert shown["id"] == owed.id
    with cloud.unchanged():
        assert reader.post(f"/admin/refunds/{owed.id}/retry").status == 403
        assert till.http.post(f"/admin/refunds/{owed.id}/retry").status == 401
    poll(drain)
    assert till.calls("query_refund") == 0  # asking alone does not help
    till.partners.faults.notice("lost")
    till.partners.wechat_pay.settle_refund(owed.id)
    desk = till.http.as_(staff_token("payments.write"))
    assert desk.post(f"/admin/refunds/{owed.id}/retry").ok()["status"] == "succeeded"
    assert desk.post(f"/admin/refunds/{owed.id}/retry").code == "refund_ended"
    assert desk.post("/admin/refunds/R-nothing/retry").code == "refund_not_found"
    assert len(cloud.items("operations")) == 1


def test_a_retry_that_the_channel_refuses_says_so(till: Till, owed: Refund) -> None:
    till.partners.wechat_pay.books.balance = 1
    desk = till.http.as_(staff_token("payments.write"))
    shown = desk.post(f"/admin/refunds/{owed.id}/retry").ok()
    assert (shown["status"], shown["problem"]) == ("requested", "NOT_ENOUGH")


def test_closed_at_the_channel(till: Till, owed: Refund, cloud: Cloud, drain: Drain) -> None:
    till.partners.wechat_pay.refunds_succeed = False
    drain()
    till.partners.wechat_pay.settle_refund(owed.id, "CLOSED")
    till.deliver()
    assert stored(owed).status is RefundStatus.CLOSED
    reader = till.http.as_(staff_token("payments.read"))
    (shown,) = reader.get("/admin/refunds", query={"status": "closed", "day": "2026-11-24"}).ok()["items"]
    assert shown["id"] == owed.id


def test_what_staff_may_ask(till: Till, owed: Refund, cloud: Cloud) -> None:
    reader = till.http.as_(staff_token("payments.read"))
    for query in (
        {},
        {"status": "lost"},
        {"status": "succeeded"},
        {"status": "requested", "day": "2026-11-24"},
        {"status": "requested", "cursor": "x"},
    ):
        assert reader.get("/admin/refunds", query=query).status == 422, query
    assert reader.get(f"/admin/refunds/{owed.id}").ok()["amount"] == 9900
    assert reader.get("/admin/refunds/R-nothing").code == "refund_not_found"
    shown = reader.get(f"/admin/payments/{owed.payment_id}").ok()
    assert (shown["status"], shown["late"]) == ("succeeded", True)
    assert reader.get("/admin/payments/2026").code == "payment_not_found"
    everything = reader.get(f"/admin/orders/{owed.payment_id[:20]}/payments").ok()
    assert [each["id"] for each in everything["payments"]] == [owed.payment_id]
    assert [each["id"] for each in everything["refunds"]] == [owed.id]
    assert reader.get("/admin/orders/999999999999999999/payments").code == "order_not_found"
    assert till.http.as_(staff_token("orders.read")).get(f"/admin/payments/{owed.payment_id}").status == 403


def test_every_message_twice(till: Till, owed: Refund, drain: Drain, frozen: MovableClock) -> None:
    drain(twice=True)
    jobs.run("poll_refunds")
    frozen.move(minutes=30)
    jobs.run("poll_refunds")
    jobs.run("poll_refunds")
    drain(twice=True)
    assert len(at_channel(till, owed)) == 1
    till.deliver()
    assert stored(owed).status is RefundStatus.SUCCEEDED
    order_payments = payments_of(owed)
    assert [payment.late for payment in order_payments] == [True]


def payments_of(refund: Refund) -> list[Any]:
    from chalicelib.trade.orders import service as orders

    return payments(orders.load(refund.member_id, refund.order_id))
