"""A buyer pays: once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core.settings import settings
from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.payments.models import PaymentStatus
from infra.local.partners import Refused
from tests.harness import Cloud, MovableClock
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import (
    MEMBER,
    OPENID,
    buyer_token,
    cancel,
    now_of,
    payments,
    place,
    refunds,
    reprice,
)


def test_paid_by_the_notice(till: Till, cloud: Cloud, drain: Callable[..., object]) -> None:
    order = place()
    payment_id = till.pay(order)
    assert now_of(order).status is OrderStatus.PENDING_PAYMENT  # the client's word proves nothing
    assert till.deliver() == [200]
    drain()
    paid = now_of(order)
    assert (paid.status, paid.paid_amount, paid.payment_id) == (OrderStatus.PROCESSING, 9900, payment_id)
    (payment,) = payments(order)
    assert payment.id == payment_id == order.number + "01"
    assert (payment.status, payment.late) == (PaymentStatus.SUCCEEDED, False)
    assert payment.transaction_id == till.trade(payment_id)["transaction_id"]
    assert refunds(order) == []


def test_the_channel_is_told_what_the_order_says(till: Till) -> None:
    order = place()
    view = till.start(order).ok()
    trade = till.partners.wechat_pay.books.trades[view["payment_id"]]
    assert (trade.total, trade.openid, trade.description) == (9900, OPENID, "蚕丝被 四季款 等2件")
    assert trade.expires_at == order.pay_by.replace(microsecond=0)
    assert trade.notify_url == "https://mall.test/hooks/wechat-pay"
    assert view["amount"] == 9900
    assert set(view["parameters"]) == {"timeStamp", "nonceStr", "package", "signType", "paySign"}


def test_another_tap_goes_on_with_the_same_payment(till: Till, frozen: MovableClock) -> None:
    order = place()
    first = till.start(order).ok()
    frozen.move(minutes=5)
    again = till.start(order).ok()
    assert again["payment_id"] == first["payment_id"]
    assert again["parameters"]["package"] != first["parameters"]["package"]
    assert len(till.partners.wechat_pay.trades()) == len(payments(order)) == 1
    till.partners.wechat_pay.pay(parameters=first["parameters"])
    with pytest.raises(Refused, match="ORDERPAID"):
        till.partners.wechat_pay.pay(parameters=again["parameters"])


def test_taps_at_once_are_one_payment(till: Till) -> None:
    order = place()
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: till.start(order), range(8)))
    assert {reply.status for reply in replies} <= {200, 409}
    assert {reply.json["payment_id"] for reply in replies if reply.status == 200} == {order.number + "01"}
    assert len(payments(order)) == len(till.partners.wechat_pay.trades()) == now_of(order).payment_count == 1


def test_another_members_order_is_not_found(till: Till, cloud: Cloud) -> None:
    order = place()
    thief = till.http.as_(buyer_token("mem_other", "o-other"))
    with cloud.unchanged():
        assert thief.post(f"/orders/{order.id}/pay", json={"tender": "wechat_pay"}).code == "order_not_found"
        assert thief.post(f"/orders/{order.id}/sync-payment").status == 404
        assert till.http.post(f"/orders/{order.id}/pay", json={}).status == 401
    assert not till.partners.calls


def test_what_can_not_be_paid(till: Till, cloud: Cloud, frozen: MovableClock) -> None:
    canceled, overdue, paid = place(), place(minutes=20), place()
    cancel(canceled)
    till.pay(paid)
    till.deliver()
    buyer = till.http.as_(buyer_token())
    frozen.move(minutes=19)
    with cloud.unchanged():
        assert till.start(canceled).code == "order_not_pending"
        assert till.start(paid).code == "order_not_pending"
        assert till.start(overdue).code == "payment_window_over"
        assert buyer.post(f"/orders/{paid.id}/pay", json={"tender": "promises"}).code == "tender_unavailable"
        assert buyer.post(f"/orders/{paid.id}/pay", json={"tender": "wechat_pay", "amount": 1}).status == 422
        assert buyer.post("/orders/ord_nothing/pay", json={}).status == 404


@pytest.mark.parametrize("kind", ["500", "429", "garbage", "unsigned", "forged", "reset"])
def test_a_channel_in_trouble_loses_nothing(till: Till, kind: str) -> None:
    order = place()
    till.partners.faults.api("jsapi", kind, times=9)
    refused = till.start(order)
    assert (refused.status, refused.code) == (503, "partner_unavailable")
    assert "wx" not in refused.text
    till.partners.faults.clear()
    till.pay(order)
    till.deliver()
    assert now_of(order).status is OrderStatus.PAID
    assert [payment.id for payment in payments(order)] == [order.number + "01"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["timeout", "lost_answer"])
def test_silence_is_answered_with_the_same_number(till: Till, kind: str) -> None:
    order = place()
    till.partners.faults.api("jsapi", kind, times=9, seconds=0.5)
    assert till.start(order).status == 503
    till.partners.faults.clear()
    till.pay(order)
    assert len(till.partners.wechat_pay.trades()) == 1
    till.deliver()
    assert now_of(order).status is OrderStatus.PAID


def test_a_new_price_ends_the_old_payment(till: Till) -> None:
    order = place()
    old = till.start(order).ok()
    reprice(order, 8000)
    new = till.start(order).ok()
    assert (new["payment_id"], new["amount"]) == (order.number + "02", 8000)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        till.partners.wechat_pay.pay(parameters=old["parameters"])
    till.partners.wechat_pay.pay(parameters=new["parameters"])
    till.deliver()
    assert now_of(order).paid_amount == 8000
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED, PaymentStatus.SUCCEEDED]


def test_the_old_price_was_paid_before_the_new_one(till: Till, drain: Callable[..., object]) -> None:
    order = place()
    old = till.pay(order)
    reprice(order, 8000)
    new = till.start(order).ok()
    assert new["payment_id"] == order.number + "02"
    till.partners.wechat_pay.pay(parameters=new["parameters"])
    till.deliver()
    drain()
    assert (now_of(order).status, now_of(order).paid_amount) == (OrderStatus.PROCESSING, 8000)
    (refund,) = refunds(order)
    assert (refund.payment_id, refund.amount) == (old, 9900)
    assert [each["out_refund_no"] for each in till.trade(old)["refunds"]] == [refund.id]
    assert till.trade(new["payment_id"])["refunds"] == []


def test_paid_already_says_the_channel(till: Till) -> None:
    order = place()
    till.pay(order)
    again = till.start(order)
    assert again.code == "order_not_pending"
    assert now_of(order).status is OrderStatus.PAID


def test_closed_by_hand_at_the_channel(till: Till) -> None:
    order = place()
    first = till.start(order).ok()["payment_id"]
    till.partners.wechat_pay.books.trades[first].state = "CLOSED"
    assert till.start(order).ok()["payment_id"] == order.number + "02"
    assert [payment.status for payment in payments(order)] == [PaymentStatus.CLOSED, PaymentStatus.CREATED]


def test_the_mall_moved_to_another_address(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repeated call would name another notify_url, which the channel refuses."""
    order = place()
    first = till.start(order).ok()
    monkeypatch.setenv("SIYU_PUBLIC_BASE_URL", "https://new.mall.test")
    settings.cache_clear()
    try:
        second = till.start(order).ok()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert second["payment_id"] == order.number + "02"
    assert till.trade(first["payment_id"])["trade_state"] == "CLOSED"


def test_another_wechat_account_of_the_member_gets_its_own_payment(till: Till) -> None:
    order = place()
    till.start(order).ok()
    other = till.http.as_(buyer_token(MEMBER, "o-new-phone")).post(f"/orders/{order.id}/pay", json={})
    assert other.ok()["payment_id"] == order.number + "02"


def test_canceled_while_the_channel_was_asked(till: Till, meanwhile: Callable[..., None]) -> None:
    order = place()
    meanwhile("before", "/jsapi", lambda: (_settle(order), cancel(order)))
    assert till.start(order).code == "order_not_pending"
    (payment,) = payments(order)
    assert payment.status is PaymentStatus.CLOSED
    assert till.trade(payment.id)["trade_state"] == "CLOSED"


def test_the_notice_overtakes_the_prepare_call(till: Till, meanwhile: Callable[..., None]) -> None:
    order = place()

    def pay_at_once() -> None:
        (trade,) = till.partners.wechat_pay.trades()
        till.partners.wechat_pay.pay(trade.prepay_ids[0])
        assert till.deliver() == [200]

    meanwhile("after", "/jsapi", pay_at_once)
    assert till.start(order).code == "order_not_pending"
    assert now_of(order).status is OrderStatus.PAID


def test_the_buyer_comes_back_before_the_notice(till: Till) -> None:
    order = place()
    assert till.come_back(order).ok()["status"] == "pending_payment"  # nothing begun, nobody asked
    assert till.calls("query") == 0
    till.pay(order)
    assert till.come_back(order).ok()["status"] == "paid"
    assert till.deliver() == [200]
    assert till.come_back(order).ok()["status"] == "paid"
    assert till.calls("query") == 1


def test_the_buyer_comes_back_without_paying(till: Till, cloud: Cloud) -> None:
    order = place()
    till.start(order).ok()
    with cloud.unchanged():
        assert till.come_back(order).ok()["status"] == "pending_payment"
        till.partners.faults.api("query", "500", times=9)
        assert till.come_back(order).status == 503


def _settle(order: object) -> None:
    from chalicelib.trade.orders.models import Order
    from chalicelib.trade.payments import service

    assert isinstance(order, Order)
    assert service.settle_or_close(order) is False
