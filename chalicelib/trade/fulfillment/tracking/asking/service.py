"""Calls to Kuaidi100. Each is counted before it is made; see docs/algorithms/delivery.md, "Tracking"."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.http import PartnerError
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.kuaidi100 import service as kuaidi100
from chalicelib.gateways.kuaidi100.errors import AlreadySubscribed, ForgedCallback, Kuaidi100Misconfigured, NoRecords
from chalicelib.gateways.kuaidi100.schemas import CourierList
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.fulfillment.tracking.errors import AskedLately, LimitReached
from chalicelib.trade.fulfillment.tracking.models import (
    Limit,
    Subscription,
    Track,
    month_of,
    query_id,
    subscriptions_id,
)
from chalicelib.trade.orders import service as orders

log = logging.getLogger(__name__)
HOOK_PATH = "/hooks/kuaidi100"
MOST_SUBSCRIPTIONS, ASK_AGAIN_AFTER = 4, timedelta(minutes=30)
KEEP_COUNT, KEEP_QUERY = timedelta(days=62), timedelta(days=1)


class CallbackTicket(NamedTuple):
    """Whom a callback is about, and the salt that it must be signed with."""

    order_id: str
    parcel_id: str
    version: int
    salt: str


def subscribe(parcel: Parcel, track: Track) -> None:
    """Have the parcel watched; *track* (not stored here) says how that went."""
    limit = Limit(id=subscriptions_id(track, month_of(clock.now())))
    try:
        _count_subscription(limit)
    except LimitReached:
        track.subscription, track.problem, track.problem_passes = Subscription.REFUSED, "limit", False
        return
    ticket = ticket_of(parcel)
    callback_url = f"{settings().public_base_url.rstrip('/')}{HOOK_PATH}?parcel={ticket}"
    try:
        kuaidi100.subscribe(
            carrier=track.carrier,
            number=track.number,
            callback_url=callback_url,
            salt=salt_of(ticket),
            phone=_phone(parcel, track),
        )
        track.subscription, track.problem = Subscription.SUBSCRIBED, None
    except AlreadySubscribed:
        track.subscription, track.problem = Subscription.SHARED, None
        _give_back(limit)
    except PartnerError as error:
        _note(track, error)
        if not error.retryable and not isinstance(error, Kuaidi100Misconfigured):
            track.subscription = Subscription.REFUSED
        if not error.may_have_happened:
            _give_back(limit)


def query(parcel: Parcel, track: Track) -> CourierList | None:
    """The courier's list of this moment; None: it has none, or the call failed, which *track* then says.

    :raises AskedLately: not yet again.
    """
    limit = Limit(id=query_id(track))
    _reserve_query(limit)
    try:
        told = kuaidi100.query(carrier=track.carrier, number=track.number, phone=_phone(parcel, track))
    except NoRecords:
        told = None
    except PartnerError as error:
        _note(track, error)
        if not error.may_have_happened and error.retryable:
            with Transaction() as tx:
                tx.delete(limit)
        return None
    track.problem, track.heard_at = None, clock.now()
    return told


def ticket_of(parcel: Parcel) -> str:
    """What a callback brings back: the order, the parcel, the version of its waybill, sealed."""
    text = f"{parcel.order_id} {parcel.id} {parcel.version}"
    seal = _seal("ticket", text, settings().session_secret)
    return base64.urlsafe_b64encode(f"{text} {seal}".encode()).decode().rstrip("=")


def salt_of(ticket: str) -> str:
    """The salt with which Kuaidi100 signs what it says of one parcel. Derived, never stored, never logged."""
    return _seal("salt", ticket, settings().session_secret)


def read_ticket(ticket: str) -> CallbackTicket:
    """What :func:`ticket_of` sealed, also with the secret before this one. :raises ForgedCallback: it did not."""
    try:
        plain = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True).decode("ascii")
        text, _, seal = plain.rpartition(" ")
        order_id, parcel_id, version = text.split(" ")
    except (binascii.Error, ValueError):
        raise ForgedCallback() from None
    for secret in settings().session_secrets:
        if hmac.compare_digest(seal, _seal("ticket", text, secret)):
            return CallbackTicket(order_id, parcel_id, int(version), salt=_seal("salt", ticket, secret))
    raise ForgedCallback()


def _seal(purpose: str, text: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"kuaidi100 {purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]


def _phone(parcel: Parcel, track: Track) -> str:
    """The last four digits of the receiver's phone, for couriers that tell only who knows them."""
    if not any(each.wants_phone for each in carriers.all_carriers().values() if each.kuaidi100 == track.carrier):
        return ""
    if parcel.phone_tail is not None:
        return parcel.phone_tail
    digits = "".join(c for c in orders.load(parcel.member_id, parcel.order_id).receiver.phone if c.isdigit())
    return digits[-4:] if len(digits) >= 4 else ""


def _note(track: Track, error: PartnerError) -> None:
    track.problem, track.problem_passes = error.partner_code or type(error).__name__, error.retryable
    log.warning("parcel not asked for", extra={"parcel_id": track.id, "problem": track.problem})


def _count_subscription(limit: Limit) -> None:
    _change(
        limit,
        Limit.used.add(1),
        Limit.expires_at.set(int((clock.now() + KEEP_COUNT).timestamp())),
        only_if=Limit.used.does_not_exist() | (Limit.used < MOST_SUBSCRIPTIONS),
        otherwise=LimitReached(),
    )


def _reserve_query(limit: Limit) -> None:
    now = clock.now()
    _change(
        limit,
        Limit.asked_at.set(now),
        Limit.expires_at.set(int((now + KEEP_QUERY).timestamp())),
        only_if=Limit.asked_at.does_not_exist() | (Limit.asked_at <= now - ASK_AGAIN_AFTER),
        otherwise=_asked_lately,
    )


def _asked_lately(old: dict[str, Any] | None) -> AskedLately:
    asked_at = datetime.fromisoformat(old["asked_at"]["S"]) if old else clock.now()
    return AskedLately(again_at=asked_at + ASK_AGAIN_AFTER)


def _change(limit: Limit, *actions: Any, only_if: Any, otherwise: DomainError | Callable[..., DomainError]) -> None:
    # A transaction of its own: the count stands whatever becomes of the reaction around it.
    with Transaction() as tx:
        tx.update(limit, actions, only_if=only_if, otherwise=otherwise)


def _give_back(limit: Limit) -> None:
    with Transaction() as tx:
        tx.update(limit, [Limit.used.add(-1)])
