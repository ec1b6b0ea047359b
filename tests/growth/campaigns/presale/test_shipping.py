"""When presold goods leave: shown, held against the shop, and told to WeChat, for both payments."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chalicelib.trade.fulfillment.reporting.models import ShippingReport
from chalicelib.trade.fulfillment.shipments.models import Shipment
from chalicelib.trade.orders.models import Order
from tests.growth.campaigns.presale.conftest import Open
from tests.growth.campaigns.presale.factories import BALANCE_BEGINS, SHIPS, Stand
from tests.trade import factories
from tests.trade.fulfillment.factories import SF


def bought(stand: Stand) -> tuple[dict[str, str], Order]:
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    stand.pay_order(stand.order(view))
    (order,) = factories.orders_of(stand.named("ann").shopper.id)
    return view, order


def test_the_date_is_the_shops_deadline(stand: Stand) -> None:
    _, order = bought(stand)
    ship_by = stand.began_at + SHIPS
    shown = stand.client("ann").get(f"/orders/{order.id}").ok()
    assert datetime.fromisoformat(shown["ship_by"]) == ship_by
    (shipment,) = Shipment.query(order.id, consistent_read=True)
    assert shipment.ship_by == ship_by


def test_a_date_that_is_near_is_never_sooner_than_always(opened: Open) -> None:
    stand = opened(ships=timedelta(hours=7))
    _, order = bought(stand)
    (shipment,) = Shipment.query(order.id, consistent_read=True)
    assert order.paid_at is not None
    assert shipment.ship_by == order.paid_at + timedelta(hours=48)


def test_wechat_is_told_of_both_payments(stand: Stand) -> None:
    view, order = bought(stand)
    late = stand.partners.wechat.state.shipping.late
    until = int((stand.began_at + SHIPS).timestamp())
    assert late == {view["id"]: until, order.payment_id: until}

    stand.wait(days=20)
    staff = stand.http.as_(factories.staff_token("shipping.read", "shipping.write"))
    staff.post(f"/admin/orders/{order.number}/parcels", json=SF, key="ship-0001").ok()
    stand.wait(minutes=10)
    told = stand.partners.wechat.state.shipping.told
    assert set(told) == {view["id"], order.payment_id}
    assert {each.parcels[0]["tracking_no"] for each in told.values()} == {SF["tracking_number"]}
    report = ShippingReport.find(order.id, consistent=True)
    assert report is not None
    assert report.report_by == stand.began_at + SHIPS


@pytest.mark.parametrize("code", [10060001, 268546002])
def test_wechat_does_not_know_the_payment_yet(stand: Stand, code: int) -> None:
    answer = {"errcode": code, "errmsg": "later rid: 1"}
    stand.partners.faults.api("opspecialorder", "answer", 2, status=200, document=answer)
    view = stand.deposit()
    assert stand.partners.wechat.state.shipping.late == {}
    stand.wait(minutes=5)
    assert set(stand.partners.wechat.state.shipping.late) == {view["id"]}


def test_what_leaves_within_days_is_not_announced(opened: Open) -> None:
    stand = opened(ships=timedelta(days=10))
    bought(stand)
    assert stand.partners.wechat.state.shipping.late == {}
