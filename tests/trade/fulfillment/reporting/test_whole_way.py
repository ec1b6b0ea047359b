"""From the payment to the confirmed receipt, all by routes: staff ship, WeChat is told, the buyer confirms there."""

from __future__ import annotations

import pytest

from chalicelib.trade.fulfillment.reporting.models import ReportStatus
from chalicelib.trade.orders.models import OrderStatus
from tests.trade.fulfillment.factories import SF, ZTO
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import status_of
from tests.trade.payments.factories import place, staff_token


@pytest.mark.parametrize("form", ["json", "xml"])
def test_paid_shipped_told_confirmed(desk: Desk, form: str) -> None:
    post = desk.till.partners.wechat.pushes
    post.form = form
    order = place()
    desk.till.pay(order)
    desk.till.deliver()
    desk.drain()
    staff = desk.till.http.as_(staff_token("shipping.read", "shipping.write"))
    parcels = f"/admin/orders/{order.number}/parcels"
    pieces = [{"sku_id": "sku_1", "quantity": 1}]
    staff.post(parcels, json={**ZTO, "lines": pieces}, key="tap-0001").ok()
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.SENT, [ZTO["tracking_number"]])
    staff.post(parcels, json=SF, key="tap-0002").ok()
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.DONE, [ZTO["tracking_number"], SF["tracking_number"]])
    assert status_of(order) is OrderStatus.SHIPPED
    post.deliver_due()  # that it was shipped: signed, encrypted, over the hook, as the next ones
    desk.drain()
    assert status_of(order) is OrderStatus.SHIPPED
    desk.till.partners.faults.push("forged")
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    post.deliver_due()
    desk.drain()
    assert status_of(order) is OrderStatus.SHIPPED  # not WeChat's word
    desk.till.partners.faults.push("doubled")
    desk.till.partners.wechat.shipping.settle(f"{order.number}01")
    post.deliver_due()
    asked = desk.till.calls("get_order")
    desk.drain()
    assert (status_of(order), desk.till.calls("get_order")) == (OrderStatus.COMPLETED, asked + 1)


def test_a_waybill_mended_by_staff_reaches_wechat(desk: Desk) -> None:
    order = place()
    desk.till.pay(order)
    desk.till.deliver()
    desk.drain()
    staff = desk.till.http.as_(staff_token("shipping.read", "shipping.write"))
    parcel = staff.post(f"/admin/orders/{order.number}/parcels", json=ZTO, key="tap-0001").ok()
    desk.sweep(minutes=6)
    mended = {**ZTO, "tracking_number": "78712345678902", "version": parcel["version"]}
    staff.post(f"/admin/orders/{order.number}/parcels/{parcel['id']}/waybill", json=mended).ok()
    desk.sweep(minutes=31)
    report = desk.require(order, ReportStatus.DONE, ["78712345678902"])
    assert report.correction_used


def test_the_check_before_the_first_sale(desk: Desk) -> None:
    staff = desk.till.http.as_(staff_token("shipping.read", "shipping.write"))
    assert staff.get("/admin/shipping-checkup").ok() == {"is_managed": True, "unknown_carriers": []}
    form = {"min_length": 8, "max_length": 20}
    staff.put("/admin/carriers/village", json={"name": "乡村快递", "forms": [form]}).ok()
    desk.till.partners.wechat.state.shipping.managed = False
    assert staff.get("/admin/shipping-checkup").ok() == {"is_managed": False, "unknown_carriers": ["village"]}
    desk.till.partners.faults.api("is_trade_managed", "500", times=3)
    assert staff.get("/admin/shipping-checkup").status == 503


@pytest.mark.parametrize("path", ["/admin/shipping-checkup", "/admin/held-orders", "/admin/shipping-reports"])
def test_staff_only(desk: Desk, path: str) -> None:
    assert desk.till.http.get(path).status == 401
    assert desk.till.http.as_(staff_token("catalog.read")).get(path).status == 403
