"""What Kuaidi100 tells us: verified, put on the queue, answered at once. It repeats itself until it hears yes."""

from __future__ import annotations

import json
import logging

from chalicelib.core.api import Api, RawResponse, Request
from chalicelib.core.errors import DomainError
from chalicelib.core.operations import BodyTooLarge, UnsupportedMediaType
from chalicelib.gateways.kuaidi100.errors import ForgedCallback, UnreadableCallback
from chalicelib.gateways.kuaidi100.service import TAKEN
from chalicelib.trade.fulfillment.tracking import service
from chalicelib.trade.fulfillment.tracking.asking.service import HOOK_PATH

log = logging.getLogger(__name__)
api = Api("kuaidi100_callbacks", title="物流 Parcels (partners)")
FORM = "application/x-www-form-urlencoded"
MAX_FORM = 2 * 1024 * 1024  # a Chinese character is nine bytes in a form, and a long way has hundreds of lines


@api.post(
    HOOK_PATH,
    content_types=[FORM],
    raises=[ForgedCallback, UnreadableCallback, BodyTooLarge, UnsupportedMediaType],
)
def hear_kuaidi100(request: Request) -> RawResponse:
    """Take a callback of Kuaidi100.

    `parcel` in the query is the ticket of a subscription; the form's `sign` is verified over the raw `param`. Refusals
    answer `{"result": false, …}`, what is put on the queue answers `{"result": true, "returnCode": "200", …}`.
    """
    try:
        _require_form(request)
        service.announce("".join(request.query.get("parcel", ())), request.body)
    except DomainError as refusal:
        log.warning("callback refused", extra={"reason": refusal.code})
        body = {"result": False, "returnCode": str(refusal.status), "message": refusal.text}
        return RawResponse(json.dumps(body, ensure_ascii=False), status=refusal.status)
    return RawResponse(TAKEN)


def _require_form(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(accepted=[FORM])
    if len(request.body) > MAX_FORM:
        raise BodyTooLarge(limit=MAX_FORM)
