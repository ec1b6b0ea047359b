"""Hashing and comparing passwords. argon2 is loaded at the first use: requests of buyers never need it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# Nobody's: compared with where there is no account, so that a known name takes no longer than an unknown one.
DECOY = "$argon2id$v=19$m=19456,t=2,p=1$313aITs2OJCAc3NFOh6K6A$ZFClDPpMH8Jzehfg1ECdPm6de8Bw+mT/b6hBNOg8zL0"


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    # OWASP Password Storage Cheat Sheet: m = 19 MiB, t = 2, p = 1.
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hashed(password: str) -> str:
    """What is stored of *password*."""
    return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether *password* is the one of *stored*; None takes as long and is False."""
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(stored or DECOY, password) and stored is not None
    except VerifyMismatchError:
        return False


def is_outdated(stored: str) -> bool:
    """Whether *stored* was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(stored)
