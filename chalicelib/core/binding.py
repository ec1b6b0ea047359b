"""From a request to a view's arguments. What does not fit is refused here, before the view runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from chalicelib.core.errors import BadRequest, DomainError, Invalid, NotFound
from chalicelib.core.operations import (
    Actor,
    BodyTooLarge,
    IdempotencyKey,
    Operation,
    Request,
    UnsupportedMediaType,
    unwrap,
)

MAX_BODY = 256 * 1024
MAX_PATH_VALUE = 128


def arguments(operation: Operation, request: Request, path: Mapping[str, str], actor: Actor | None) -> dict[str, Any]:
    arguments: dict[str, Any] = {name: _path_value(path[name]) for name in operation.path_names}
    if operation.actor_parameter:
        arguments[operation.actor_parameter] = actor
    if operation.request_parameter:
        arguments[operation.request_parameter] = request
    try:
        if operation.query:
            arguments["query"] = operation.query.model_validate(_query_values(operation.query, request.query))
        if operation.body:
            arguments["body"] = _body(operation, request)
    except ValidationError as error:
        # Only here: a model that the view itself can not build is our fault, not the caller's.
        raise _explain(error) from None
    if operation.key_parameter:
        arguments[operation.key_parameter] = _idempotency_key(request)
    return arguments


def actor_of(operation: Operation, request: Request) -> Actor | None:
    if operation.actor is None or (operation.actor_optional and request.bearer is None):
        return None
    return operation.actor.authenticate(request, operation.permission)


def _path_value(value: str) -> str:
    # Longer than any id of ours, or not text: no such thing, and never a key for DynamoDB.
    if len(value) > MAX_PATH_VALUE or any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in value):
        raise NotFound()
    return value


def _query_values(model: type[BaseModel], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, texts in given.items():
        known = model.model_fields.get(name)
        if known is not None and get_origin(unwrap(known.annotation)[0]) is list:
            values[name] = [part for text in texts for part in text.split(",") if part]
        else:
            values[name] = texts[-1] if texts else ""
    return values


def _body(operation: Operation, request: Request) -> BaseModel:
    assert operation.body is not None
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind not in operation.content_types:
        raise UnsupportedMediaType(accepted=list(operation.content_types))
    if len(request.body) > MAX_BODY:
        raise BodyTooLarge(limit=MAX_BODY)
    # Strict: true is not 1 fen, and "100" is a mistake that its sender should hear of. Times are texts in JSON anyway.
    return operation.body.model_validate_json(request.body, strict=True)


def _idempotency_key(request: Request) -> IdempotencyKey:
    key = request.headers.get("idempotency-key", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,64}", key):
        raise Invalid(errors=[{"field": "Idempotency-Key", "issue": "8 to 64 letters, digits, - or _ are required"}])
    return IdempotencyKey(key)


def _explain(error: ValidationError) -> DomainError:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    if any(each["type"] == "json_invalid" for each in errors):
        return BadRequest()
    return Invalid(errors=[{"field": ".".join(map(str, each["loc"])), "issue": each["msg"]} for each in errors[:20]])
