"""Once: a command with the same Idempotency-Key is carried out once, and answers the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.tables import IntAttribute, Table, table_name
from chalicelib.core.transaction import Transaction

KEEP = timedelta(days=7)


class KeyReused(DomainError):
    code, status, message = "idempotency_key_reused", 409, "同一个请求编号不能用于不同的内容"


class Repeat(Exception):
    """The command was carried out before; *result* is the id it made."""

    def __init__(self, result: str) -> None:
        self.result = result


class _AlreadyClaimed(DomainError):
    """Carries the stored guard out of a transaction; never leaves this module's users."""

    code = "already_claimed"

    def __init__(self, fingerprint: str, result: str) -> None:
        super().__init__()
        self.fingerprint, self.result = fingerprint, result


class Guard(Table):
    """The memory of a command: who, which operation, which key → what it made."""

    class Meta:
        table_name = table_name("guards")

    id = UnicodeAttribute(hash_key=True)
    fingerprint = UnicodeAttribute()
    result = UnicodeAttribute()
    expires_at = IntAttribute()


class Once:
    """One command of one actor under one key.

    ``once = Once(buyer.member_id, "place_order", key, body)``; ``once.carry_out(act)`` gives what *act* makes, now or
    then; *act* writes in ``with once.writing(order_id) as tx``. Who reads :attr:`guard_id` in a batch of its own calls
    :meth:`recognize` with it, and catches :class:`Repeat`.
    """

    def __init__(self, actor_id: str, operation: str, key: str, request: BaseModel) -> None:
        self.guard_id = f"{actor_id}#{operation}#{key}"
        self.fingerprint = hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:32]

    def recall(self) -> None:
        """:raises Repeat: it was done. :raises KeyReused: the key was used for something else."""
        self.recognize(Guard.find(self.guard_id, consistent=True))

    def recognize(self, guard: Guard | None) -> None:
        """As :meth:`recall`, on a guard that was read already."""
        if guard is not None:
            raise self._verdict(guard.fingerprint, guard.result)

    def carry_out(self, act: Callable[[], str]) -> str:
        """*act*, unless it was done: the id that it made, now or then.

        :param act: writes with :meth:`writing`. :raises KeyReused: the key was used for something else.
        """
        try:
            self.recall()
            try:
                return act()
            except DomainError:
                self.recall()  # refused by what the same command, sent twice at once, has just taken?
                raise
        except Repeat as repeat:
            return repeat.result

    @contextmanager
    def writing(self, result: str) -> Iterator[Transaction]:
        """The transaction that makes *result*, once: the claim, then what the block adds.

        :raises Repeat: a twin was quicker; nothing was written. :raises KeyReused: and so was something else.
        """
        try:
            with Transaction() as tx:
                self.claim(tx, result)
                yield tx
        except DomainError as error:
            raise self.settle(error) from None

    def claim(self, tx: Transaction, result: str) -> None:
        """Add the guard to *tx*. Call it before the other writes: the first failed condition is the one raised."""
        guard = Guard(
            id=self.guard_id,
            fingerprint=self.fingerprint,
            result=result,
            expires_at=int((clock.now() + KEEP).timestamp()),
        )
        tx.put(guard, only_if=Guard.id.does_not_exist(), otherwise=_claimed)

    def settle(self, error: DomainError) -> Exception:
        """What to raise for *error*, which a transaction holding the claim raised."""
        if isinstance(error, _AlreadyClaimed):
            return self._verdict(error.fingerprint, error.result)
        return error

    def _verdict(self, fingerprint: str, result: str) -> Exception:
        return Repeat(result) if fingerprint == self.fingerprint else KeyReused()


def _claimed(old: Mapping[str, Any] | None) -> DomainError:
    old = old or {}
    return _AlreadyClaimed(old.get("fingerprint", {}).get("S", ""), old.get("result", {}).get("S", ""))
