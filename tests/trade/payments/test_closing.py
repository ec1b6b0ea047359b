"""An order ends unpaid: nobody can pay it any more, and money that comes all the same goes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core.http import PartnerError
from chalicelib.trade.orders.errors import OrderNotPending
from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.payments import service
from chalicelib.trade.payments.models import PaymentStatus
from chalicelib.trade.payments.refunds.models import RefundStatus
from infra.local.partners import Refused
from tests.harness import Cloud
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import cancel, now_of, payments, place, refunds, reprice

Drain = Callable[..., Any]


def test_unpaid_is_closed_at_the_channel(till: Till, cloud: Cloud) -> None:
    order = place()
    started = till.start(order).ok()
    assert service.settle_or_close(order) is False
    assert (till.calls("query"), till.calls("close")) == (1, 1)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        till.partners.wechat_pay.pay(parameters=started["parameters"])
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED]
    assert now_of(order).status is OrderStatus.PENDING_PAYMENT  # canceling it is checkout's
    with cloud.unchanged():
        assert service.settle_or_close(order) is False
    # Not canceled after all (the process died): the buyer may go on, under a new number.
    assert till.start(order).ok()["payment_id"] == order.number + "02"


def test_nothing_begun_nobody_asked(till: Till, cloud: Cloud) -> None:
    order = place()
    with cloud.unchanged():
        assert service.settle_or_close(order) is False
    assert not till.partners.calls


def test_begun_but_never_heard_of_at_the_channel(till: Till) -> None:
    order = place()
    till.partners.faults.api("jsapi", "500", times=9)
    assert till.start(order).status == 503
    till.partners.faults.clear()
    assert service.settle_or_close(order) is False
    assert till.calls("close") == 0
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED]


def test_paid_and_nobody_told_us(till: Till) -> None:
    order = place()
    payment_id = till.pay(order)
    assert service.settle_or_close(order) is True
    assert now_of(order).payment_id == payment_id
    assert service.settle_or_close(order) is True
    assert till.deliver() == [200]


def test_paid_between_the_question_and_the_closing(till: Till, meanwhile: Callable[..., None]) -> None:
    order = place()
    parameters = till.start(order).ok()["parameters"]
    meanwhile("before", "/close", lambda: till.partners.wechat_pay.pay(parameters=parameters))
    assert service.settle_or_close(order) is True
    assert now_of(order).status is OrderStatus.PAID


@pytest.mark.parametrize("endpoint", ["query", "close"])
@pytest.mark.parametrize("kind", ["500", "429", "garbage", "reset", "unsigned", "forged"])
def test_a_channel_that_does_not_tell_closes_nothing(till: Till, cloud: Cloud, endpoint: str, kind: str) -> None:
    order = place()
    till.start(order).ok()
    till.partners.faults.api(endpoint, kind, times=9)
    with cloud.unchanged(), pytest.raises(PartnerError):
        service.settle_or_close(order)
    till.partners.faults.clear()
    assert service.settle_or_close(order) is False


def test_an_answer_about_another_payment_is_not_believed(till: Till, cloud: Cloud) -> None:
    order = place()
    payment_id = till.pay(order)
    till.partners.wechat_pay.books.trades[payment_id].total = 1
    with cloud.unchanged(), pytest.raises(PartnerError):
        service.settle_or_close(order)


@pytest.mark.dynoxide
def test_paid_and_closed_in_the_same_second(till: Till) -> None:
    """The notice and checkout's last step at once: one wins; the money is the shop's or the buyer's, never lost."""
    outcomes = set()
    for _ in range(6):
        order = place()
        till.pay(order)
        with ThreadPoolExecutor(2) as pool:
            closing, telling = pool.submit(_try_to_cancel, order), pool.submit(till.deliver)
            canceled = closing.result()
            assert telling.result()[-1] in (200, 409)
        till.partners.wechat_pay.tell_paid_again(order.number + "01")
        till.deliver()
        after, (payment,) = now_of(order), payments(order)
        assert payment.status is PaymentStatus.SUCCEEDED
        assert after.status is (OrderStatus.CANCELED if canceled else OrderStatus.PAID)
        assert payment.late is canceled
        assert len(refunds(order)) == int(canceled)
        outcomes.add(canceled)
    assert outcomes


def _try_to_cancel(order: Any) -> bool:
    try:
        cancel(order)
    except OrderNotPending:
        return False
    return True


def test_late_money_goes_back_once_under_a_fixed_number(till: Till, drain: Drain) -> None:
    order = place()
    payment_id = till.pay(order)
    cancel(order)
    assert till.deliver() == [200]
    drain(twice=True)
    till.partners.wechat_pay.tell_paid_again(payment_id)
    till.deliver()
    drain()
    assert now_of(order).status is OrderStatus.CANCELED
    (payment,) = payments(order)
    assert (payment.status, payment.late) == (PaymentStatus.SUCCEEDED, True)
    (refund,) = refunds(order)
    assert (refund.id, refund.amount, refund.status) == (f"R{payment_id}-late", 9900, RefundStatus.SUCCEEDED)
    (at_channel,) = till.trade(payment_id)["refunds"]
    assert (at_channel["out_refund_no"], at_channel["amount"]["refund"]) == (refund.id, 9900)
    assert refund.channel_refund_id == at_channel["refund_id"]


def test_a_leftover_is_closed_when_the_order_is_canceled(till: Till, drain: Drain) -> None:
    """Begun in the moment between settling and canceling."""
    order = place()
    started = till.start(order).ok()
    cancel(order)
    drain()
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED]
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        till.partners.wechat_pay.pay(parameters=started["parameters"])


def test_a_paid_leftover_goes_back_when_the_order_is_canceled(till: Till, drain: Drain) -> None:
    order = place()
    payment_id = till.pay(order)
    cancel(order)
    drain()  # no notice ever comes
    (refund,) = refunds(order)
    assert refund.payment_id == payment_id
    assert len(till.trade(payment_id)["refunds"]) == 1


def test_a_new_price_closes_the_old_payment_by_itself(till: Till, drain: Drain) -> None:
    order = place()
    started = till.start(order).ok()
    reprice(order, 8000)
    till.partners.faults.api("query", "500", times=3)
    drain(redeliver=True)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        till.partners.wechat_pay.pay(parameters=started["parameters"])
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED]


def test_the_same_price_again_keeps_the_payment(till: Till, drain: Drain) -> None:
    order = place()
    till.start(order).ok()
    reprice(order, 9900)
    drain()
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CREATED]


def test_paid_at_the_old_price_after_the_new_one_goes_back(till: Till, drain: Drain) -> None:
    order = place()
    payment_id = till.pay(order)
    reprice(order, 8000)
    till.deliver()
    drain()
    assert now_of(order).status is OrderStatus.PENDING_PAYMENT
    assert [refund.payment_id for refund in refunds(order)] == [payment_id]


def test_refunded_by_hand_before_we_heard(till: Till, drain: Drain) -> None:
    order = place()
    payment_id = till.pay(order)
    till.partners.wechat_pay.books.trades[payment_id].state = "REFUND"
    assert service.settle_or_close(order) is False
    assert now_of(order).status is OrderStatus.PENDING_PAYMENT
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED]
