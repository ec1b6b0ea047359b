"""Sending a subscribe message: what goes over the wire, what comes back as a type."""

from __future__ import annotations

import pytest

from chalicelib.core.http import PartnerBusy, PartnerError, PartnerRefused, PartnerUnreachable
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import messages
from chalicelib.gateways.wechat.errors import (
    MessageInvalid,
    MessageMisconfigured,
    MessageNotAgreed,
    PersonUnknown,
    WeChatMisconfigured,
)
from infra.local.partners import Partners

pytestmark = pytest.mark.usefixtures("cloud", "frozen")
OPENID = "o-one"
DATA = {
    "character_string1": "26112409000000123456",
    "thing2": "蚕丝被",
    "amount3": "¥99.00",
    "time4": "2026年11月24日 10:00",
}


@pytest.fixture
def template_id(partners: Partners) -> str:
    """Of a message that the person has agreed to once."""
    found = partners.wechat.messages.template_of("订单支付成功通知").id
    partners.wechat.messages.ask(OPENID, {found: "accept"})
    return found


def test_it_arrives_with_its_number(partners: Partners, template_id: str) -> None:
    number = messages.send(OPENID, template_id, "pages/order/detail?id=1", DATA)
    (shown,) = partners.wechat.messages.of(OPENID)
    assert (shown.data, shown.page, str(shown.number)) == (DATA, "pages/order/detail?id=1", number)
    with pytest.raises(MessageNotAgreed):
        messages.send(OPENID, template_id, None, DATA)


@pytest.mark.parametrize("version", ["trial", "develop"])
def test_it_opens_the_version_that_the_mall_belongs_to(
    partners: Partners, template_id: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIYU_MINI_PROGRAM_VERSION", version)
    settings.cache_clear()
    assert messages.send(OPENID, template_id, None, DATA)


def test_each_refusal_is_a_type(partners: Partners, template_id: str) -> None:
    with pytest.raises(MessageInvalid) as refused:
        messages.send(OPENID, template_id, None, {**DATA, "thing2": "长" * 21})
    assert "data.thing2.value" in refused.value.reason
    with pytest.raises(MessageInvalid):
        messages.send(OPENID, template_id, None, {"thing2": "蚕丝被"})
    with pytest.raises(MessageMisconfigured):
        messages.send(OPENID, "T-of-nobody", None, DATA)
    partners.wechat.state.links.pages = ["pages/index"]
    with pytest.raises(MessageMisconfigured):
        messages.send(OPENID, template_id, "pages/order/detail", DATA)
    partners.wechat.state.messages.unknown.append(OPENID)
    with pytest.raises(PersonUnknown):
        messages.send(OPENID, template_id, None, DATA)
    assert partners.wechat.messages.of(OPENID) == []


@pytest.mark.parametrize(("fault", "kind"), [("busy", PartnerBusy), ("429", PartnerRefused), ("500", PartnerError)])
def test_what_is_not_about_the_message_stays_what_it_is(
    partners: Partners, template_id: str, fault: str, kind: type[PartnerError]
) -> None:
    partners.faults.api("subscribe_send", fault, times=5)
    with pytest.raises(kind) as error:
        messages.send(OPENID, template_id, None, DATA)
    assert error.value.may_have_happened == (fault == "500")
    assert not isinstance(error.value, MessageNotAgreed)


def test_a_wrong_secret_is_a_configuration(
    partners: Partners, template_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIYU_WECHAT_APP_SECRET", "wrong")
    settings.cache_clear()
    with pytest.raises(WeChatMisconfigured):
        messages.send(OPENID, template_id, None, DATA)


@pytest.mark.parametrize("fault", ["500", "garbage", "reset"])
def test_without_a_token_the_message_certainly_did_not_go(partners: Partners, template_id: str, fault: str) -> None:
    partners.faults.api("stable_token", fault, times=5)
    with pytest.raises(PartnerUnreachable) as error:
        messages.send(OPENID, template_id, None, DATA)
    assert (error.value.retryable, error.value.may_have_happened) == (True, False)
    assert all(name != "subscribe_send" for name, _ in partners.calls)


def test_a_dead_token_is_renewed_once(partners: Partners, template_id: str) -> None:
    partners.wechat.messages.ask(OPENID, {template_id: "accept"})
    messages.send(OPENID, template_id, None, DATA)
    partners.wechat.revoke_tokens()
    assert messages.send(OPENID, template_id, None, DATA)
