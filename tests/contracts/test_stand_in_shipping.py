"""The played shipping management is strict: each rule of the protocol has its refusal."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import urllib3

from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.shipping import china_time
from chalicelib.gateways.wechat_pay import service as wechat_pay
from infra.local.partners import Partners, Refused
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("cloud")
Call = Callable[..., int]
NUMBER = "M00000001"


@pytest.fixture
def call(partners: Partners, frozen: MovableClock) -> Call:
    """``call("upload_shipping_info", body)`` → errcode."""

    def run(name: str, body: dict[str, Any], *, token: str | None = None) -> int:
        given = client.access_token.get() if token is None else token
        path = "/cgi-bin/express/delivery/open_msg/" if name == "get_delivery_list" else "/wxa/sec/order/"
        url = f"{partners.base_urls['wechat']}{path}{name}?access_token={given}"
        answer = urllib3.request("POST", url, body=json.dumps(body).encode(), headers={"Content-Type": "text/plain"})
        return int(json.loads(answer.data)["errcode"])

    return run


@pytest.fixture
def upload(partners: Partners, frozen: MovableClock) -> dict[str, Any]:
    """A good upload for a payment that was just made."""
    prepay = wechat_pay.jsapi_prepay(
        out_trade_no=NUMBER,
        description="蚕丝被",
        total_amount=9900,
        openid="o-buyer",
        expires_at=frozen.at + timedelta(minutes=30),
        notify_url="https://mall.test/hooks/wechat-pay",
    )
    paid = partners.wechat_pay.pay(prepay)
    contact = {"receiver_contact": "138****1234"}
    parcel = {"tracking_no": "SF1", "express_company": "SF", "item_desc": "蚕丝被*1", "contact": contact}
    return {
        "order_key": {"order_number_type": 2, "transaction_id": paid["transaction_id"]},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [parcel],
        "upload_time": china_time(frozen.at),
        "payer": {"openid": "o-buyer"},
    }


MISSING = object()
PARCEL = ("shipping_list", 0)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("order_key",), MISSING, 10060014),
        (("order_key", "order_number_type"), 3, 268485194),
        (("order_key", "order_number_type"), "2", 268485194),
        (("order_key", "transaction_id"), "", 268485195),
        (("order_key",), {"order_number_type": 1, "out_trade_no": NUMBER}, 268485196),
        (("order_key",), {"order_number_type": 1, "mchid": "1"}, 268485197),
        (("order_key",), {"order_number_type": 1, "mchid": "1", "out_trade_no": NUMBER}, 10060001),
        (("order_key", "transaction_id"), "4200", 10060001),
        (("logistics_type",), 5, 10060005),
        (("logistics_type",), True, 10060005),
        (("delivery_mode",), 3, 268485224),
        (("delivery_mode",), 2, 10060007),
        (("shipping_list",), [], 268485228),
        (("shipping_list",), MISSING, 10060014),
        ((*PARCEL, "item_desc"), MISSING, 10060020),
        ((*PARCEL, "item_desc"), "", 10060008),
        ((*PARCEL, "item_desc"), "被" * 121, 10060009),
        ((*PARCEL, "tracking_no"), "", 268485226),
        ((*PARCEL, "tracking_no"), "1" * 129, 10060026),
        ((*PARCEL, "express_company"), MISSING, 268485227),
        ((*PARCEL, "express_company"), "X" * 129, 10060025),
        ((*PARCEL, "express_company"), "shunfeng", 10060014),
        ((*PARCEL, "contact"), MISSING, 10060014),
        ((*PARCEL, "contact"), {"receiver_contact": "13800001234"}, 10060014),
        (("upload_time",), "2026-11-24 10:00:00", 268485216),
        (("upload_time",), "2026-11-24T10:00:00", 268485216),
        (("upload_time",), 1764000000, 268485216),
        (("payer",), {}, 10060014),
        (("payer", "openid"), "o-other", 10060031),
    ],
)
def test_what_an_upload_may_be_wrong_about(
    call: Call, upload: dict[str, Any], partners: Partners, path: tuple[Any, ...], value: Any, code: int
) -> None:
    assert call("upload_shipping_info", changed(upload, path, value)) == code
    assert partners.wechat.state.shipping.told == {}


def changed(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(body)
    spot: Any = body
    for step in path[:-1]:
        spot = spot[step]
    if value is MISSING:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    return body


def test_lists(call: Call, upload: dict[str, Any]) -> None:
    parcel = upload["shipping_list"][0]
    parcels = [{**parcel, "tracking_no": f"SF{each}"} for each in range(16)]
    split = {**upload, "delivery_mode": 2, "is_all_delivered": False}
    assert call("upload_shipping_info", {**upload, "shipping_list": parcels[:2]}) == 268485228
    assert call("upload_shipping_info", {**split, "shipping_list": parcels}) == 10060024
    assert call("upload_shipping_info", {**split, "shipping_list": [parcel, parcel]}) == 10060014
    assert call("upload_shipping_info", {**split, "logistics_type": 3}) == 10060006
    assert call("upload_shipping_info", {**split, "shipping_list": parcels[:15]}) == 0


def test_one_chance(call: Call, upload: dict[str, Any], frozen: MovableClock) -> None:
    def again(number: str, *, later: bool = True) -> int:
        frozen.move(seconds=1 if later else 0)
        body = changed(upload, (*PARCEL, "tracking_no"), number)
        return call("upload_shipping_info", {**body, "upload_time": china_time(frozen.at)})

    assert call("upload_shipping_info", upload) == 0
    assert again("SF2", later=False) == 10060014  # not newer
    assert again("SF1") == 10060023
    assert again("SF2") == 0
    assert again("SF3") == 10060003
    frozen.move(seconds=1)
    partly = {**upload, "delivery_mode": 2, "is_all_delivered": False, "upload_time": china_time(frozen.at)}
    assert call("upload_shipping_info", partly) == 10060002


def test_changing_the_mode_uses_the_chance(
    call: Call, upload: dict[str, Any], frozen: MovableClock, partners: Partners
) -> None:
    split = {**upload, "delivery_mode": 2, "is_all_delivered": False}
    assert call("upload_shipping_info", split) == 0
    frozen.move(seconds=1)
    assert call("upload_shipping_info", {**upload, "upload_time": china_time(frozen.at)}) == 0
    assert partners.wechat.state.shipping.told[NUMBER].corrected


def test_a_payment_is_heard_of_later(
    call: Call, upload: dict[str, Any], frozen: MovableClock, partners: Partners
) -> None:
    partners.wechat.state.shipping.known_after_seconds = 60
    assert call("upload_shipping_info", upload) == 10060001
    assert call("get_order", {"transaction_id": upload["order_key"]["transaction_id"]}) == 10060001
    frozen.move(seconds=60)
    assert call("upload_shipping_info", upload) == 0


def test_the_states_of_a_payment(call: Call, upload: dict[str, Any], frozen: MovableClock, partners: Partners) -> None:
    part = partners.wechat.shipping

    def state() -> int:
        found: int = part._stage(partners.wechat_pay.books.trades[NUMBER])
        return found

    key = {"transaction_id": upload["order_key"]["transaction_id"]}
    late = int(frozen.at.timestamp()) + 50
    assert state() == 1
    with pytest.raises(Refused):
        part.confirm_receipt(NUMBER)
    assert call("notify_confirm_receive", {**key, "received_time": late}) == 10060028
    part.urge(NUMBER)
    assert call("upload_shipping_info", upload) == 0
    assert state() == 2
    with pytest.raises(Refused):
        part.urge(NUMBER)
    frozen.move(minutes=1)
    for bad in (None, "5", int(frozen.at.timestamp()) - 60, int(frozen.at.timestamp()) + 3600):
        assert call("notify_confirm_receive", {**key, "received_time": bad}) == 10060029
    assert call("notify_confirm_receive", {**key, "received_time": late}) == 0
    assert call("notify_confirm_receive", {**key, "received_time": late}) == 10060030
    part.confirm_receipt(NUMBER)
    assert state() == 3
    assert call("upload_shipping_info", {**upload, "upload_time": china_time(frozen.at)}) == 10060004
    part.settle(NUMBER, pending=True)
    assert state() == 6
    part.settle(NUMBER)
    assert state() == 4
    with pytest.raises(Refused):
        part.settle(NUMBER)
    events = [each.event for each in partners.wechat.state.pushes.pushes.values()]
    assert events == ["trade_manage_remind_shipping", *["trade_manage_order_settlement"] * 3]


def test_refunded_is_not_shipped(call: Call, upload: dict[str, Any], partners: Partners) -> None:
    wechat_pay.refund(
        out_trade_no=NUMBER,
        out_refund_no="R1",
        refund_amount=9900,
        total_amount=9900,
        reason="不要了",
        notify_url="https://mall.test/hooks/wechat-pay",
    )
    assert call("upload_shipping_info", upload) == 10060004


def test_pickup_is_not_reminded_of(call: Call, upload: dict[str, Any], frozen: MovableClock) -> None:
    pickup = {**upload, "logistics_type": 4, "shipping_list": [{"item_desc": "蚕丝被*1"}]}
    assert call("upload_shipping_info", pickup) == 0
    frozen.move(minutes=1)
    key = {"transaction_id": upload["order_key"]["transaction_id"]}
    body = {**key, "received_time": int(frozen.at.timestamp())}
    assert call("notify_confirm_receive", body) == 10060032


def test_lists_and_tokens(call: Call, upload: dict[str, Any]) -> None:
    for name in ("upload_shipping_info", "get_order", "get_order_list", "notify_confirm_receive", "is_trade_managed"):
        assert call(name, upload, token="stolen") == 40001
    assert call("get_delivery_list", {}, token="") == 41001
    assert call("get_order_list", {"page_size": 101}) == 10060014
    assert call("get_order_list", {"order_state": 1}) == 0
    assert call("get_order", {}) == 10060014
    assert call("is_trade_managed", {"appid": "wx-other"}) == 40013


def test_the_state_outlives_a_restart(call: Call, upload: dict[str, Any], partners: Partners) -> None:
    assert call("upload_shipping_info", upload) == 0
    kept = partners.dump()
    partners.reset()
    partners.load(kept)
    assert partners.wechat.state.shipping.told[NUMBER].finished


@pytest.mark.parametrize("path", ["confirm-receipt", "settle", "urge"])
def test_control(call: Call, upload: dict[str, Any], partners: Partners, path: str) -> None:
    def control(name: str, body: dict[str, Any]) -> int:
        url = f"{partners.control_url}/control/shipping/{name}"
        return urllib3.request("POST", url, body=json.dumps(body).encode()).status

    assert control(path, {"out_trade_no": "nobody"}) == 409
    if path != "urge":
        assert call("upload_shipping_info", upload) == 0
    assert control(path, {"out_trade_no": NUMBER}) == 200
    assert control("mode", {"known_after_seconds": 300, "managed": False}) == 200
    page = urllib3.request("GET", partners.control_url + "/").data.decode()
    assert "发货信息管理" in page
    assert "支付后300秒可录入" in page


def test_presales(call: Call, upload: dict[str, Any], partners: Partners, frozen: MovableClock) -> None:
    """15 to 330 days after the payment; by either number; nobody is urged before."""
    part, day = partners.wechat.shipping, timedelta(days=1)

    def at(days: float) -> int:
        return int((frozen.at + days * day).timestamp())

    body = {"order_id": upload["order_key"]["transaction_id"], "type": 1, "delay_to": at(40)}
    assert call("opspecialorder", body, token="stolen") == 40001
    for kind in (0, 3, "1", True):
        assert call("opspecialorder", {**body, "type": kind}) == 268546000
    for until in (at(14), at(331), "soon", None):
        assert call("opspecialorder", {**body, "delay_to": until}) == 268546001
    for number in ("", "M0", None):
        assert call("opspecialorder", {**body, "order_id": number}) == 268546002
    assert part._state().late == {}
    assert call("opspecialorder", body) == call("opspecialorder", {**body, "order_id": NUMBER}) == 0
    assert call("opspecialorder", {"order_id": NUMBER, "type": 2}) == 0
    assert part._state().late == {NUMBER: at(40)}
    with pytest.raises(Refused):
        part.urge(NUMBER)
    frozen.move(days=41)
    part.urge(NUMBER)
