"""The buyer says that the goods are there, or asks for more time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderDay, OrderStatus
from tests.harness import Client, Cloud, Reply
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import paid, send, status_of
from tests.trade.payments.factories import buyer_token, now_of, place

DAY = 24 * 60


def say(desk: Desk, order: Order, what: str, member_id: str | None = None) -> Reply:
    client = desk.till.http.as_(buyer_token(member_id or order.member_id))
    return client.post(f"/orders/{order.id}/{what}")


def see(desk: Desk, order: Order) -> dict[str, Any]:
    client = desk.till.http.as_(buyer_token(order.member_id))
    found: dict[str, Any] = client.get(f"/orders/{order.id}/receipt").ok()
    return found


def shipped(desk: Desk) -> Order:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.drain()
    return now_of(order)


def completed_of(order: Order) -> int:
    now = now_of(order)
    assert now.completed_at
    day = clock.business_day(now.completed_at).isoformat()
    return sum(shard.completed_count for shard in OrderDay.query(day))


def test_confirmed(desk: Desk) -> None:
    order = shipped(desk)
    waits = see(desk, order)
    assert (waits["status"], waits["may_extend"], waits["completed_at"]) == ("shipped", True, None)
    assert waits["complete_by"] == desk.till.http.as_(buyer_token()).get(f"/orders/{order.id}").ok()["complete_by"]
    trade = desk.till.trade(f"{order.number}01")
    assert waits["wechat"] == {
        "transaction_id": trade["transaction_id"],
        "merchant_id": settings().wechat_pay_merchant_id,
        "merchant_trade_no": f"{order.number}01",
    }
    done = say(desk, order, "confirm-receipt").ok()
    assert (done["status"], done["complete_by"], done["may_extend"]) == ("completed", None, False)
    desk.drain()
    assert completed_of(order) == 1
    assert say(desk, order, "confirm-receipt").ok() == done  # again: the same
    desk.sweep(minutes=40 * DAY)
    assert (status_of(order), completed_of(order)) == (OrderStatus.COMPLETED, 1)


@pytest.mark.parametrize("what", ["confirm-receipt", "extend-receipt"])
def test_not_before_all_has_left(desk: Desk, cloud: Cloud, what: str) -> None:
    unpaid, ready = place(), paid(desk.till)
    parcels = paid(desk.till)
    send(parcels, "7300000001", last=False)
    desk.drain()
    for order in (unpaid, ready, parcels):
        with cloud.unchanged():
            assert say(desk, order, what).code == "order_not_shipped"


@pytest.mark.parametrize("what", ["confirm-receipt", "extend-receipt"])
def test_of_another_buyer_is_not_found(desk: Desk, cloud: Cloud, what: str) -> None:
    order = shipped(desk)
    with cloud.unchanged():
        assert say(desk, order, what, "mem_other").code == "order_not_found"
        assert desk.till.http.post(f"/orders/{order.id}/{what}").status == 401
    other = desk.till.http.as_(buyer_token("mem_other"))
    assert other.get(f"/orders/{order.id}/receipt").code == "order_not_found"


def test_more_time_once(desk: Desk, cloud: Cloud) -> None:
    order = shipped(desk)
    before = order.complete_by
    assert before
    extended = say(desk, order, "extend-receipt").ok()
    assert datetime.fromisoformat(extended["complete_by"]) == before + timedelta(days=7)
    assert extended["may_extend"] is False
    desk.drain()
    with cloud.unchanged():
        assert say(desk, order, "extend-receipt").code == "receipt_already_extended"


@pytest.mark.dynoxide
def test_more_time_asked_by_two_phones_at_once(desk: Desk) -> None:
    order = shipped(desk)
    before = order.complete_by
    assert before
    codes = at_once(desk.till.http, lambda client: client.post(f"/orders/{order.id}/extend-receipt"), order)
    assert sorted(codes)[0] == "200"
    assert set(codes) <= {"200", "receipt_already_extended", "order_changed", "too_busy"}
    assert codes.count("200") == 1
    assert now_of(order).complete_by == before + timedelta(days=7)


@pytest.mark.dynoxide
def test_confirmed_by_two_phones_at_once(desk: Desk) -> None:
    order = shipped(desk)
    codes = at_once(desk.till.http, lambda client: client.post(f"/orders/{order.id}/confirm-receipt"), order)
    assert set(codes) == {"200"}
    desk.drain()
    assert completed_of(order) == 1


def test_confirmed_while_time_completes_it(desk: Desk, meanwhile: Callable[..., None]) -> None:
    """Time was faster: for the buyer it is the same."""
    order = shipped(desk)
    stale = now_of(order)
    with Transaction() as tx:
        orders.complete(tx, stale, by="time")
    assert say(desk, order, "confirm-receipt").ok()["status"] == "completed"
    desk.drain()
    assert completed_of(order) == 1


def at_once(http: Client, act: Callable[[Client], Reply], order: Order) -> list[str]:
    client = http.as_(buyer_token(order.member_id))
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: act(client), range(4)))
    return [str(reply.status) if reply.status == 200 else str(reply.code) for reply in replies]
