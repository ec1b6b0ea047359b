"""Calls to ``api.weixin.qq.com``: the reply form, the error codes, the access token."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from chalicelib.core import http
from chalicelib.core.http import (
    PartnerBroken,
    PartnerBusy,
    PartnerError,
    PartnerRefused,
    PartnerUnreachable,
    Response,
)
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat.errors import QuotaUsedUp, TokenRejected, WeChatMisconfigured
from chalicelib.gateways.wechat.tokens import Fetched, SharedToken

PARTNER = "wechat"
T = TypeVar("T")
log = logging.getLogger(__name__)

# The common codes; an interface's own codes stay PartnerRefused and are translated by their caller.
_KINDS: dict[int, type[PartnerError]] = {
    -1: PartnerBusy,
    44990: PartnerBusy,
    45011: QuotaUsedUp,
    45009: QuotaUsedUp,
    **dict.fromkeys((40001, 40014, 42001), TokenRejected),
    **dict.fromkeys((40013, 40125, 40164, 48001, 41001, 41002, 41004, 47001, 85079), WeChatMisconfigured),
}


def get(path: str, query: dict[str, str], *, idempotent: bool = True) -> dict[str, Any]:
    """GET without an access token.

    :returns: the reply, ``errcode`` zero or absent.
    :raises PartnerError: see :func:`reply`.
    """
    url = f"{_base()}{path}?{urlencode(query)}"
    return http.retried(lambda: reply(http.send(PARTNER, "GET", url)), idempotent=idempotent)


def get_with_token(path: str) -> dict[str, Any]:
    """GET with the shared access token; see :func:`post_with_token`."""

    def call(target: str) -> dict[str, Any]:
        url = _base() + target
        return http.retried(lambda: reply(http.send(PARTNER, "GET", url)), idempotent=True)

    return _with_token(path, call)


def post(path: str, document: dict[str, Any], *, idempotent: bool = True) -> dict[str, Any]:
    """POST JSON without an access token; see :func:`get`."""
    url = _base() + path
    return http.retried(lambda: reply(http.send_json(PARTNER, "POST", url, document)), idempotent=idempotent)


def post_with_token(path: str, document: dict[str, Any], *, idempotent: bool) -> dict[str, Any]:
    """POST JSON with the shared access token; a refused token is replaced once and the call repeated once.

    :raises WeChatMisconfigured: the new token was refused too.
    :raises PartnerError: see :func:`reply`.
    """
    return _with_token(path, lambda target: post(target, document, idempotent=idempotent))


def picture_with_token(path: str, document: dict[str, Any], *, before_each: Callable[[], None]) -> bytes:
    """:func:`post_with_token` for what is answered with a picture, and with JSON only when WeChat says no.

    :param before_each: called before each attempt, also a repeated one: counts calls.
    """

    def once(target: str) -> bytes:
        before_each()
        response = http.expect_success(http.send_json(PARTNER, "POST", _base() + target, document))
        if response.headers.get("content-type", "").startswith("image/"):
            return response.body
        reply(response)
        raise PartnerBroken(PARTNER, reason="no picture, and no errcode", http_status=response.status)

    return _with_token(path, lambda target: http.retried(lambda: once(target), idempotent=True))


def _with_token(path: str, call: Callable[[str], T]) -> T:
    token = _token()
    try:
        return call(_authorized(path, token))
    except TokenRejected:
        log.warning("access token refused, renewing it", extra={"path": path})
    try:
        return call(_authorized(path, _token(rejected=token)))
    except TokenRejected as error:
        raise _alarm(error) from None


def _authorized(path: str, token: str) -> str:
    return f"{path}?{urlencode({'access_token': token})}"


def _token(rejected: str | None = None) -> str:
    try:
        return access_token.get(rejected=rejected)
    except PartnerError as error:
        if not error.may_have_happened:
            raise
        # Silence while the token was fetched: what it was wanted for certainly did not happen.
        raise PartnerUnreachable(PARTNER, reason="no access token", http_status=error.http_status) from error


def reply(response: Response) -> dict[str, Any]:
    """The body of *response*, once its ``errcode`` says success. HTTP is 200 even for errors.

    :raises PartnerBusy: WeChat asks to come back, or limits our calls of this second.
    :raises QuotaUsedUp: it limits our calls of this minute or day.
    :raises PartnerBroken: not the reply form.
    :raises TokenRejected: the access token does not work.
    :raises WeChatMisconfigured: a person has to act.
    :raises PartnerRefused: another ``errcode``, in ``partner_code``.
    """
    document = http.expect_success(response).json()
    code = document.get("errcode", 0)
    if type(code) is not int:
        raise PartnerBroken(PARTNER, reason="errcode is not a number", http_status=response.status)
    if code == 0:
        return document
    kind = _KINDS.get(code, PartnerRefused)
    error = kind(
        PARTNER, partner_code=str(code), reason=str(document.get("errmsg", ""))[:200], http_status=response.status
    )
    log.warning("wechat refused", extra={"partner_code": error.partner_code, "reason": error.reason})
    raise _alarm(error) if kind is WeChatMisconfigured else error


def _alarm(error: PartnerError) -> WeChatMisconfigured:
    log.error(
        "wechat configuration is wrong",
        extra={"alarm": True, "partner_code": error.partner_code, "reason": error.reason},
    )
    return WeChatMisconfigured(
        PARTNER, partner_code=error.partner_code, reason=error.reason, http_status=error.http_status
    )


def _base() -> str:
    return settings().wechat_base_url.rstrip("/")


def _fetch_token() -> Fetched:
    # Normal mode: the same token for everybody until WeChat renews it. force_refresh is for leaks only.
    document = post(
        "/cgi-bin/stable_token",
        {
            "grant_type": "client_credential",
            "appid": settings().wechat_app_id,
            "secret": settings().wechat_app_secret,
            "force_refresh": False,
        },
    )
    value, seconds = document.get("access_token"), document.get("expires_in")
    if not isinstance(value, str) or not value or type(seconds) is not int:
        raise PartnerBroken(PARTNER, reason="no token in the reply")
    return Fetched(value, timedelta(seconds=seconds))


def _token_name() -> str:
    return f"wechat:{settings().wechat_app_id}"


access_token = SharedToken(_token_name, _fetch_token)
