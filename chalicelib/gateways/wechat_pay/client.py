"""One signed call to WeChat Pay: signed request, verified answer, typed errors."""

from __future__ import annotations

import json
import logging
from typing import Any, TypeVar

from pydantic import ValidationError

from chalicelib.core import clock, http
from chalicelib.core.http import PartnerBroken, PartnerBusy, PartnerError, Response
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat_pay import signing
from chalicelib.gateways.wechat_pay.errors import BY_CODE, PayMisconfigured, PayRefused, UnsignedAnswer
from chalicelib.gateways.wechat_pay.schemas import Refund, Trade

PARTNER = "wechat_pay"
Told = TypeVar("Told", Trade, Refund)
log = logging.getLogger(__name__)


def call(method: str, target: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON answer to a signed request (``{}`` for 204), repeated when that may help.

    Every interface used here is idempotent by its number, so repeating is safe after any failure.

    :param target: path and query, already encoded: these exact characters are signed.
    :raises PartnerError: see :func:`judge`.
    """
    body = b"" if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def once() -> dict[str, Any]:
        # Signed anew at each try: the partner refuses old timestamps.
        return judge(
            http.send(PARTNER, method, address(target), headers=headers(method, target, body), body=body or None)
        )

    return http.retried(once, idempotent=True)


def judge(response: Response) -> dict[str, Any]:
    """The body of a good answer.

    :raises UnsignedAnswer: a 2xx (empty or not) whose signature is absent, wrong or old.
    :raises PartnerError: the type that :data:`~chalicelib.gateways.wechat_pay.errors.BY_CODE` gives the
        partner's code; without a known code, the type that the HTTP status gives.
    """
    if not 200 <= response.status < 300:
        raise _error(response)
    if not _signed(response):
        log.error("answer not signed by wechat pay", extra={"alarm": True, "http_status": response.status})
        raise UnsignedAnswer(PARTNER, http_status=response.status)
    return response.json() if response.body else {}


def told(kind: type[Told], document: dict[str, Any]) -> Told:
    """*document* as a typed answer.

    :raises PartnerBroken: it lacks what the protocol promises.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False))
        raise PartnerBroken(PARTNER, reason=f"bad fields: {fields}") from None


def address(target: str) -> str:
    """Where *target* is asked for."""
    return settings().wechat_pay_base_url.rstrip("/") + target


def headers(method: str, target: str, body: bytes) -> dict[str, str]:
    """The headers of a signed request; fresh at each call."""
    return {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "siyu-mall",
        "Wechatpay-Serial": settings().wechat_pay_public_key_id,
        "Authorization": signing.authorization(method, target, body),
    }


def _signed(response: Response) -> bool:
    headers = response.headers
    timestamp = headers.get("wechatpay-timestamp", "")
    return signing.fresh(timestamp, clock.now()) and signing.verified(
        headers.get("wechatpay-serial", ""),
        timestamp,
        headers.get("wechatpay-nonce", ""),
        response.body,
        headers.get("wechatpay-signature", ""),
    )


def _error(response: Response) -> PartnerError:
    try:
        document = response.json()
    except PartnerBroken:
        document = {}
    code = str(document.get("code", ""))
    kind = BY_CODE.get(code) or _kind_by_status(response.status)
    error = kind(PARTNER, partner_code=code, reason=str(document.get("message", ""))[:200], http_status=response.status)
    # Wrong configuration, or a request that we should not have sent: neither is part of normal business.
    alarm = kind in (PayMisconfigured, PayRefused)
    request_id = response.headers.get("request-id", "")  # what their support asks for
    extra = {"alarm": alarm, "partner_code": code, "reason": error.reason, "partner_request_id": request_id}
    log.log(logging.ERROR if alarm else logging.WARNING, "wechat pay refused", extra=extra)
    return error


def _kind_by_status(status: int) -> type[PartnerError]:
    if status == 429:
        return PartnerBusy
    if status == 401:
        return PayMisconfigured
    return PayRefused if 400 <= status < 500 else PartnerBroken
