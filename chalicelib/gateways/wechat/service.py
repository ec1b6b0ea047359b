"""What the mall asks WeChat about a person: who logs in, and the phone number they agreed to give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http import PartnerBroken, PartnerError, PartnerRefused
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.errors import InvalidLoginCode, InvalidPhoneCode, LoginBlocked

_LOGIN_CODE_REFUSED = {"40029", "40163", "41008"}
_LOGIN_BLOCKED = "40226"
_LOGIN_TOO_OFTEN = "45011"
_PHONE_CODE_REFUSED = {"40029", "40163", "41008"}


@dataclass(frozen=True, slots=True)
class Session:
    """Who logged in. ``unionid``: only when the app is bound to an Open Platform account; keep ``session_key`` here."""

    openid: str
    unionid: str | None
    session_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number that WeChat has verified: ``number`` without the country code, ``country_code`` such as ``86``."""

    number: str = field(repr=False)
    country_code: str


def code_to_session(code: str) -> Session:
    """Exchange the one-use code of ``wx.login`` (five minutes) for the person's ids.

    Not repeated after a lost answer: the code would be used already.

    :raises InvalidLoginCode: unknown, used or expired.
    :raises LoginBlocked: WeChat regards the user as a risk.
    :raises TooManyRequests: this user logs in more than 100 times a minute.
    :raises PartnerError: WeChat can not be asked.
    """
    query = {
        "appid": settings().wechat_app_id,
        "secret": settings().wechat_app_secret,
        "js_code": code,
        "grant_type": "authorization_code",
    }
    try:
        document = client.get("/sns/jscode2session", query, idempotent=False)
    except PartnerRefused as error:
        raise _login_refusal(error) from None
    unionid = document.get("unionid")
    return Session(
        openid=_text(document, "openid"),
        unionid=unionid if isinstance(unionid, str) and unionid else None,
        session_key=_text(document, "session_key"),
    )


def phone_number(code: str) -> Phone:
    """Exchange the one-use code of the phone button (five minutes; not the login code) for the number. Costs money.

    :raises InvalidPhoneCode: unknown, used or expired, or issued to another app.
    :raises PartnerError: WeChat can not be asked.
    """
    try:
        document = client.post_with_token("/wxa/business/getuserphonenumber", {"code": code}, idempotent=False)
    except PartnerRefused as error:
        if error.partner_code in _PHONE_CODE_REFUSED:
            raise InvalidPhoneCode from None
        raise
    info = _object(document, "phone_info")
    if _object(info, "watermark").get("appid") != settings().wechat_app_id:
        raise InvalidPhoneCode
    return Phone(number=_text(info, "purePhoneNumber"), country_code=_text(info, "countryCode"))


def _login_refusal(error: PartnerError) -> Exception:
    if error.partner_code in _LOGIN_CODE_REFUSED:
        return InvalidLoginCode()
    if error.partner_code == _LOGIN_BLOCKED:
        return LoginBlocked()
    return TooManyRequests() if error.partner_code == _LOGIN_TOO_OFTEN else error


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise PartnerBroken(client.PARTNER, reason=f"no {name} in the reply")
    return value


def _object(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    if not isinstance(value, dict):
        raise PartnerBroken(client.PARTNER, reason=f"no {name} in the reply")
    return value
