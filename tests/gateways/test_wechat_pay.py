"""Our client against the played WeChat Pay: the happy way, each refusal by its type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.core import clock, http
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat_pay import errors
from chalicelib.gateways.wechat_pay import service as wechat_pay
from chalicelib.gateways.wechat_pay.schemas import Refund, RefundState, TradeState
from infra.local.partners import Partners, Refused
from tests.gateways.conftest import NOTIFY_URL
from tests.harness import MovableClock

NUMBER = "M00000001"


def refund(**changes: object) -> Refund:
    given = {"out_trade_no": NUMBER, "out_refund_no": "R1", "refund_amount": 100, "total_amount": 9900}
    return wechat_pay.refund(**{**given, **changes})  # type: ignore[arg-type]


# ---- the happy way


def test_open_pay_query(open_trade: Callable[..., str], partners: Partners, frozen: MovableClock) -> None:
    prepay_id = open_trade(total_amount=12345)
    unpaid = wechat_pay.query(NUMBER)
    assert (unpaid.state, unpaid.paid, unpaid.transaction_id) == (TradeState.NOTPAY, False, None)
    partners.wechat_pay.pay(parameters=wechat_pay.pay_parameters(prepay_id).model_dump())
    paid = wechat_pay.query(NUMBER)
    assert (paid.state, paid.paid, paid.total_amount, paid.payer_amount) == (TradeState.SUCCESS, True, 12345, 12345)
    assert (paid.app_id, paid.merchant_id) == (settings().wechat_app_id, settings().wechat_pay_merchant_id)
    assert (paid.openid, paid.currency, paid.out_trade_no) == ("o-buyer", "CNY", NUMBER)
    assert paid.transaction_id
    assert paid.succeeded_at == frozen.at


def test_a_coupon_changes_what_the_buyer_pays_not_the_total(open_trade: Callable[..., str], partners: Partners) -> None:
    partners.wechat_pay.pay(open_trade(), coupon_amount=500)
    trade = wechat_pay.query(NUMBER)
    assert (trade.total_amount, trade.payer_amount) == (9900, 9400)


def test_asking_again_gives_another_way_to_the_same_payment(open_trade: Callable[..., str], partners: Partners) -> None:
    first, second = open_trade(), open_trade()
    assert first != second
    partners.wechat_pay.pay(second)
    with pytest.raises(Refused, match="ORDERPAID"):
        partners.wechat_pay.pay(first)


def test_long_words_are_cut_where_wechat_pay_would_refuse_them(frozen: MovableClock, partners: Partners) -> None:
    assert wechat_pay.jsapi_prepay(
        out_trade_no=NUMBER,
        description="被" * 200,
        total_amount=1,
        openid="o",
        expires_at=clock.now() + timedelta(minutes=5),
        notify_url=NOTIFY_URL,
        attach="a" * 200,
    )
    assert wechat_pay.query(NUMBER).attach == "a" * 128


def test_closing_makes_it_unpayable(open_trade: Callable[..., str], partners: Partners) -> None:
    prepay_id = open_trade()
    wechat_pay.close(NUMBER)
    wechat_pay.close(NUMBER)
    assert wechat_pay.query(NUMBER).state is TradeState.CLOSED
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        partners.wechat_pay.pay(prepay_id)


def test_refund(paid_trade: str, partners: Partners, frozen: MovableClock) -> None:
    accepted = refund(reason="拍错了")
    assert (accepted.state, accepted.refund_amount, accepted.total_amount) == (RefundState.PROCESSING, 100, 9900)
    assert (accepted.out_refund_no, accepted.out_trade_no, accepted.succeeded_at) == ("R1", NUMBER, None)
    done = wechat_pay.query_refund("R1")
    assert (done.state, done.refund_id, done.succeeded_at) == (RefundState.SUCCESS, accepted.refund_id, frozen.at)
    assert wechat_pay.query(NUMBER).state is TradeState.REFUND


def test_the_same_refund_number_refunds_once(paid_trade: str, partners: Partners) -> None:
    assert refund().refund_id == refund().refund_id
    assert len(partners.wechat_pay.trade(NUMBER)["refunds"]) == 1


def test_a_refund_may_end_badly(paid_trade: str, partners: Partners) -> None:
    partners.wechat_pay.refunds_succeed = False
    refund()
    for state in (RefundState.ABNORMAL, RefundState.CLOSED):
        partners.wechat_pay.settle_refund("R1", state)
        assert wechat_pay.query_refund("R1").state is state


# ---- refusals


def test_unknown_numbers(frozen: MovableClock, partners: Partners) -> None:
    for ask in (wechat_pay.query, wechat_pay.close, wechat_pay.query_refund):
        with pytest.raises(errors.OrderNotExist):
            ask("NOBODYS1")
    with pytest.raises(errors.OrderNotExist):
        refund(out_trade_no="NOBODYS1")


def test_a_payment_is_known_by_wechats_own_number(paid_trade: str, partners: Partners) -> None:
    number = str(wechat_pay.query(NUMBER).transaction_id)
    assert wechat_pay.query_transaction(number).out_trade_no == NUMBER
    for unknown in ("4200" + "0" * 24, "x/../y?mchid=1"):
        with pytest.raises(errors.OrderNotExist):
            wechat_pay.query_transaction(unknown)


def test_a_number_is_sent_as_it_is(frozen: MovableClock, partners: Partners) -> None:
    with pytest.raises(errors.OrderNotExist):
        wechat_pay.query("M|*/../x?a=1&中")


def test_paid_is_neither_paid_again_nor_closed(paid_trade: str, open_trade: Callable[..., str]) -> None:
    with pytest.raises(errors.OrderPaid):
        open_trade()
    with pytest.raises(errors.OrderPaid):
        wechat_pay.close(NUMBER)


def test_closed_stays_closed(open_trade: Callable[..., str]) -> None:
    open_trade()
    wechat_pay.close(NUMBER)
    with pytest.raises(errors.OrderClosed):
        open_trade()


def test_it_closes_itself(open_trade: Callable[..., str], frozen: MovableClock, partners: Partners) -> None:
    prepay_id = open_trade(minutes=30)
    frozen.move(minutes=30)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        partners.wechat_pay.pay(prepay_id)
    assert wechat_pay.query(NUMBER).state is TradeState.CLOSED


def test_a_number_keeps_its_parameters(open_trade: Callable[..., str]) -> None:
    open_trade(total_amount=9900)
    with pytest.raises(errors.OutTradeNoUsed):
        open_trade(total_amount=9901)


def test_a_short_balance(paid_trade: str, partners: Partners) -> None:
    partners.wechat_pay.books.balance = 99
    with pytest.raises(errors.NotEnough):
        refund()
    partners.wechat_pay.books.balance = 100
    assert refund().state is RefundState.PROCESSING


@pytest.mark.parametrize(
    "changes",
    [
        {"refund_amount": 0},
        {"refund_amount": 9901},
        {"refund_amount": -1},
        {"total_amount": 9800},
        {"out_refund_no": "has space"},
        {"out_refund_no": "x" * 65},
        {"notify_url": "https://mall.test/hooks?x=1"},
    ],
)
def test_a_refund_that_can_not_be_is_refused_and_alarms(
    paid_trade: str, partners: Partners, caplog: pytest.LogCaptureFixture, changes: dict[str, object]
) -> None:
    with pytest.raises(errors.PayRefused) as caught:
        refund(**changes)
    assert caught.value.partner_code in ("PARAM_ERROR", "INVALID_REQUEST")
    assert any(vars(record).get("alarm") for record in caplog.records)
    assert partners.wechat_pay.trade(NUMBER)["refunds"] == []


def test_refunds_together_are_at_most_the_total(paid_trade: str) -> None:
    refund(out_refund_no="R1", refund_amount=9000)
    with pytest.raises(errors.PayRefused):
        refund(out_refund_no="R2", refund_amount=901)
    refund(out_refund_no="R2", refund_amount=900)
    with pytest.raises(errors.PayRefused):
        refund(out_refund_no="R3", refund_amount=1)


def test_a_refund_number_keeps_its_parameters(paid_trade: str) -> None:
    refund()
    with pytest.raises(errors.PayRefused):
        refund(refund_amount=101)


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("WECHAT_PAY_API_V3_KEY", "0" * 32, None),  # only notices need it
        ("WECHAT_PAY_MERCHANT_ID", "1900000000", "SIGN_ERROR"),
        ("WECHAT_PAY_CERTIFICATE_SERIAL", "ABCDEF", "SIGN_ERROR"),
        ("WECHAT_APP_ID", "wx-another", "APPID_MCHID_NOT_MATCH"),
    ],
)
def test_wrong_settings_are_an_alarm(
    open_trade: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    setting: str,
    value: str,
    code: str | None,
) -> None:
    monkeypatch.setenv(f"SIYU_{setting}", value)
    settings.cache_clear()
    if code is None:
        assert open_trade()
        return
    with pytest.raises(errors.PayMisconfigured) as caught:
        open_trade()
    assert (caught.value.partner_code, caught.value.status) == (code, 503)
    assert any(vars(record).get("alarm") for record in caplog.records)


def test_a_wrong_private_key_is_an_alarm(
    open_trade: Callable[..., str], monkeypatch: pytest.MonkeyPatch, partners: Partners
) -> None:
    monkeypatch.setenv("SIYU_WECHAT_PAY_PRIVATE_KEY", partners.credentials().pay_private_key)
    settings.cache_clear()
    with pytest.raises(errors.PayMisconfigured):
        open_trade()


def test_a_wrong_public_key_believes_no_answer(
    open_trade: Callable[..., str], monkeypatch: pytest.MonkeyPatch, partners: Partners
) -> None:
    open_trade()
    monkeypatch.setenv("SIYU_WECHAT_PAY_PUBLIC_KEY_ID", "PUB_KEY_ID_0000")
    settings.cache_clear()
    with pytest.raises(errors.PayRefused):
        wechat_pay.query(NUMBER)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ORDERNOTEXIST", errors.OrderNotExist),
        ("RESOURCE_NOT_EXISTS", errors.OrderNotExist),
        ("ORDER_PAID", errors.OrderPaid),
        ("ORDER_CLOSED", errors.OrderClosed),
        ("NOT_ENOUGH", errors.NotEnough),
        ("USER_ACCOUNT_ABNORMAL", errors.UserAccountAbnormal),
        ("NO_AUTH", errors.PayMisconfigured),
        ("RULE_LIMIT", errors.PayRefused),
        ("TRADE_ERROR", errors.PayRefused),
        ("", errors.PayRefused),
    ],
)
def test_codes_are_types(frozen: MovableClock, partners: Partners, code: str, kind: type[http.PartnerError]) -> None:
    partners.faults.api("query", "answer", status=403, document={"code": code, "message": "原因"})
    with pytest.raises(kind) as caught:
        wechat_pay.query(NUMBER)
    assert type(caught.value) is kind
    assert isinstance(caught.value, PartnerUnavailable)
    assert (caught.value.partner_code, caught.value.reason, caught.value.http_status) == (code, "原因", 403)
