"""moto made fit to be trusted: linearizable, quick in transactions, idempotent by token, and strict.

moto as shipped oversells under threads (its actions are not atomic), copies every touched table per
transaction, ignores ``ClientRequestToken``, and accepts what DynamoDB refuses. This leans on moto's
insides: the version is pinned, and a canary test fails when one of these patches stops applying.
"""

from __future__ import annotations

import copy
import functools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core import responses as moto_responses
from moto.core.responses import ActionResult
from moto.core.serialize import ResponseSerializer
from moto.core.utils import unix_time_millis
from moto.dynamodb.exceptions import DynamodbException, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.s3.responses import S3Response
from moto.sqs.models import Queue, SQSBackend

from infra.local import strictness

LOCK = threading.RLock()
TOKEN_SECONDS = 600
_CHECKED = [
    "put_item",
    "get_item",
    "update_item",
    "delete_item",
    "query",
    "scan",
    "create_table",
    "update_table",
    "batch_get_item",
    "batch_write_item",
    "transact_get_items",
    "transact_write_items",
]
_in_transaction = threading.local()
_query = threading.local()
_tokens: dict[tuple[str, str], tuple[float, str]] = {}
_installed = False


def install() -> None:
    """Patch moto, once in a process."""
    global _installed
    if _installed:
        return
    _installed = True
    DynamoHandler.call_action = _one_at_a_time(DynamoHandler.call_action)
    S3Response.key_response = _one_at_a_time(S3Response.key_response)  # two puts of one key: a closed file
    DynamoDBBackend.transact_write_items = _with_undo_log(DynamoDBBackend.transact_write_items)
    Table.__deepcopy__ = _copy_unless_in_transaction
    DynamoHandler.transact_write_items = _once_per_token(DynamoHandler.transact_write_items)
    for action in _CHECKED:
        setattr(DynamoHandler, action, _strict(action, getattr(DynamoHandler, action)))
    Table.query = _in_its_partition(Table.query)
    Table.all_items = _items_asked_for(Table.all_items)
    ResponseSerializer.get_value = _plain_attributes(ResponseSerializer.get_value)
    moto_responses.method_names_from_class = functools.cache(moto_responses.method_names_from_class)
    moto_responses.camelcase_to_underscores = functools.cache(moto_responses.camelcase_to_underscores)
    Queue.delete_message = _holding_the_queue(Queue.delete_message)
    Queue.messages = property(_deliverable)
    Queue.approximate_number_of_messages_delayed = property(_delayed)
    Queue.approximate_number_of_messages_not_visible = property(_in_flight)
    SQSBackend.receive_message = _receive_atomically(SQSBackend.receive_message)


def forget_tokens() -> None:
    """Between tests: no transaction has been seen."""
    _tokens.clear()


def _one_at_a_time(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def locked(*args: Any, **kwargs: Any) -> Any:
        with LOCK:
            return call(*args, **kwargs)

    return locked


def _strict(action: str, run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(run)
    def checked(self: Any) -> Any:
        tables = self.dynamodb_backend.tables
        try:
            strictness.check(action, self.body, lambda name: _keys(tables[name]) if name in tables else None)
        except strictness.Refused as refusal:
            raise MockValidationException(str(refusal)) from None
        return run(self)

    return checked


@dataclass(frozen=True)
class _Keys:
    types: dict[str, str]
    table_key: tuple[str, ...]
    index_keys: dict[str, tuple[str, ...]]


def _keys(table: Any) -> _Keys:
    found: _Keys | None = table.__dict__.get("_siyu_keys")
    if found is None:
        found = table._siyu_keys = _Keys(
            types={each["AttributeName"]: each["AttributeType"] for each in table.attr},
            table_key=tuple(each["AttributeName"] for each in table.schema),
            index_keys={
                index.name: tuple(each["AttributeName"] for each in index.schema)
                for index in (*table.global_indexes, *table.indexes)
            },
        )
    return found


def _once_per_token(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(run)
    def transact_write_items(self: Any) -> Any:
        token = self.body.get("ClientRequestToken")
        if token is None:
            return run(self)
        key = (self.dynamodb_backend.region_name, token)
        content = json.dumps(self.body.get("TransactItems"), sort_keys=True, default=str)
        seen_at, seen = _tokens.get(key, (0.0, ""))
        if seen and time.monotonic() - seen_at < TOKEN_SECONDS:
            if seen != content:
                raise DynamodbException(
                    "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
                    "The provided client token is already in use with other parameters",
                )
            return ActionResult({"ConsumedCapacity": [], "ItemCollectionMetrics": {}})
        answer = run(self)
        _tokens[key] = (time.monotonic(), content)
        return answer

    return transact_write_items


def _copy_unless_in_transaction(self: Any, memo: dict[int, Any]) -> Any:
    if getattr(_in_transaction, "on", False):
        return self
    new = self.__class__.__new__(self.__class__)
    memo[id(self)] = new
    for name, value in self.__dict__.items():
        setattr(new, name, copy.deepcopy(value, memo))
    return new


def _with_undo_log(run: Callable[[Any, list[dict[str, Any]]], None]) -> Callable[[Any, list[dict[str, Any]]], None]:
    """A transaction keeps the touched items instead of a copy of every touched table."""

    @functools.wraps(run)
    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        undo = [step for item in transact_items if (step := _undo_step(self, item))]
        shards = [(table.stream_shard, len(table.stream_shard.items)) for table, *_ in undo if table.stream_shard]
        _in_transaction.on = True
        try:
            run(self, transact_items)
        except Exception:
            for table, hash_key, range_key, old in reversed(undo):
                _put_back(table, hash_key, range_key, old)
            for shard, length in shards:
                del shard.items[length:]
            raise
        finally:
            _in_transaction.on = False

    return transact_write_items


def _undo_step(backend: Any, item: dict[str, Any]) -> tuple[Any, Any, Any, Any] | None:
    kind, operation = next(iter(item.items()))
    table = backend.tables.get(operation.get("TableName"))
    if table is None:
        return None
    source = operation["Item"] if kind == "Put" else operation["Key"]
    hash_key = DynamoType(source[table.hash_key_attr])
    range_key = DynamoType(source[table.range_key_attr]) if table.range_key_attr else None
    held = table.items.get(hash_key)
    old = (held or {}).get(range_key) if table.has_range_key else held
    return table, hash_key, range_key, copy.deepcopy(old)


def _put_back(table: Any, hash_key: Any, range_key: Any, old: Any) -> None:
    if table.has_range_key:
        if old is None:
            table.items.get(hash_key, {}).pop(range_key, None)
        else:
            table.items[hash_key][range_key] = old
    elif old is None:
        table.items.pop(hash_key, None)
    else:
        table.items[hash_key] = old


def _in_its_partition(run: Callable[..., Any]) -> Callable[..., Any]:
    """A query sorts what it finds: moto would sort the whole table before it looks."""

    @functools.wraps(run)
    def query(
        self: Any,
        hash_key: Any,
        range_comparison: Any,
        range_objs: Any,
        limit: Any,
        exclusive_start_key: Any,
        scan_index_forward: Any,
        projection_expressions: Any,
        index_name: str | None = None,
        *rest: Any,
        **more: Any,
    ) -> Any:
        asked = (range_comparison, range_objs, limit, exclusive_start_key, scan_index_forward, projection_expressions)
        _query.partitions = self.items if index_name else {hash_key: self.items.get(hash_key)}
        try:
            return run(self, hash_key, *asked, index_name, *rest, **more)
        finally:
            _query.partitions = None

    return query


def _items_asked_for(run: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    @functools.wraps(run)
    def all_items(self: Any) -> list[Any]:
        partitions = getattr(_query, "partitions", None)
        if partitions is None:
            return run(self)
        held = [each for each in partitions.values() if each]
        return [item for each in held for item in each.values()] if self.has_range_key else held

    return all_items


def _plain_attributes(run: Callable[..., Any]) -> Callable[..., Any]:
    """An attribute value is a plain dict: moto would look for ten members of it under a dozen names each."""

    @functools.wraps(run)
    def get_value(self: Any, value: Any, key: str, shape: Any) -> Any:
        if type(value) is dict and shape.parent.name == "AttributeValue":
            return value.get(key)
        return run(self, value, key, shape)

    return get_value


def _holding_the_queue(run: Callable[..., Any]) -> Callable[..., Any]:
    # moto replaces the message list here: a message sent in between would be lost.
    @functools.wraps(run)
    def locked(self: Any, *args: Any) -> Any:
        with self._messages_lock:
            return run(self, *args)

    return locked


# Each message sent or received counts the whole queue: moto would read the clock twice for each message in it.
def _deliverable(queue: Any) -> list[Any]:
    now = unix_time_millis()
    return [each for each in queue._messages if each.visible_at < now and each.delayed_until <= now]


def _delayed(queue: Any) -> int:
    now = unix_time_millis()
    return sum(each.delayed_until > now for each in queue._messages)


def _in_flight(queue: Any) -> int:
    now = unix_time_millis()
    return sum(each.visible_at >= now for each in queue._messages)


def _receive_atomically(run: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Picks messages under the queue's lock and waits outside of it: no double picks, and waking at once."""

    @functools.wraps(run)
    def receive_message(
        self: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        *names: Any,
        **more: Any,
    ) -> list[Any]:
        queue, end = self.get_queue(queue_name), time.monotonic() + (wait_seconds_timeout or 0)
        while True:
            with queue._messages_lock:
                found = run(self, queue_name, count, 0, visibility_timeout, *names, **more)
            left = end - time.monotonic()
            if found or left <= 0:
                return found
            queue.wait_for_messages(min(1.0, left))

    return receive_message
