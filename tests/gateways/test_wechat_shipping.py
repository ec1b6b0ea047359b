"""The shipping management through the played WeChat: what it takes, and what its codes ask of us."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock, http
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import shipping
from chalicelib.gateways.wechat.errors import QuotaUsedUp, WeChatMisconfigured
from chalicelib.gateways.wechat.shipping import Advice, Kind, Mode, ParcelInfo, PaymentKey, ShippingInfo, State
from infra.local.partners import Partners
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture
def key(paid_trade: str, partners: Partners) -> PaymentKey:
    return PaymentKey(partners.wechat_pay.trade(paid_trade)["transaction_id"], paid_trade)


def info(key: PaymentKey, *numbers: str, **more: Any) -> ShippingInfo:
    parcels = tuple(ParcelInfo("蚕丝被*1", number, "ZTO") for number in numbers or ("7300000001",))
    mode = Mode.SPLIT if len(parcels) > 1 else Mode.UNIFIED
    return replace(ShippingInfo(key, "o-buyer", Kind.EXPRESS, mode, True, parcels), **more)


def test_told_and_asked(key: PaymentKey, frozen: MovableClock) -> None:
    before = shipping.ask(key)
    assert (before.state, before.all_shipped, before.completions, before.received) == (State.TO_SHIP, False, 0, False)
    shipping.upload(info(key, "7300000001", "7300000002"), clock.now())
    after = shipping.ask(key)
    assert (after.state, after.all_shipped, after.completions) == (State.SHIPPED, True, 1)
    assert after.tracking_numbers == {"7300000001", "7300000002"}
    assert (after.out_trade_no, after.merchant_id) == (key.out_trade_no, settings().wechat_pay_merchant_id)


def test_a_payment_by_the_merchants_number(key: PaymentKey, frozen: MovableClock) -> None:
    by_number = PaymentKey(None, key.out_trade_no)
    shipping.upload(info(by_number), clock.now())
    assert shipping.ask(by_number).transaction_id == key.transaction_id


def test_received(key: PaymentKey, partners: Partners, frozen: MovableClock) -> None:
    shipping.upload(info(key), clock.now())
    frozen.move(days=1)
    shipping.remind_of_receipt(key, clock.now())
    with pytest.raises(http.PartnerRefused) as caught:
        shipping.remind_of_receipt(key, clock.now())
    assert (caught.value.partner_code, shipping.advice(caught.value)) == ("10060030", Advice.DONE)
    partners.wechat.shipping.confirm_receipt(key.out_trade_no)
    assert shipping.ask(key).received


def test_couriers_and_the_service(partners: Partners) -> None:
    assert shipping.companies()["SF"] == "顺丰速运"
    assert shipping.is_managed() is True
    partners.wechat.state.shipping.managed = False
    assert shipping.is_managed() is False


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        *((code, Advice.RETRY) for code in (10060001, 10060012, 10060019)),
        *((code, Advice.DONE) for code in (10060002, 10060003, 10060023, 10060030)),
        *((code, Advice.STOP) for code in (10060004, 10060028, 10060029, 10060032)),
        *((code, Advice.BUG) for code in (10060005, 10060014, 10060031, 268485194, 268485253, 268546000, 99999)),
    ],
)
def test_what_a_code_asks_of_us(key: PaymentKey, partners: Partners, code: int, advice: Advice) -> None:
    partners.faults.api("upload_shipping_info", "answer", status=200, document={"errcode": code, "errmsg": "no rid: 1"})
    with pytest.raises(http.PartnerRefused) as caught:
        shipping.upload(info(key), clock.now())
    assert shipping.advice(caught.value) is advice


@pytest.mark.parametrize(
    ("code", "kind"),
    [(-1, http.PartnerBusy), (44990, http.PartnerBusy), (45009, QuotaUsedUp), (48001, WeChatMisconfigured)],
)
def test_the_common_codes_mean_later(
    key: PaymentKey, partners: Partners, code: int, kind: type[http.PartnerError]
) -> None:
    document = {"errcode": code, "errmsg": "no rid: 1"}
    partners.faults.api("upload_shipping_info", "answer", times=3, status=200, document=document)
    with pytest.raises(kind) as caught:
        shipping.upload(info(key), clock.now())
    assert shipping.advice(caught.value) is Advice.RETRY


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["timeout", "lost_answer", "reset", "500", "garbage"])
def test_an_upload_without_answer_is_not_repeated(key: PaymentKey, partners: Partners, kind: str) -> None:
    """The second would carry the same time, and WeChat takes none that is not newer."""
    partners.faults.api("upload_shipping_info", kind, seconds=2)
    with pytest.raises(http.PartnerError) as caught:
        shipping.upload(info(key), clock.now())
    assert caught.value.may_have_happened
    assert shipping.advice(caught.value) is Advice.RETRY
    assert sum(name == "upload_shipping_info" for name, _ in partners.calls) == 1


@pytest.mark.parametrize(
    "document",
    [{}, {"order": None}, {"order": {"order_state": 2}}, {"order": {"order_state": 9}}, {"order": []}],
)
def test_an_answer_without_its_fields_is_broken(
    key: PaymentKey, partners: Partners, document: dict[str, object]
) -> None:
    partners.faults.api("get_order", "answer", status=200, document={"errcode": 0, **document})
    with pytest.raises(http.PartnerBroken):
        shipping.ask(key)


@pytest.mark.parametrize("document", [{}, {"delivery_list": None}, {"delivery_list": [{"delivery_id": "SF"}]}])
def test_a_list_of_couriers_that_is_none(partners: Partners, document: dict[str, object]) -> None:
    partners.faults.api("get_delivery_list", "answer", status=200, document={"errcode": 0, **document})
    with pytest.raises(http.PartnerBroken):
        shipping.companies()


def test_a_refused_token_is_renewed(key: PaymentKey, partners: Partners) -> None:
    shipping.ask(key)
    partners.wechat.revoke_tokens()
    shipping.upload(info(key), clock.now())
    assert shipping.ask(key).all_shipped


def test_times_are_chinas(frozen: MovableClock) -> None:
    at = frozen.at + timedelta(milliseconds=120)
    assert shipping.china_time(at) == "2026-11-24T10:00:00.120+08:00"
