"""What Kuaidi100 tells, typed and bounded. Its own words are many and loose: what is not understood is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

MAX_ENTRIES = 100
MAX_TEXT = 200
_CHINA = ZoneInfo("Asia/Shanghai")  # its times have no zone and are Beijing's


class State(StrEnum):
    """Where a number is, in Kuaidi100's sense."""

    MOVING = "moving"
    COLLECTED = "collected"
    PROBLEM = "problem"
    SIGNED = "signed"
    RETURNED = "returned"
    DELIVERING = "delivering"
    RETURNING = "returning"
    FORWARDED = "forwarded"
    CUSTOMS = "customs"
    REFUSED = "refused"
    UNKNOWN = "unknown"


_STATES = {
    "0": State.MOVING,
    "1": State.COLLECTED,
    "2": State.PROBLEM,
    "3": State.SIGNED,
    "4": State.RETURNED,
    "5": State.DELIVERING,
    "6": State.RETURNING,
    "7": State.FORWARDED,
    "8": State.CUSTOMS,
    "14": State.REFUSED,
    "": State.UNKNOWN,
}
_FINER = {"103": State.COLLECTED, **dict.fromkeys(("1001", "1002", "1003"), State.MOVING)}


class Entry(BaseModel):
    """One line of the courier: when, what, where."""

    at: datetime
    text: str
    area: str = ""


class CourierList(BaseModel):
    """All that the courier has written of a number, newest first."""

    carrier: str = ""
    """Kuaidi100's code of the courier."""
    number: str = ""
    state: State = State.UNKNOWN
    entries: list[Entry] = []


class Watching(StrEnum):
    """What becomes of a subscription."""

    POLLING = "polling"
    SHUTDOWN = "shutdown"
    """The number has come to its end: no more callbacks."""
    ABORT = "abort"
    """Nothing for three days, or no change for sixty: no more callbacks."""
    UPDATEALL = "updateall"


class Callback(BaseModel):
    """What a callback tells. ``carrier``: the courier it really is, when ours was wrong."""

    watching: Watching
    message: str = ""
    carrier: str | None = None
    told: CourierList | None = None


def state_of(code: object) -> State:
    """A basic code; of the finer ones (which we do not order) those whose family is certain: ``301`` is a ``3``."""
    text = str(code or "0").strip()
    return _STATES.get(text) or _FINER.get(text) or _STATES[text[0] if re.fullmatch(r"[235]\d\d", text) else ""]


def courier_list(document: Mapping[str, Any]) -> CourierList:
    """The list in a query's answer or a callback's ``lastResult``, cut to the newest hundred lines."""
    rows = document.get("data")
    found = [entry for row in (rows if isinstance(rows, list) else []) if (entry := _entry(row))]
    # The courier's order is kept within a second; the same line twice is one line.
    unique = list({(entry.at, entry.text): entry for entry in found}.values())
    unique.sort(key=lambda entry: entry.at, reverse=True)
    return CourierList(
        carrier=_text(document.get("com"), 32).lower(),
        number=_text(document.get("nu"), 40),
        state=state_of(document.get("state")),
        entries=unique[:MAX_ENTRIES],
    )


def callback(document: Mapping[str, Any]) -> Callback:
    """A callback's ``param``. :raises ValueError: an unknown ``status``."""
    last = document.get("lastResult")
    corrected = str(document.get("autoCheck")) == "1" and _text(document.get("comNew"), 32).lower()
    return Callback(
        watching=Watching(str(document.get("status"))),
        message=_text(document.get("message"), MAX_TEXT),
        carrier=corrected or None,
        told=courier_list(last) if isinstance(last, Mapping) else None,
    )


def _entry(row: object) -> Entry | None:
    if not isinstance(row, Mapping):
        return None
    try:
        at = datetime.fromisoformat(str(row.get("time") or row.get("ftime")))
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=_CHINA)
    if not 2000 <= at.year < 2100:
        return None
    text = _text(row.get("context"), MAX_TEXT)
    return Entry(at=at.astimezone(UTC), text=text, area=_text(row.get("areaName"), 40)) if text else None


def _text(value: object, longest: int) -> str:
    """One line of *value*, at most *longest* characters, without half surrogates that UTF-8 can not hold."""
    line = "".join(c if c.isprintable() else " " for c in str(value or ""))
    return line.strip()[:longest]
