"""Notices: what WeChat Pay tells us unasked. Verified over the raw bytes, then fresh, then decrypted."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from chalicelib.gateways.wechat_pay import signing
from chalicelib.gateways.wechat_pay.errors import ForgedNotice, StaleNotice, UnreadableNotice
from chalicelib.gateways.wechat_pay.schemas import Envelope, Notice, NoticeKind, Refund, Trade

log = logging.getLogger(__name__)


def parse_notice(headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Notice:
    """The notice, proven to be WeChat Pay's own and sent within five minutes of *now*.

    Nothing is proven about *our* order: the caller compares number, amount, currency, app id and merchant
    id, and expects the same notice any number of times. Event types the mall does not know are
    ``NoticeKind.OTHER``: answer them with success, or they come again for a day.

    :param headers: of the request, any case.
    :param raw_body: the bytes as they came, never re-serialized JSON.
    :raises ForgedNotice: no signature, another key's, or one of the partner's probes.
    :raises StaleNotice: signed truly but long ago: a replay.
    :raises UnreadableNotice: signed truly, but it does not open or lacks what the protocol promises.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp = given.get("wechatpay-timestamp", "")
    if not signing.verified(
        given.get("wechatpay-serial", ""),
        timestamp,
        given.get("wechatpay-nonce", ""),
        raw_body,
        given.get("wechatpay-signature", ""),
    ):
        log.warning("notice refused: not signed by wechat pay")
        raise ForgedNotice
    if not signing.fresh(timestamp, now):
        log.warning("notice refused: stale", extra={"timestamp": timestamp})
        raise StaleNotice
    try:
        return _open(raw_body)
    except (ValueError, ValidationError) as error:
        # Only what WeChat Pay has signed comes here: a wrong APIv3 key, or a protocol we do not know.
        log.error("notice not readable", extra={"alarm": True, "error": type(error).__name__})
        raise UnreadableNotice from None


def _open(raw_body: bytes) -> Notice:
    envelope = Envelope.model_validate_json(raw_body)
    resource = envelope.resource
    if resource.algorithm != "AEAD_AES_256_GCM":
        raise ValueError(f"unknown algorithm {resource.algorithm}")
    subject = json.loads(signing.decrypt(resource.nonce, resource.ciphertext, resource.associated_data or ""))
    if not isinstance(subject, dict):
        raise ValueError("the subject is not an object")
    kind = _kind(envelope)
    return Notice(
        id=envelope.id,
        kind=kind,
        event_type=envelope.event_type,
        created_at=envelope.create_time,
        trade=Trade.model_validate(subject) if kind is NoticeKind.TRADE else None,
        refund=Refund.model_validate(subject) if kind is NoticeKind.REFUND else None,
        subject=subject,
    )


def _kind(envelope: Envelope) -> NoticeKind:
    # Profit sharing also comes as TRANSACTION.SUCCESS: only the original type tells them apart.
    if envelope.event_type.startswith("TRANSACTION.") and envelope.resource.original_type == "transaction":
        return NoticeKind.TRADE
    return NoticeKind.REFUND if envelope.event_type.startswith("REFUND.") else NoticeKind.OTHER
