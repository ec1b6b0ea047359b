"""Ids: a prefix that tells the kind, then 26 characters that sort by time of birth."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from chalicelib.core import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u


def new(prefix: str) -> str:
    """``ord_01jd…``: 48 bits of milliseconds, then 80 random bits (the ULID layout)."""
    milliseconds = int(clock.now().timestamp() * 1000)
    return f"{prefix}_{_encode((milliseconds << 80) | secrets.randbits(80))}"


def first_at(prefix: str, at: datetime) -> str:
    """Sorts before every id that :func:`new` gives at that time or later, and after all earlier ones."""
    return f"{prefix}_{_encode(int(at.timestamp() * 1000) << 80)}"


def derive(prefix: str, *parts: str) -> str:
    """The same id for the same parts, for ever: what makes a repeat find the first one. Does not sort."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{_encode(int.from_bytes(digest[:16], 'big'))}"


def number() -> str:
    """A number that people read out: 20 digits that sort by time, not guessable from their neighbors.

    Business date (6), millisecond of that day (8), random (6): two are the same only if they are born in the
    same millisecond and draw the same of a million.
    """
    now, today = clock.now(), clock.today()
    milliseconds = int((now - clock.day_start(today)).total_seconds() * 1000)
    return f"{today:%y%m%d}{milliseconds:08d}{secrets.randbelow(10**6):06d}"


def _encode(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
