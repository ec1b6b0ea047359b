"""Nobody waits for a notice that was lost: the mall asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.payments.models import PaymentStatus
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import now_of, payments, place

Sweep = Callable[..., Any]


def test_asked_after_two_minutes(till: Till, sweep: Sweep) -> None:
    order = place()
    till.partners.faults.notice("lost")
    till.pay(order)
    till.deliver()
    sweep(minutes=1)
    assert now_of(order).status is OrderStatus.PENDING_PAYMENT
    sweep(minutes=1.1)
    assert now_of(order).status is OrderStatus.PROCESSING


def test_asked_again_until_it_ends(till: Till, sweep: Sweep) -> None:
    order = place(minutes=60)
    till.start(order).ok()
    sweep(minutes=3)
    assert till.calls("query") == 1
    till.partners.faults.api("query", "500", times=3)
    sweep(minutes=8)  # the channel is down: no dead letter, the next question comes all the same
    assert now_of(order).status is OrderStatus.PENDING_PAYMENT
    till.partners.faults.clear()
    (trade,) = till.partners.wechat_pay.trades()
    till.partners.wechat_pay.pay(trade.prepay_ids[0])
    sweep(minutes=20)
    assert now_of(order).status is OrderStatus.PROCESSING
    asked = till.calls("query")
    sweep(minutes=130)
    assert till.calls("query") == asked


def test_a_payment_that_ended_is_not_asked_about(till: Till, sweep: Sweep) -> None:
    order = place()
    till.pay(order)
    till.deliver()
    sweep(minutes=3)
    assert till.calls("query") == 0


def test_expired_at_the_channel_is_closed_here(till: Till, sweep: Sweep) -> None:
    order = place(minutes=5)
    till.start(order).ok()
    sweep(minutes=11)
    sweep(minutes=20)
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED]
    calls = len(till.partners.calls)
    sweep(minutes=130)
    assert len(till.partners.calls) == calls
