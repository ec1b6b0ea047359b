"""The transaction: writes of any feature, all or nothing, each with its own refusal.

``with Transaction() as tx:`` collects; the end of the block sends one ``TransactWriteItems``.
A block that raises writes nothing. See docs/architecture.md for the rules.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import aws, events, ids, metrics, outbox
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.tables import Key, Table, identity

log = logging.getLogger(__name__)

Otherwise = DomainError | Callable[[dict[str, Any] | None], DomainError]

MAX_WRITES = 100
RETRIES = 3
_CONTENTION = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
# botocore has repeated these already, with pauses of seconds: once more here would outlast the request.
_THROTTLED = {"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}

_witness: ContextVar[Callable[[Transaction], None] | None] = ContextVar("witness", default=None)


@contextmanager
def witnessed_by(witness: Callable[[Transaction], None] | None) -> Iterator[None]:
    """Every transaction committed inside also holds what *witness* adds: the staff's operation log."""
    token = _witness.set(witness)
    try:
        yield
    finally:
        _witness.reset(token)


@dataclass(frozen=True)
class _Write:
    kind: str
    request: dict[str, Any]
    identity: tuple[str, Key]
    otherwise: Otherwise | None
    is_mark: bool = False


class Transaction:
    """Collects writes; :meth:`commit` runs at the end of the ``with`` block."""

    def __init__(self) -> None:
        self._writes: list[_Write] = []
        self._events: list[tuple[events.Event, datetime | None]] = []

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()

    def put(self, item: Table, *, only_if: Condition | None = None, otherwise: Otherwise | None = None) -> None:
        """Write *item* whole."""
        request = item.get_save_kwargs_from_instance(condition=only_if)
        self._add("Put", item, request, only_if, otherwise)

    def update(
        self,
        item: Table,
        actions: Sequence[Action],
        *,
        only_if: Condition | None = None,
        otherwise: Otherwise | None = None,
    ) -> None:
        """Change attributes of the item that has *item*'s keys (the rest of *item* is ignored)."""
        if not actions:
            raise ValueError("an update that changes nothing: a check says what it means")
        request = item.get_update_kwargs_from_instance(list(actions), condition=only_if)
        request.pop("ReturnValues", None)
        self._add("Update", item, request, only_if, otherwise)

    def delete(self, item: Table, *, only_if: Condition | None = None, otherwise: Otherwise | None = None) -> None:
        """Remove the item that has *item*'s keys."""
        request = item.get_delete_kwargs_from_instance(condition=only_if)
        self._add("Delete", item, request, only_if, otherwise)

    def check(self, item: Table, *, only_if: Condition, otherwise: Otherwise) -> None:
        """Write nothing, but refuse everything unless *only_if* holds for the item with *item*'s keys."""
        request = item.get_delete_kwargs_from_instance(condition=only_if)
        self._add("ConditionCheck", item, request, only_if, otherwise)

    def mark(self, item: Table, *, only_if: Condition, otherwise: DomainError) -> None:
        """Write *item* whole, the sign that something was done: who finds it there has nothing left to do.

        Where it is the only write, it is a plain one, for half of the units. Its answer may be lost and the repeat
        be refused, which for such a sign says the truth.
        """
        self._add("Put", item, item.get_save_kwargs_from_instance(condition=only_if), only_if, otherwise, is_mark=True)

    def emit(self, event: events.Event, *, at: datetime | None = None) -> None:
        """Announce *event* with these writes: now, or at the time *at*."""
        self._events.append((event, at))

    def _add(
        self,
        kind: str,
        item: Table,
        request: dict[str, Any],
        only_if: Condition | None,
        otherwise: Otherwise | None,
        *,
        is_mark: bool = False,
    ) -> None:
        if (only_if is None) != (otherwise is None):
            raise ValueError("a condition and the refusal raised when it fails go together")
        if callable(otherwise):
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        key = identity(item)
        if any(write.identity == key for write in self._writes):
            raise ValueError(f"two writes on one item: {key}")
        if len(self._writes) == MAX_WRITES:
            raise ValueError(f"more than {MAX_WRITES} writes in one transaction")
        self._writes.append(_Write(kind, request, key, otherwise, is_mark))

    def commit(self) -> None:
        """Send all writes at once, then what became due. Called by the ``with`` block.

        :raises DomainError: the refusal of the first write whose condition failed; nothing was written.
        :raises TooBusy: contention did not end; nothing was written.
        """
        witness = _witness.get()
        if witness and (self._writes or self._events):
            witness(self)
        due = self._store_events()
        if [write.is_mark for write in self._writes] == [True]:
            self._put_mark(self._writes[0])
        elif self._writes:
            self._send()
        metrics.announced(event for event, _ in self._events)
        self._writes, self._events = [], []
        _deliver(due)

    def _store_events(self) -> list[outbox.OutboxItem]:
        due = []
        for event, at in self._events:
            if not events.subscribers_of(type(event)):
                continue
            item = outbox.item(ids.new("evt"), event, at)
            self._add("Put", item, item.get_save_kwargs_from_instance(), None, None)
            if at is None:
                due.append(item)
        return due

    def _send(self) -> None:
        request = {
            "TransactItems": [{write.kind: write.request} for write in self._writes],
            # The same token on every try: if the answer to a commit was lost, the repeat is harmless.
            "ClientRequestToken": str(uuid4()),
        }
        for attempt in range(RETRIES + 1):
            if attempt:
                part_ways(attempt)
            try:
                aws.client("dynamodb").transact_write_items(**request)
                return
            except ClientError as error:
                self._judge(error)
        raise TooBusy()

    def _put_mark(self, write: _Write) -> None:
        try:
            aws.client("dynamodb").put_item(**write.request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException" and isinstance(write.otherwise, DomainError):
                raise write.otherwise from None
            if code in _THROTTLED or code == "TransactionConflictException":
                raise TooBusy() from error
            raise

    def _judge(self, error: ClientError) -> None:
        """Return when trying again may help; raise otherwise."""
        code = error.response["Error"]["Code"]
        if code in _THROTTLED:
            raise TooBusy() from error
        if code != "TransactionCanceledException":
            # Also TransactionInProgressException: a first try may still be committing, so "too busy,
            # nothing was written" would be a guess.
            raise error
        reasons = error.response.get("CancellationReasons") or []
        for write, reason in zip(self._writes, reasons, strict=False):
            if reason.get("Code") == "ConditionalCheckFailed" and write.otherwise is not None:
                refusal = write.otherwise
                raise (refusal(reason.get("Item")) if callable(refusal) else refusal) from None
        codes = {reason.get("Code") for reason in reasons} - {"None", None}
        if not codes or not codes <= _CONTENTION:
            raise error


def part_ways(attempt: int) -> None:
    """Wait a random moment before try *attempt* (1, 2, ...), a longer one each time: who collided shall not again."""
    time.sleep(random.uniform(0, 0.05 * 2**attempt))


def write_alone(item: Table, actions: Sequence[Action], *, only_if: Condition, otherwise: Otherwise) -> None:
    """One conditional update by itself, for an item that thousands want to change: half of a transaction's units, and
    never canceled by another's.

    Its answer may be lost and the repeat be refused: the condition must know what it wrote, and *otherwise*, which is
    given the item as it is, must tell it from a refusal.

    :raises DomainError: the refusal; nothing was written. :raises TooBusy: throttled; nothing was written.
    """
    request = item.get_update_kwargs_from_instance(list(actions), condition=only_if)
    request.pop("ReturnValues", None)
    if callable(otherwise):
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    try:
        aws.client("dynamodb").update_item(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            old: dict[str, Any] | None = error.response.get("Item")
            raise (otherwise(old) if callable(otherwise) else otherwise) from None
        if code in _THROTTLED or code == "TransactionConflictException":
            raise TooBusy() from error
        raise


def _deliver(due: list[outbox.OutboxItem]) -> None:
    if not due:
        return
    try:
        outbox.send(due)
    except Exception:
        # Whatever it was, the writes stand, and the caller must not believe otherwise. The events are
        # stored: the sweep sends them within two minutes.
        log.warning("events left to the sweep", extra={"events": [item.id for item in due]}, exc_info=True)
