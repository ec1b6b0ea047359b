"""Login and phone number through the played WeChat."""

from __future__ import annotations

import logging
import time

import pytest

from chalicelib.core import http
from chalicelib.core.errors import PartnerUnavailable, TooManyRequests
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import service as wechat
from chalicelib.gateways.wechat.errors import (
    InvalidLoginCode,
    InvalidPhoneCode,
    LoginBlocked,
    QuotaUsedUp,
    WeChatMisconfigured,
)
from infra.local.partners import Partners
from tests.harness import Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("cloud")


def calls(partners: Partners, endpoint: str) -> int:
    return sum(name == endpoint for name, _ in partners.calls)


def test_login_gives_the_ids(partners: Partners) -> None:
    session = wechat.code_to_session(partners.wechat.new_login_code("o-anna", unionid="u-anna"))
    assert (session.openid, session.unionid) == ("o-anna", "u-anna")
    assert session.session_key not in repr(session)


def test_unionid_may_be_missing(partners: Partners) -> None:
    assert wechat.code_to_session(partners.wechat.new_login_code()).unionid is None


def test_login_needs_no_access_token(partners: Partners, cloud: Cloud) -> None:
    with cloud.unchanged():
        wechat.code_to_session(partners.wechat.new_login_code())
    assert partners.wechat.token_fetches == 0


def test_a_login_code_works_once(partners: Partners) -> None:
    code = partners.wechat.new_login_code()
    wechat.code_to_session(code)
    with pytest.raises(InvalidLoginCode):
        wechat.code_to_session(code)


def test_a_login_code_lives_five_minutes(frozen: MovableClock, partners: Partners) -> None:
    code = partners.wechat.new_login_code()
    frozen.move(minutes=5)
    with pytest.raises(InvalidLoginCode):
        wechat.code_to_session(code)


@pytest.mark.parametrize("code", ["", "nonsense", "a&secret=x", "中文"])
def test_a_made_up_login_code_is_refused(partners: Partners, code: str) -> None:
    with pytest.raises(InvalidLoginCode):
        wechat.code_to_session(code)


def test_a_risky_user_is_blocked(partners: Partners) -> None:
    partners.wechat.block("o-evil")
    with pytest.raises(LoginBlocked):
        wechat.code_to_session(partners.wechat.new_login_code("o-evil"))


def test_a_hundred_logins_a_minute_are_enough(frozen: MovableClock, partners: Partners) -> None:
    partners.wechat.state.logins["o-bot"] = [frozen.at] * 100
    with pytest.raises(TooManyRequests):
        wechat.code_to_session(partners.wechat.new_login_code("o-bot"))


def test_phone_number(partners: Partners) -> None:
    phone = wechat.phone_number(partners.wechat.new_phone_code("13800138000"))
    assert (phone.number, phone.country_code) == ("13800138000", "86")
    assert "13800138000" not in repr(phone)
    abroad = wechat.phone_number(partners.wechat.new_phone_code("91234567", "852"))
    assert (abroad.number, abroad.country_code) == ("91234567", "852")


def test_a_phone_code_works_once_and_five_minutes(frozen: MovableClock, partners: Partners) -> None:
    used, old = partners.wechat.new_phone_code("1"), partners.wechat.new_phone_code("2")
    wechat.phone_number(used)
    frozen.move(minutes=5)
    for code in (used, old, partners.wechat.new_login_code(), ""):
        with pytest.raises(InvalidPhoneCode):
            wechat.phone_number(code)


def test_a_phone_number_given_to_another_app_is_refused(partners: Partners) -> None:
    info = {
        "phoneNumber": "13800138000",
        "purePhoneNumber": "13800138000",
        "countryCode": "86",
        "watermark": {"timestamp": 1, "appid": "wx-another"},
    }
    partners.faults.api("getuserphonenumber", "answer", status=200, document={"errcode": 0, "phone_info": info})
    with pytest.raises(InvalidPhoneCode):
        wechat.phone_number("any")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("500", http.PartnerBroken),
        ("502", http.PartnerBroken),
        ("garbage", http.PartnerBroken),
        ("busy", http.PartnerBusy),
    ],
)
def test_a_fault_that_stays_is_a_typed_503(partners: Partners, kind: str, error: type[http.PartnerError]) -> None:
    partners.faults.api("jscode2session", kind, times=3)
    with pytest.raises(error) as caught:
        wechat.code_to_session(partners.wechat.new_login_code())
    assert isinstance(caught.value, PartnerUnavailable)


def test_a_moment_of_busy_is_not_noticed(partners: Partners) -> None:
    partners.faults.api("jscode2session", "busy", times=2)
    assert wechat.code_to_session(partners.wechat.new_login_code("o-anna")).openid == "o-anna"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["timeout", "lost_answer"])
def test_a_login_without_answer_is_not_repeated(partners: Partners, kind: str) -> None:
    partners.faults.api("jscode2session", kind, seconds=5)
    started = time.monotonic()
    with pytest.raises(http.PartnerTimeout):
        wechat.code_to_session(partners.wechat.new_login_code())
    assert time.monotonic() - started < 2
    assert calls(partners, "jscode2session") == 1


@pytest.mark.parametrize(
    "document", [{}, {"openid": "o"}, {"openid": 5, "session_key": "k"}, {"errcode": "0"}, {"errcode": True}]
)
def test_a_reply_without_its_fields_is_broken(partners: Partners, document: dict[str, object]) -> None:
    partners.faults.api("jscode2session", "answer", status=200, document=document)
    with pytest.raises(http.PartnerBroken):
        wechat.code_to_session(partners.wechat.new_login_code())


@pytest.mark.parametrize("code", [40013, 40125, 40164, 48001])
def test_wrong_configuration_is_an_alarm(partners: Partners, code: int, caplog: pytest.LogCaptureFixture) -> None:
    document = {"errcode": code, "errmsg": "invalid rid: 1"}
    partners.faults.api("jscode2session", "answer", status=200, document=document)
    with pytest.raises(WeChatMisconfigured) as caught:
        wechat.code_to_session(partners.wechat.new_login_code())
    assert caught.value.partner_code == str(code)
    assert any(record.levelno == logging.ERROR and vars(record)["alarm"] for record in caplog.records)


def test_a_wrong_secret_is_an_alarm(partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_WECHAT_APP_SECRET", "another")
    settings.cache_clear()
    with pytest.raises(WeChatMisconfigured) as caught:
        wechat.code_to_session(partners.wechat.new_login_code())
    assert caught.value.partner_code == "40125"


def test_a_used_quota_is_not_asked_again(partners: Partners) -> None:
    document = {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
    partners.faults.api("getuserphonenumber", "answer", times=3, status=200, document=document)
    with pytest.raises(QuotaUsedUp):
        wechat.phone_number("any")
    assert calls(partners, "getuserphonenumber") == 1


@pytest.mark.parametrize("kind", ["500", "garbage", "reset"])
def test_what_costs_a_one_use_code_is_not_repeated_when_it_may_have_happened(partners: Partners, kind: str) -> None:
    for endpoint, ask in (("jscode2session", wechat.code_to_session), ("getuserphonenumber", wechat.phone_number)):
        partners.faults.api(endpoint, kind)
        with pytest.raises(http.PartnerError):
            ask("any")
        assert calls(partners, endpoint) == 1
