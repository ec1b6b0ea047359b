"""WeChat Pay tells us: believed only when it is signed, fresh, and about this very payment."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.payments.models import PaymentStatus
from chalicelib.trade.payments.refunds.models import RefundStatus
from infra.local import faults
from infra.local.partners.wechat_pay.protocol import seal, signature_headers
from tests.harness import Cloud, MovableClock, Reply
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import cancel, now_of, payments, place, refunds, stored

URL = "https://mall.test/hooks/wechat-pay"
SUCCESS = b'{"code":"SUCCESS","message":"\xe6\x88\x90\xe5\x8a\x9f"}'


def post(till: Till, document: Any, *, at: datetime | None = None, kind: str = "transaction", event: str = "") -> Reply:
    """A notice about *document*, truly signed."""
    keys = till.partners.credentials()
    body = {
        "id": "EV-0001",
        "event_type": event or "TRANSACTION.SUCCESS",
        "resource": seal(document, keys.api_v3_key, kind),
    }
    raw = json.dumps(body).encode()
    now = at or till.partners.wechat_pay.notices._now()
    headers = signature_headers(raw, keys.pay_key, keys.pay_public_key_id, now)
    return till.http.post("/hooks/wechat-pay", body=raw, headers={"Content-Type": "application/json", **headers})


def trade_of(till: Till, payment_id: str) -> dict[str, Any]:
    return {name: value for name, value in till.trade(payment_id).items() if name != "refunds"}


def test_the_answer_is_exactly_what_the_channel_wants(till: Till) -> None:
    order = place()
    reply = post(till, trade_of(till, till.pay(order)))
    assert (reply.status, reply.body) == (200, SUCCESS)
    assert now_of(order).status is OrderStatus.PAID


def test_once_however_often_it_comes(till: Till, cloud: Cloud, drain: Callable[..., Any]) -> None:
    order = place()
    payment_id = till.pay(order)
    till.partners.faults.notice("doubled")
    till.partners.wechat_pay.tell_paid_again(payment_id)
    assert set(till.deliver()) == {200}
    drain()
    with cloud.unchanged():
        till.partners.wechat_pay.tell_paid_again(payment_id)
        assert set(till.deliver()) == {200}
        assert till.partners.wechat_pay.notices.replay(till.notices()[0].id) == 200
    assert refunds(order) == []


@pytest.mark.dynoxide
def test_eight_notices_at_once(till: Till, cloud: Cloud) -> None:
    order = place()
    trade = trade_of(till, till.pay(order))
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: post(till, trade), range(8)))
    assert {reply.status for reply in replies} <= {200, 409}
    assert 200 in {reply.status for reply in replies}
    assert post(till, trade).body == SUCCESS
    assert now_of(order).status is OrderStatus.PAID
    paid = [each for each in cloud.messages("reactions") if each["event"] == "OrderPaid"]
    assert len({each["event_id"] for each in paid}) == 1
    assert refunds(order) == []


def test_contention_and_lost_answers_of_the_database(till: Till) -> None:
    for trouble in (faults.conflict(times=6), faults.lost_answer("TransactWriteItems")):
        order = place()
        trade = trade_of(till, till.pay(order))
        with trouble:
            assert post(till, trade).status == 200
        assert now_of(order).status is OrderStatus.PAID
        assert refunds(order) == []


def test_a_database_that_does_not_answer(till: Till, cloud: Cloud) -> None:
    order = place()
    trade = trade_of(till, till.pay(order))
    with cloud.unchanged(), faults.broken("TransactWriteItems", times=99):
        assert post(till, trade).status == 500
    with cloud.unchanged(), faults.conflict(times=99):
        refused = post(till, trade)
    assert (refused.status, refused.json["code"]) == (409, "FAIL")
    assert post(till, trade).status == 200
    assert now_of(order).status is OrderStatus.PAID


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("forged", 401),
        ("unsigned", 401),
        ("stale", 401),
        ("wrong_amount", 400),
        ("wrong_merchant", 400),
        ("wrong_app", 400),
        ("wrong_currency", 400),
        ("wrong_number", 404),
    ],
)
def test_what_is_refused_writes_nothing(till: Till, cloud: Cloud, fault: str, status: int) -> None:
    order = place()
    till.start(order).ok()
    till.partners.faults.notice(fault)
    till.partners.wechat_pay.pay(payments_prepay(till))
    with cloud.unchanged():
        assert till.deliver() == [status]
    # The true one comes later.
    till.partners.wechat_pay.tell_paid_again(order.number + "01")
    till.deliver()
    assert now_of(order).status is OrderStatus.PAID


def payments_prepay(till: Till) -> str:
    (trade,) = till.partners.wechat_pay.trades()
    return trade.prepay_ids[-1]


def test_the_refusal_says_fail(till: Till, cloud: Cloud) -> None:
    order = place()
    trade = trade_of(till, till.pay(order))
    with cloud.unchanged():
        refused = post(till, {**trade, "payer": {"openid": "o-somebody"}})
    assert refused.status == 400
    assert refused.json == {"code": "FAIL", "message": "通知与支付单不符"}


@pytest.mark.parametrize(
    "bent",
    [
        {"payer": {"openid": "o-somebody"}},
        {"payer": {}},
        {"amount": {"total": 1, "currency": "CNY"}},
        {"amount": {"total": 9901, "payer_total": 9900, "currency": "CNY"}},
        {"amount": {"total": 9900.0, "currency": "CNY"}},
        {"amount": {"total": 9900, "currency": "USD"}},
        {"amount": None},
        {"appid": "wx0000000000000000"},
        {"mchid": "1900000000"},
        {"out_trade_no": "2026112400000000000001"},
        {"trade_state": "PERHAPS"},
    ],
    ids=str,
)
def test_truly_signed_about_something_else(till: Till, cloud: Cloud, bent: dict[str, Any]) -> None:
    order = place()
    trade = trade_of(till, till.pay(order))
    with cloud.unchanged():
        refused = post(till, {**trade, **bent})
    assert refused.status in (400, 404)
    assert refused.json["code"] == "FAIL"


def test_signature_probe_and_nonsense(till: Till, cloud: Cloud) -> None:
    with cloud.unchanged():
        assert till.partners.wechat_pay.notices.probe(URL) == 401
        for body in (b"", b"{}", b"\xff\xfe", b"null", b"[" * 1000):
            refused = till.http.post("/hooks/wechat-pay", body=body, headers={"Content-Type": "application/json"})
            assert (refused.status, refused.json["code"]) == (401, "FAIL")
        keys = till.partners.credentials()
        raw = json.dumps({"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource": {}}).encode()
        headers = signature_headers(raw, keys.pay_key, keys.pay_public_key_id, till.partners.wechat_pay._now())
        assert till.http.post("/hooks/wechat-pay", body=raw, headers=headers).status == 400


def test_a_replay_after_ten_minutes_is_stale(till: Till, cloud: Cloud, frozen: MovableClock) -> None:
    order = place()
    till.pay(order)
    till.deliver()
    frozen.move(minutes=10)
    with cloud.unchanged():
        assert till.partners.wechat_pay.notices.replay(till.notices()[0].id) == 401


def test_wechats_own_coupon_is_wechats_affair(till: Till) -> None:
    order = place()
    started = till.start(order).ok()
    told = till.partners.wechat_pay.pay(parameters=started["parameters"], coupon_amount=500)
    assert told["amount"]["payer_total"] == 9400
    assert till.deliver() == [200]
    assert now_of(order).paid_amount == 9900


def test_not_paid_is_no_news(till: Till, cloud: Cloud) -> None:
    order = place()
    payment_id = till.start(order).ok()["payment_id"]
    with cloud.unchanged():
        assert post(till, trade_of(till, payment_id)).status == 200
        assert post(till, {"complaint_id": "1"}, kind="complaint", event="COMPLAINT.CREATE").status == 200


def test_the_channels_time_is_kept(till: Till) -> None:
    order = place()
    payment_id = till.pay(order)
    post(till, {**trade_of(till, payment_id), "success_time": "2026-11-24T09:59:58+08:00"})
    (payment,) = payments(order)
    assert payment.succeeded_at == datetime(2026, 11, 24, 1, 59, 58, tzinfo=UTC)


def test_holds_that_change_meanwhile_do_not_make_the_money_late(
    till: Till, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.core.transaction import Transaction
    from chalicelib.trade.orders import service as orders

    order = place(holds=["group"])
    trade = trade_of(till, till.pay(order))
    load = orders.load

    def load_then_release(*key: Any, **how: Any) -> Any:
        found = load(*key, **how)
        monkeypatch.undo()
        with Transaction() as tx:
            orders.release_hold(tx, found, "group")
        return found

    monkeypatch.setattr(orders, "load", load_then_release)
    assert post(till, trade).status == 200
    assert now_of(order).status is OrderStatus.PAID
    assert refunds(order) == []


# ---- refunds


def late_refund(till: Till, drain: Callable[..., Any]) -> Any:
    """A refund that the channel has accepted and not decided."""
    till.partners.wechat_pay.refunds_succeed = False
    order = place()
    till.pay(order)
    cancel(order)
    till.deliver()
    drain()
    (refund,) = refunds(order)
    assert refund.status is RefundStatus.PROCESSING
    return refund


def test_refund_notice_doubled(till: Till, cloud: Cloud, drain: Callable[..., Any]) -> None:
    refund = late_refund(till, drain)
    till.partners.faults.notice("doubled")
    till.partners.wechat_pay.settle_refund(refund.id)
    assert set(till.deliver()) == {200}
    assert stored(refund).status is RefundStatus.SUCCEEDED
    drain()
    with cloud.unchanged():
        assert till.partners.wechat_pay.notices.replay(till.notices()[-1].id) == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [("forged", 401), ("stale", 401), ("wrong_amount", 400), ("wrong_merchant", 400), ("wrong_number", 400)],
)
def test_refund_notice_about_something_else(
    till: Till, cloud: Cloud, drain: Callable[..., Any], fault: str, status: int
) -> None:
    refund = late_refund(till, drain)
    till.partners.faults.notice(fault)
    till.partners.wechat_pay.settle_refund(refund.id)
    with cloud.unchanged():
        assert till.deliver()[-1] == status


def test_refund_nobody_asked_for(till: Till, cloud: Cloud) -> None:
    document = {
        "mchid": till.partners.credentials().merchant_id,
        "out_trade_no": "20261124000000000001",
        "transaction_id": "4200",
        "out_refund_no": "R-by-hand",
        "refund_id": "5030",
        "refund_status": "SUCCESS",
        "amount": {"total": 1, "refund": 1, "payer_total": 1, "payer_refund": 1},
    }
    with cloud.unchanged():
        assert post(till, document, kind="refund", event="REFUND.SUCCESS").status == 404


def test_an_older_refund_notice_after_a_newer_one(till: Till, cloud: Cloud, drain: Callable[..., Any]) -> None:
    refund = late_refund(till, drain)
    till.partners.wechat_pay.settle_refund(refund.id, "ABNORMAL")
    till.deliver()
    assert stored(refund).status is RefundStatus.ABNORMAL
    till.partners.wechat_pay.settle_refund(refund.id, "SUCCESS")
    till.deliver()
    abnormal = next(each for each in till.notices() if each.event_type == "REFUND.ABNORMAL")
    drain()
    with cloud.unchanged():
        assert till.partners.wechat_pay.notices.replay(abnormal.id) == 200
    assert stored(refund).status is RefundStatus.SUCCEEDED


def test_a_closed_payment_that_was_paid_all_the_same(till: Till, drain: Callable[..., Any]) -> None:
    """Our record says closed, the channel says paid: the money is believed, and goes back."""
    from chalicelib.trade.payments.models import Payment

    order = place()
    payment_id = till.pay(order)
    Payment(id=payment_id).update(actions=[Payment.status.set(PaymentStatus.CLOSED)])
    cancel(order)
    assert till.deliver() == [200]
    drain()
    (payment,) = payments(order)
    assert (payment.status, payment.late) == (PaymentStatus.SUCCEEDED, True)
    assert len(till.trade(payment_id)["refunds"]) == 1
