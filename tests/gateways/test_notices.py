"""Notices: the honest one is read, every other is refused by its type."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat_pay import errors, signing
from chalicelib.gateways.wechat_pay import service as wechat_pay
from chalicelib.gateways.wechat_pay.notices import parse_notice
from chalicelib.gateways.wechat_pay.schemas import Notice, NoticeKind, RefundState, TradeState
from infra.local.partners import Partners
from infra.local.partners.wechat_pay.protocol import seal, signature_headers
from tests.gateways.conftest import NOTIFY_URL
from tests.harness import MovableClock


@dataclass
class Hook:
    """The mall's end: reads what comes and answers as the real hook does."""

    sent: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    read: list[Notice] = field(default_factory=list)
    refused: list[DomainError] = field(default_factory=list)

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        self.sent.append((headers, body))
        try:
            self.read.append(parse_notice(headers, body, clock.now()))
        except DomainError as error:
            self.refused.append(error)
            return error.status
        return 204


@pytest.fixture
def hook(frozen: MovableClock, partners: Partners) -> Hook:
    made = Hook()
    partners.wechat_pay.notices.post = made
    return made


@pytest.fixture
def notice(hook: Hook, paid_trade: str, partners: Partners) -> tuple[dict[str, str], bytes]:
    """Headers and bytes of an honest notice."""
    partners.wechat_pay.notices.deliver_due()
    return hook.sent[0]


def signed(partners: Partners, body: bytes) -> dict[str, str]:
    keys = partners.credentials()
    return signature_headers(body, keys.pay_key, keys.pay_public_key_id, clock.now())


def test_a_payment(hook: Hook, paid_trade: str, partners: Partners, frozen: MovableClock) -> None:
    partners.wechat_pay.notices.deliver_due()
    [told] = hook.read
    assert (told.kind, told.event_type, told.refund) == (NoticeKind.TRADE, "TRANSACTION.SUCCESS", None)
    assert told.trade == wechat_pay.query(paid_trade)
    assert told.trade is not None
    assert (told.trade.state, told.trade.total_amount) == (TradeState.SUCCESS, 9900)
    assert told.id.startswith("EV-")
    assert told.created_at == frozen.at
    assert "o-buyer" not in repr(told.subject.keys())


@pytest.mark.parametrize("state", list(RefundState)[1:])
def test_a_refund(hook: Hook, paid_trade: str, partners: Partners, state: RefundState) -> None:
    partners.wechat_pay.refunds_succeed = False
    wechat_pay.refund(
        out_trade_no=paid_trade, out_refund_no="R1", refund_amount=100, total_amount=9900, notify_url=NOTIFY_URL
    )
    partners.wechat_pay.settle_refund("R1", state)
    partners.wechat_pay.notices.deliver_due()
    told = hook.read[-1]
    assert (told.kind, told.trade) == (NoticeKind.REFUND, None)
    assert told.refund is not None
    assert (told.refund.state, told.refund.out_refund_no, told.refund.refund_amount) == (state, "R1", 100)
    assert told.refund.merchant_id == settings().wechat_pay_merchant_id
    assert (told.refund.succeeded_at is not None) == (state is RefundState.SUCCESS)


def test_headers_in_any_case(notice: tuple[dict[str, str], bytes]) -> None:
    headers, body = notice
    for change in (str.lower, str.upper, str.title):
        assert parse_notice({change(name): value for name, value in headers.items()}, body, clock.now()).trade


@pytest.mark.parametrize(
    ("fault", "error"),
    [("forged", errors.ForgedNotice), ("unsigned", errors.ForgedNotice), ("stale", errors.StaleNotice)],
)
def test_a_bad_notice_is_refused(
    hook: Hook, open_trade: Callable[..., str], partners: Partners, fault: str, error: type[DomainError]
) -> None:
    partners.faults.notice(fault)
    partners.wechat_pay.pay(open_trade())
    partners.wechat_pay.notices.deliver_due()
    assert ([type(each) for each in hook.refused], hook.read) == ([error], [])
    assert hook.refused[0].status == 401


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("wrong_amount", lambda trade: trade.total_amount == 9899),
        ("wrong_currency", lambda trade: trade.currency == "USD"),
        ("wrong_merchant", lambda trade: trade.merchant_id == "1900000000"),
        ("wrong_app", lambda trade: trade.app_id == "wx0000000000000000"),
        ("wrong_number", lambda trade: trade.out_trade_no.startswith("NOBODYS")),
    ],
)
def test_somebody_elses_business_is_read_as_such(
    hook: Hook, open_trade: Callable[..., str], partners: Partners, fault: str, wrong: Callable[..., bool]
) -> None:
    partners.faults.notice(fault)
    partners.wechat_pay.pay(open_trade())
    partners.wechat_pay.notices.deliver_due()
    assert wrong(hook.read[0].trade)


def test_a_replay_within_five_minutes_is_the_same_notice_later_it_is_stale(
    hook: Hook, paid_trade: str, partners: Partners, frozen: MovableClock
) -> None:
    partners.wechat_pay.notices.deliver_due()
    frozen.move(minutes=5)
    assert partners.wechat_pay.notices.replay(hook.read[0].id) == 204
    assert hook.read[0] == hook.read[1]
    frozen.move(seconds=1)
    assert partners.wechat_pay.notices.replay(hook.read[0].id) == 401
    assert type(hook.refused[0]) is errors.StaleNotice


def test_a_notice_from_the_future_is_stale(notice: tuple[dict[str, str], bytes], frozen: MovableClock) -> None:
    frozen.move(seconds=-301)
    with pytest.raises(errors.StaleNotice):
        parse_notice(*notice, clock.now())


def test_a_probe_is_refused(hook: Hook, partners: Partners) -> None:
    assert partners.wechat_pay.notices.probe(NOTIFY_URL) == 401
    assert type(hook.refused[0]) is errors.ForgedNotice
    assert hook.sent[0][0]["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")


def test_every_changed_byte_is_noticed(notice: tuple[dict[str, str], bytes]) -> None:
    headers, body = notice
    for at in range(0, len(body), 7):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(errors.ForgedNotice):
            parse_notice(headers, changed, clock.now())


@pytest.mark.parametrize(
    "changes",
    [
        {"Wechatpay-Timestamp": ""},
        {"Wechatpay-Timestamp": "x"},
        {"Wechatpay-Timestamp": "٣"},
        {"Wechatpay-Timestamp": "9" * 5000},
        {"Wechatpay-Nonce": "another"},
        {"Wechatpay-Nonce": "\udcff"},
        {"Wechatpay-Serial": "PUB_KEY_ID_0001"},
        {"Wechatpay-Serial": ""},
        {"Wechatpay-Signature": ""},
        {"Wechatpay-Signature": "not base64!"},
        {"Wechatpay-Signature": "中文"},
        {"Wechatpay-Signature": "QUJD"},
    ],
)
def test_changed_headers_are_refused(notice: tuple[dict[str, str], bytes], changes: dict[str, str]) -> None:
    headers, body = notice
    with pytest.raises(errors.ForgedNotice):
        parse_notice({**headers, **changes}, body, clock.now())


@pytest.mark.parametrize("name", ["Timestamp", "Nonce", "Serial", "Signature"])
def test_missing_headers_are_refused(notice: tuple[dict[str, str], bytes], name: str) -> None:
    headers, body = notice
    rest = {key: value for key, value in headers.items() if key != f"Wechatpay-{name}"}
    with pytest.raises(errors.ForgedNotice):
        parse_notice(rest, body, clock.now())


def test_a_wrong_api_v3_key_is_an_alarm(
    notice: tuple[dict[str, str], bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SIYU_WECHAT_PAY_API_V3_KEY", "0" * 32)
    settings.cache_clear()
    with pytest.raises(errors.UnreadableNotice):
        parse_notice(*notice, clock.now())
    assert any(vars(record).get("alarm") for record in caplog.records)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("id"),
        lambda told: told.pop("resource"),
        lambda told: told["resource"].update(algorithm="NONE"),
        lambda told: told["resource"].update(nonce="short"),
        lambda told: told["resource"].update(ciphertext="!"),
        lambda told: told["resource"].update(associated_data="another"),
        lambda told: told.clear(),
    ],
)
def test_signed_nonsense_is_unreadable(
    notice: tuple[dict[str, str], bytes], partners: Partners, change: Callable[[dict[str, object]], object]
) -> None:
    told = json.loads(notice[1])
    change(told)
    body = json.dumps(told).encode()
    with pytest.raises(errors.UnreadableNotice):
        parse_notice(signed(partners, body), body, clock.now())


@pytest.mark.parametrize("subject", [{}, [], "text", {"out_trade_no": "M1", "trade_state": "SUCCESS"}])
def test_a_signed_subject_without_its_fields_is_unreadable(
    frozen: MovableClock, partners: Partners, subject: dict[str, object]
) -> None:
    resource = seal(subject, settings().wechat_pay_api_v3_key, "transaction")
    body = json.dumps({"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", "resource": resource}).encode()
    with pytest.raises(errors.UnreadableNotice):
        parse_notice(signed(partners, body), body, clock.now())


@pytest.mark.parametrize(
    ("event_type", "original_type"),
    [("COMPLAINT.CREATE", "complaint"), ("TRANSACTION.SUCCESS", "profitsharing"), ("NEW.THING", "new")],
)
def test_what_the_mall_does_not_know_is_other(
    frozen: MovableClock, partners: Partners, event_type: str, original_type: str
) -> None:
    resource = seal({"complaint_id": "1"}, settings().wechat_pay_api_v3_key, original_type)
    body = json.dumps({"id": "EV-1", "event_type": event_type, "resource": resource}).encode()
    told = parse_notice(signed(partners, body), body, clock.now())
    assert (told.kind, told.trade, told.refund, told.subject) == (NoticeKind.OTHER, None, None, {"complaint_id": "1"})


def test_the_signature_is_checked_before_anything_is_opened(
    notice: tuple[dict[str, str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    decrypt = signing.decrypt
    monkeypatch.setattr(signing, "decrypt", lambda *sealed: opened.append("opened") or decrypt(*sealed))
    with pytest.raises(errors.ForgedNotice):
        parse_notice({**notice[0], "Wechatpay-Nonce": "another"}, notice[1], clock.now())
    assert not opened
    parse_notice(*notice, clock.now())
    assert opened
