"""One form posted to Kuaidi100: the JSON answer, or a typed error."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from chalicelib.core import http
from chalicelib.core.http import PartnerError
from chalicelib.core.settings import settings
from chalicelib.gateways.kuaidi100.errors import Kuaidi100Misconfigured, Kuaidi100Refused

PARTNER = "kuaidi100"
log = logging.getLogger(__name__)


def text_of(document: Mapping[str, Any]) -> str:
    """``param``: these exact characters are signed and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def post(path: str, fields: Mapping[str, str], codes: Mapping[str, type[PartnerError]]) -> dict[str, Any]:
    """The answer to a form. A call that may have happened is never repeated: both interfaces count.

    :raises PartnerError: the type that *codes* gives for ``returnCode``, else the one that the HTTP status gives.
    """
    url, body = settings().kuaidi100_poll_base_url.rstrip("/") + path, urlencode(fields).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

    def once() -> dict[str, Any]:
        document = http.expect_success(http.send(PARTNER, "POST", url, headers=headers, body=body)).json()
        if document.get("result") is False:
            raise _error(document, codes)
        return document

    return http.retried(once, idempotent=False)


def _error(document: Mapping[str, Any], codes: Mapping[str, type[PartnerError]]) -> PartnerError:
    code = str(document.get("returnCode", ""))[:20]
    kind = codes.get(code, Kuaidi100Refused)
    error = kind(PARTNER, partner_code=code, reason=str(document.get("message", ""))[:200], http_status=200)
    alarm = kind is Kuaidi100Misconfigured
    extra = {"alarm": alarm, "partner_code": code, "reason": error.reason}
    log.log(logging.ERROR if alarm else logging.INFO, "kuaidi100 refused", extra=extra)
    return error
