"""What the mall asks Kuaidi100, and how its callbacks are read.

Both interfaces count what they are asked: at most four subscriptions of a number a month, and no number asked for
more than once in half an hour. The caller keeps count; nothing here is repeated that may have happened.
"""

from __future__ import annotations

import json
import logging
from urllib.parse import parse_qs

from chalicelib.core.http import PartnerBroken
from chalicelib.core.settings import settings
from chalicelib.gateways.kuaidi100 import client, signing
from chalicelib.gateways.kuaidi100.errors import QUERY_CODES, SUBSCRIBE_CODES, ForgedCallback, UnreadableCallback
from chalicelib.gateways.kuaidi100.schemas import Callback, CourierList, callback, courier_list

log = logging.getLogger(__name__)
TAKEN = '{"result":true,"returnCode":"200","message":"成功"}'


def offered() -> bool:
    """Whether the mall has an account there."""
    return settings().kuaidi100_key is not None


def subscribe(*, carrier: str, number: str, callback_url: str, salt: str, phone: str = "") -> None:
    """Have the number watched; what is new of it is posted to *callback_url*, signed with *salt*.

    :param carrier: Kuaidi100's code, ``shunfeng``. :param phone: the last four digits, where the courier wants them.
    :param callback_url: may have a query. Plain http, unless Kuaidi100 has been asked to allow https.
    :raises AlreadySubscribed, CarrierNotSupported, PhoneWanted, Kuaidi100Misconfigured:
    """
    parameters = {"callbackurl": callback_url, "salt": salt, "resultv2": "1", "autoCom": "1"}
    if phone:
        parameters["phone"] = phone
    param = {"company": carrier, "number": number, "key": settings().kuaidi100_key, "parameters": parameters}
    document = client.post("/poll", {"schema": "json", "param": client.text_of(param)}, SUBSCRIBE_CODES)
    if document.get("result") is not True:
        raise PartnerBroken(client.PARTNER, reason="neither taken nor refused")


def query(*, carrier: str, number: str, phone: str = "") -> CourierList:
    """The courier's list of this moment.

    :raises NoRecords: the courier knows nothing (yet). :raises PhoneWanted, Kuaidi100Misconfigured:
    """
    document = {"com": carrier, "num": number, "resultv2": "1", "show": "0", "order": "desc"}
    if phone:
        document["phone"] = phone
    param, customer = client.text_of(document), settings().kuaidi100_customer or ""
    sign = signing.sign_query(param, settings().kuaidi100_key or "", customer)
    answer = client.post("/poll/query.do", {"customer": customer, "sign": sign, "param": param}, QUERY_CODES)
    if not isinstance(answer.get("data"), list):
        raise PartnerBroken(client.PARTNER, reason="no data in the answer")
    return courier_list(answer)


def read_callback(body: bytes, salt: str) -> Callback:
    """The callback, proven to be made with *salt*. It may come twice, late, out of order, or never.

    :param body: the form as it came: ``sign``, ``param``. Signed is the text of ``param``, never JSON written anew.
    :raises ForgedCallback: no signature, or another one.
    :raises UnreadableCallback: signed truly, but it lacks what the protocol promises.
    """
    param, sign = _fields(body)
    if not signing.verified(param, sign, salt):
        raise ForgedCallback()
    try:
        return callback(json.loads(param))
    except (ValueError, TypeError, AttributeError) as error:
        log.error("callback not readable", extra={"alarm": True, "error": type(error).__name__})
        raise UnreadableCallback() from None


def _fields(body: bytes) -> tuple[str, str]:
    try:
        form = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20)
        (param,), (sign,) = form["param"], form["sign"]
    except (ValueError, KeyError):
        raise ForgedCallback() from None
    return param, sign
