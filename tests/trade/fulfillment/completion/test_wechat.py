"""WeChat says that there is something to ask about: what counts is its answer."""

from __future__ import annotations

import pytest

from chalicelib.trade.orders.models import Order, OrderStatus
from tests.harness import Cloud
from tests.trade.fulfillment.completion.test_buyer import completed_of, say
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import hear, paid, pushes, send, status_of

DAY = 24 * 60


def told(desk: Desk) -> Order:
    """An order of which WeChat knows that it was shipped; its first notice was heard."""
    order = paid(desk.till)
    send(order, "7300000001")
    desk.sweep(minutes=6)
    (first,) = pushes(desk.till)
    assert "estimated_settlement_time" in first
    hear(first)
    desk.drain()
    assert status_of(order) is OrderStatus.SHIPPED  # shipped and settled have the same name: it was asked
    return order


def test_the_buyer_confirms_in_wechat(desk: Desk) -> None:
    order = told(desk)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    hear(*pushes(desk.till))
    desk.drain()
    assert (status_of(order), completed_of(order)) == (OrderStatus.COMPLETED, 1)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_push_comes_the_whole_way(desk: Desk, form: str) -> None:
    order, office = told(desk), desk.till.partners.wechat.pushes
    office.form = form
    desk.till.partners.faults.push("doubled")
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    assert office.deliver_due() == 1
    desk.drain()
    assert (status_of(order), completed_of(order)) == (OrderStatus.COMPLETED, 1)


@pytest.mark.parametrize("method", [1, 2, 3, None])
def test_the_method_says_nothing(desk: Desk, method: int | None) -> None:
    order = told(desk)
    desk.till.partners.wechat.shipping.settle(f"{order.number}01")
    (push,) = pushes(desk.till)
    hear({**push, "confirm_receive_method": method})
    desk.drain()
    assert status_of(order) is OrderStatus.COMPLETED


def test_a_notice_alone_is_not_believed(desk: Desk) -> None:
    order = told(desk)
    trade = desk.till.trade(f"{order.number}01")
    hear(
        {
            "Event": "trade_manage_order_settlement",
            "FromUserName": "o-one",
            "transaction_id": trade["transaction_id"],
            "merchant_id": trade["mchid"],
            "merchant_trade_no": trade["out_trade_no"],
            "confirm_receive_method": 2,
            "confirm_receive_time": 1,
            "settlement_time": 1,
        }
    )
    desk.drain()
    assert status_of(order) is OrderStatus.SHIPPED


@pytest.mark.parametrize("field", ["merchant_id", "merchant_trade_no", "transaction_id"])
@pytest.mark.parametrize("value", ["", "another", ["x"], None, "9" * 5000])
def test_a_notice_about_somebody_else(desk: Desk, cloud: Cloud, field: str, value: object) -> None:
    order = told(desk)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    (push,) = pushes(desk.till)
    hear({**push, field: value})
    asked = desk.till.calls("get_order")
    desk.drain()
    assert (status_of(order), desk.till.calls("get_order")) == (OrderStatus.SHIPPED, asked)
    assert cloud.dead_letters() == []


def test_late_doubled_and_out_of_order(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.sweep(minutes=6)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    desk.till.partners.wechat.shipping.settle(f"{order.number}01")
    heard = pushes(desk.till)
    assert len(heard) == 3
    hear(*reversed(heard), *heard)
    desk.drain(twice=True)
    assert (status_of(order), completed_of(order)) == (OrderStatus.COMPLETED, 1)
    hear(*heard)
    asked = desk.till.calls("get_order")
    desk.sweep(minutes=2 * DAY)
    assert (completed_of(order), desk.till.calls("get_order")) == (1, asked)  # nothing left to ask about


def test_while_the_settlement_is_pending_nothing_is_sure(desk: Desk) -> None:
    order = told(desk)
    number = f"{order.number}01"
    desk.till.partners.wechat.shipping.settle(number, pending=True)
    told_first = {**_settlement(desk, order)}
    hear(told_first)
    desk.drain()
    assert status_of(order) is OrderStatus.SHIPPED
    desk.till.partners.wechat.shipping.settle(number)
    hear(*pushes(desk.till))
    desk.drain()
    assert status_of(order) is OrderStatus.COMPLETED


@pytest.mark.parametrize("kind", ["500", "busy", "garbage", "reset"])
def test_wechat_is_down_for_an_hour(desk: Desk, cloud: Cloud, kind: str) -> None:
    order = told(desk)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    hear(*pushes(desk.till))
    desk.till.partners.faults.api("get_order", kind, times=1000)
    desk.sweep(minutes=60)
    assert (status_of(order), cloud.dead_letters()) == (OrderStatus.SHIPPED, [])
    desk.till.partners.faults.clear()
    desk.sweep(minutes=30)
    assert (status_of(order), completed_of(order)) == (OrderStatus.COMPLETED, 1)


def test_wechat_never_answers_and_time_completes(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    order = told(desk)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    hear(*pushes(desk.till))
    desk.till.partners.faults.api("get_order", "500", times=10_000)
    desk.sweep(minutes=9 * DAY)
    assert [each.message for each in caplog.records if getattr(each, "alarm", False)] == ["receipt not asked for"]
    desk.sweep(minutes=30 * DAY)
    assert status_of(order) is OrderStatus.COMPLETED


def test_an_answer_about_another_payment(desk: Desk) -> None:
    order, other = told(desk), told(desk)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{other.number}01")
    document = desk.till.partners.wechat.shipping._order(
        desk.till.partners.wechat_pay.books.trades[f"{other.number}01"]
    )
    desk.till.partners.faults.api("get_order", "answer", status=200, document={"errcode": 0, "order": document})
    hear(_settlement(desk, order))
    desk.drain()
    assert status_of(order) is OrderStatus.SHIPPED


def test_buyer_time_and_wechat_at_once(desk: Desk) -> None:
    order = told(desk)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    hear(*pushes(desk.till))
    say(desk, order, "confirm-receipt").ok()
    desk.sweep(minutes=40 * DAY, twice=True)
    assert (status_of(order), completed_of(order)) == (OrderStatus.COMPLETED, 1)


def _settlement(desk: Desk, order: Order) -> dict[str, object]:
    trade = desk.till.trade(f"{order.number}01")
    return {
        "Event": "trade_manage_order_settlement",
        "FromUserName": "o-one",
        "transaction_id": trade["transaction_id"],
        "merchant_id": desk.till.partners.credentials().merchant_id,
        "merchant_trade_no": trade["out_trade_no"],
    }
