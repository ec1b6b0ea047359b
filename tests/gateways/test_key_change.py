"""WeChat Pay's public key changes: for a while two are believed, each under its own id."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.settings import SettingsError, load, settings
from chalicelib.gateways.wechat_pay import errors, signing
from chalicelib.gateways.wechat_pay.notices import parse_notice
from infra.local.partners import Partners
from infra.local.partners.wechat_pay.protocol import signature_headers
from tests.harness import MovableClock

NEW_ID = "PUB_KEY_ID_0199999999999999999999999999999999"
NAME = "SIYU_WECHAT_PAY_PUBLIC_KEY"
Believe = Callable[..., None]


@pytest.fixture
def new_key(partners: Partners) -> str:
    """Another key of the right kind: here the merchant's own pair serves as WeChat Pay's next one."""
    key = partners.credentials().merchant_public_key
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def believe(monkeypatch: pytest.MonkeyPatch, partners: Partners, new_key: str) -> Believe:
    """``believe("old", "new")``: the key in use, and perhaps another one."""
    keys = partners.credentials()
    known = {"old": (keys.pay_public_key_id, keys.pay_public_key), "new": (NEW_ID, new_key)}

    def run(used: str, other: str | None = None) -> None:
        for name, which in ((NAME, used), (f"{NAME}_PREVIOUS", other)):
            for suffix, value in zip(("_ID", ""), known[which] if which else ("", ""), strict=True):
                if value:
                    monkeypatch.setenv(name + suffix, value)
                else:
                    monkeypatch.delenv(name + suffix, raising=False)
        settings.cache_clear()

    return run


def heard(partners: Partners, signer: str, named: str) -> str:
    """What becomes of a notice signed with one key under one id: it opens or is refused."""
    keys = partners.credentials()
    key = {"old": keys.pay_key, "new": keys.merchant_key}[signer]
    body = b'{"not": "ours"}'
    headers = signature_headers(body, key, {"old": keys.pay_public_key_id, "new": NEW_ID}[named], clock.now())
    try:
        parse_notice(headers, body, clock.now())
    except errors.UnreadableNotice:
        return "believed"  # truly signed; there is nothing in it
    except DomainError as error:
        return type(error).__name__
    return "read"


@pytest.mark.parametrize(("used", "other"), [("old", "new"), ("new", "old")])
def test_both_are_believed_while_it_changes(
    believe: Believe, partners: Partners, frozen: MovableClock, used: str, other: str
) -> None:
    believe(used, other)
    for signer in ("old", "new"):
        assert heard(partners, signer, signer) == "believed"
    assert heard(partners, "old", "new") == heard(partners, "new", "old") == "ForgedNotice"


@pytest.mark.parametrize(("used", "gone"), [("old", "new"), ("new", "old")])
def test_before_and_after_only_one(
    believe: Believe, partners: Partners, frozen: MovableClock, used: str, gone: str
) -> None:
    believe(used)
    assert heard(partners, used, used) == "believed"
    assert heard(partners, gone, gone) == "ForgedNotice"


def test_what_is_asked_for_is_the_one_in_use(believe: Believe, partners: Partners, frozen: MovableClock) -> None:
    from chalicelib.gateways.wechat_pay import client

    believe("new", "old")
    assert client.headers("GET", "/v3", b"")["Wechatpay-Serial"] == NEW_ID
    assert not signing.verified("", "1", "n", b"", "")


@pytest.mark.parametrize(
    "change", [{"_PREVIOUS": ""}, {"_PREVIOUS_ID": ""}, {"_PREVIOUS_ID": "same"}, {"_PREVIOUS_ID": "SERIAL"}]
)
def test_half_a_key_stops_the_start(believe: Believe, partners: Partners, change: dict[str, str]) -> None:
    import os

    believe("old", "new")
    environ = dict(os.environ)
    for name, value in change.items():
        if value:
            environ[NAME + name] = partners.credentials().pay_public_key_id if value == "same" else value
        else:
            del environ[NAME + name]
    with pytest.raises(SettingsError, match="PREVIOUS"):
        load(environ)
