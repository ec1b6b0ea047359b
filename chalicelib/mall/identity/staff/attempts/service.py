"""The lock-out: five failures in a row, fifteen minutes of silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.transaction import Transaction, witnessed_by
from chalicelib.mall.identity.staff.attempts.models import Attempts
from chalicelib.mall.identity.staff.errors import LoginLocked

LIMIT = 5
PAUSE = timedelta(minutes=15)
_ROUNDS = 3


class _Counting(DomainError):
    """A count is running. Never leaves this module."""

    code = "counting"


def charge(account_id: str) -> None:
    """Count a try *before* it is judged: a hundred guesses at once get five answers.

    :raises LoginLocked: the last :data:`LIMIT` failed, the last of them within :data:`PAUSE`.
    """
    with witnessed_by(None):  # counting is no change that the operation log wants
        for _ in range(_ROUNDS):
            try:
                _start(account_id)
                return
            except _Counting as running:
                if _continue(account_id, running.details["failures"]):
                    return
    raise TooBusy()


def forgive(tx: Transaction, account_id: str) -> None:
    """Add to *tx*: the try succeeded, nothing is held against that name."""
    tx.delete(Attempts(id=account_id))


def _start(account_id: str) -> None:
    now = int(clock.now().timestamp())
    first = Attempts(id=account_id, failures=1, expires_at=now + int(PAUSE.total_seconds()))
    with Transaction() as tx:
        tx.put(first, only_if=Attempts.id.does_not_exist() | (Attempts.expires_at <= now), otherwise=_counting)


def _continue(account_id: str, failures: int) -> bool:
    """One more, if nobody else counted meanwhile."""
    if failures >= LIMIT:
        raise LoginLocked()
    now = int(clock.now().timestamp())
    try:
        with Transaction() as tx:
            tx.update(
                Attempts(id=account_id),
                [Attempts.failures.add(1), Attempts.expires_at.set(now + int(PAUSE.total_seconds()))],
                only_if=(Attempts.failures < LIMIT) & (Attempts.expires_at > now),
                otherwise=_counting,
            )
    except _Counting:
        return False
    return True


def _counting(old: Mapping[str, Any] | None) -> DomainError:
    return _Counting(failures=int(old["failures"]["N"]) if old else 0)
