"""What DynamoDB refuses and moto would let through: checked on every call, with DynamoDB's own words.

It sits at moto's front door (:mod:`infra.local.moto_hardening`), so the refusal comes back over the
wire as a real ``ValidationException``, on the laptop as in the tests. One rule is the house's own:
numbers are whole, because every number of the mall is fen, pieces or seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

Body = Mapping[str, Any]
_EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_MAX_EXPRESSION = 4096
_MAX_OPERANDS = 100
_MAX_BATCH = 25
_MAX_TRANSACTION = 4 * 1024 * 1024
_TOKEN = re.compile(r"[:#][A-Za-z0-9_]+")
_IN = re.compile(r"\bIN\s*\(([^)]*)\)", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    r"(?P<name>#?[A-Za-z0-9_]+)\s*=\s*(?P<value>:[A-Za-z0-9_]+)(?=\s*(?:,|$|REMOVE|ADD|DELETE|SET))"
)
_INDEX_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")


class Refused(Exception):
    """DynamoDB would answer ``ValidationException`` with this message."""


class TableKeys(Protocol):
    """What the checks need to know of a table."""

    types: Mapping[str, str]  # key attribute (of the table or an index) → S, N or B
    table_key: tuple[str, ...]
    index_keys: Mapping[str, tuple[str, ...]]


def check(action: str, body: Body, keys_of: Callable[[str], TableKeys | None]) -> None:
    """Refuse *body* of *action* (``put_item``...) when DynamoDB would.

    :param keys_of: table name → its keys; None for a table that does not exist.
    :raises Refused: with DynamoDB's message.
    """
    for operation in _operations(action, body):
        _check_placeholders(operation)
        _check_expressions(operation)
        _check_numbers(operation)
        if keys := keys_of(operation.get("TableName", "")):
            _check_index_keys(operation, keys)
            if action in ("query", "scan"):
                _check_page(operation, keys)
            if action == "query":
                _check_filter(operation, keys)
    if action in _SIZES:
        _SIZES[action](body)
    if action in ("create_table", "update_table"):
        _check_index_names(body)


def _operations(action: str, body: Body) -> Iterator[Body]:
    """The single operations of a call, each with its TableName."""
    if action == "transact_write_items":
        for entry in body.get("TransactItems", ()):
            yield from entry.values()
    elif action == "transact_get_items":
        for entry in body.get("TransactItems", ()):
            yield entry["Get"]
    elif action == "batch_write_item":
        for table, entries in body.get("RequestItems", {}).items():
            for entry in entries:
                for operation in entry.values():
                    yield {**operation, "TableName": table}
    elif action == "batch_get_item":
        for table, entry in body.get("RequestItems", {}).items():
            yield {**entry, "TableName": table}
    elif action in ("put_item", "get_item", "update_item", "delete_item", "query", "scan"):
        yield body


def _check_placeholders(operation: Body) -> None:
    text = " ".join(_expressions(operation))
    used = set(_TOKEN.findall(text))
    for key in ("ExpressionAttributeValues", "ExpressionAttributeNames"):
        given = operation.get(key)
        if given is None:
            continue
        if not given:
            raise Refused(f"{key} must not be empty")
        if not text.strip():
            raise Refused(f"{key} can only be specified when using expressions")
        if unused := sorted(given.keys() - used):
            kind = "Value" if key.endswith("Values") else "Name"
            raise Refused(f"{kind} provided in {key} unused in expressions: keys: {{{', '.join(unused)}}}")


def _expressions(operation: Body) -> list[str]:
    return [operation[name] for name in _EXPRESSIONS if operation.get(name)]


def _check_expressions(operation: Body) -> None:
    for text in _expressions(operation):
        if len(text.encode()) > _MAX_EXPRESSION:
            raise Refused(
                f"Expression size has exceeded the maximum allowed size; expression size: {len(text.encode())}"
            )
        for operands in _IN.findall(text):
            if operands.count(",") + 1 > _MAX_OPERANDS:
                raise Refused(
                    "Invalid ConditionExpression: The IN operator is provided with too many operands; "
                    f"number of operands: {operands.count(',') + 1}"
                )


def _check_numbers(operation: Body) -> None:
    for key in ("Item", "Key", "ExpressionAttributeValues", "ExclusiveStartKey"):
        for text in _numbers(operation.get(key) or {}):
            _check_number(text)


def _numbers(attributes: Mapping[str, Any]) -> Iterator[str]:
    for value in attributes.values():
        yield from _numbers_in(value)


def _numbers_in(value: Mapping[str, Any]) -> Iterator[str]:
    ((kind, content),) = value.items()
    if kind == "N":
        yield content
    elif kind == "NS":
        yield from content
    elif kind == "M":
        yield from _numbers(content)
    elif kind == "L":
        for each in content:
            yield from _numbers_in(each)


def _check_number(text: str) -> None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Refused("A value provided cannot be converted into a number") from None
    if not number.is_finite():
        raise Refused("A value provided cannot be converted into a number")
    # Not normalize(): it would round to the context's precision first.
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > 38:
        raise Refused("Attempting to store more than 38 significant digits in a Number")
    if number and not -130 <= number.adjusted() <= 125:
        raise Refused("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if number != number.to_integral_value():
        raise Refused(f"{text}: the house stores whole numbers only (fen, pieces, basis points, seconds)")


def _check_index_keys(operation: Body, keys: TableKeys) -> None:
    written = dict(operation.get("Item") or {})
    if update := operation.get("UpdateExpression"):
        names, values = (
            operation.get("ExpressionAttributeNames") or {},
            operation.get("ExpressionAttributeValues") or {},
        )
        for found in _ASSIGNMENT.finditer(update):
            if found["value"] in values:
                written[names.get(found["name"], found["name"])] = values[found["value"]]
    for index, attributes in keys.index_keys.items():
        for name in attributes:
            if name in written:
                _check_index_key(index, name, written[name], keys.types[name])


def _check_index_key(index: str, name: str, value: Mapping[str, Any], wanted: str) -> None:
    ((kind, content),) = value.items()
    if kind != wanted:
        raise Refused(
            "One or more parameter values were invalid: "
            f"Type mismatch for Index Key {name} Expected: {wanted} Actual: {kind} IndexName: {index}"
        )
    if content in ("", b""):
        raise Refused(
            "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
            "The AttributeValue for a key attribute cannot contain an empty string value. "
            f"IndexName: {index}, IndexKey: {name}"
        )


def _check_page(operation: Body, keys: TableKeys) -> None:
    limit = operation.get("Limit")
    if limit is not None and limit < 1:
        raise Refused(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )
    start = operation.get("ExclusiveStartKey")
    if start is None:
        return
    index = operation.get("IndexName")
    wanted = {*keys.table_key, *(keys.index_keys.get(index, ()) if index else ())}
    if start.keys() != wanted or any(next(iter(value)) != keys.types[name] for name, value in start.items()):
        raise Refused("The provided starting key is invalid")


def _check_filter(operation: Body, keys: TableKeys) -> None:
    text = operation.get("FilterExpression")
    if not text:
        return
    index = operation.get("IndexName")
    primary = keys.index_keys.get(index, ()) if index else keys.table_key
    names = operation.get("ExpressionAttributeNames") or {}
    mentioned = {
        names.get(token, token) for token in re.findall(r"#?[A-Za-z_][A-Za-z0-9_]*", re.sub(r":\w+", "", text))
    }
    for name in primary:
        if name in mentioned:
            raise Refused(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _check_batch_write(body: Body) -> None:
    if sum(map(len, body.get("RequestItems", {}).values())) > _MAX_BATCH:
        raise Refused("Too many items requested for the BatchWriteItem call")


def _check_transaction(body: Body) -> None:
    # DynamoDB counts items and keys; the request's JSON is a little larger, so this errs on the strict side.
    if len(json.dumps(body, default=str)) > _MAX_TRANSACTION:
        raise Refused("Member must have length less than or equal to 4194304: the transaction is over 4 MB")


_SIZES: Mapping[str, Callable[[Body], None]] = {
    "batch_write_item": _check_batch_write,
    "transact_write_items": _check_transaction,
}


def _check_index_names(body: Body) -> None:
    indexes: Iterable[Body] = [*(body.get("GlobalSecondaryIndexes") or ()), *(body.get("LocalSecondaryIndexes") or ())]
    for index in indexes:
        if not _INDEX_NAME.fullmatch(index["IndexName"]):
            raise Refused(
                f"Invalid index name '{index['IndexName']}': 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.'"
            )
