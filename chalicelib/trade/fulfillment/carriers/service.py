"""Couriers: who they are, whose number it may be. See docs/algorithms/delivery.md, "Couriers"."""

from __future__ import annotations

import re
import time
import unicodedata
from threading import Lock

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.carriers.errors import (
    CarrierOff,
    CarrierUnknown,
    TooManyCarriers,
    TrackingNumberInvalid,
)
from chalicelib.trade.fulfillment.carriers.models import BUILT_IN, MALL, Carrier, CarrierOverride

KEEP_SECONDS = 60.0
MAX_CARRIERS = 200
_lock = Lock()
_kept: tuple[float, dict[str, Carrier]] | None = None


def all_carriers(*, fresh: bool = False) -> dict[str, Carrier]:
    """Every courier by code, those switched off too; a copy that is at most a minute old, unless *fresh*."""
    global _kept
    # Real time, not the mall's clock: this is about how long a process keeps a copy.
    kept = _kept
    if fresh or kept is None or time.monotonic() - kept[0] > KEEP_SECONDS:
        found = {each.code: each for each in BUILT_IN}
        found |= {each.code: each.carrier for each in CarrierOverride.query(MALL, consistent_read=True)}
        kept = (time.monotonic(), found)
        with _lock:
            _kept = kept
    return kept[1]


def forget() -> None:
    """Drop what is kept: after a change, and between tests."""
    global _kept
    with _lock:
        _kept = None


def carrier(code: str) -> Carrier:
    """The courier of that code, switched off or not: old parcels name it. :raises CarrierUnknown:"""
    found = all_carriers().get(code)
    if found is None:
        raise CarrierUnknown()
    return found


def named(text: str) -> Carrier:
    """The courier that people call *text*: code, name or another name. :raises CarrierUnknown:"""
    wanted = unicodedata.normalize("NFKC", text).strip().lower()
    # The code first: no other courier's nickname takes it away.
    found = all_carriers().get(wanted) or next((e for e in all_carriers().values() if wanted in e.names), None)
    if found is None:
        raise CarrierUnknown()
    return found


def plain(number: str) -> str:
    """A tracking number as the mall keeps it: half-width, capitals, no blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", number)).upper()


def checked(code: str, number: str) -> tuple[Carrier, str]:
    """The courier and the plain number, fit for a new parcel.

    :raises CarrierUnknown, CarrierOff, TrackingNumberInvalid:
    """
    courier, number = carrier(code), plain(number)
    if not courier.enabled:
        raise CarrierOff(name=courier.name)
    if not courier.accepts(number):
        raise TrackingNumberInvalid(name=courier.name)
    return courier, number


def guess(number: str) -> list[Carrier]:
    """Whose number it may be, the most particular form first. An offer: many forms are several couriers'."""
    number = plain(number)
    fitting = [
        (min(form.rank for form in each.forms if form.fits(number)), each)
        for each in all_carriers().values()
        if each.enabled and each.accepts(number)
    ]
    return [each for _, each in sorted(fitting, key=lambda pair: pair[0])]


def save(wanted: Carrier) -> None:
    """Edit or add a courier. Parcels already shipped show the new name. :raises TooManyCarriers:"""
    known = all_carriers(fresh=True)
    if wanted.code not in known and len(known) >= MAX_CARRIERS:
        raise TooManyCarriers(limit=MAX_CARRIERS)
    with Transaction() as tx:
        tx.put(CarrierOverride(mall=MALL, code=wanted.code, carrier=wanted, updated_at=clock.now()))
    forget()
