"""The OpenAPI 3.1 document, made from the routes and their models, so that it can not be wrong for long."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from chalicelib.core import examples
from chalicelib.core.errors import DomainError
from chalicelib.core.operations import Operation, RawResponse, is_model

REF = "#/components/schemas/{model}"
INTRODUCTION = """\
The API of a private-domain mall. Amounts are whole fen (CNY 0.01), times are RFC 3339 in UTC.

* Buyers: `POST /sessions` with a `wx.login` code gives the bearer token of the `buyer` scheme.
* Staff: `POST /admin/sessions` gives the bearer token of the `staff` scheme; each route names its permission.
* Every refusal is `{code, message, details, request_id}`: `code` for programs, `message` (Chinese) for people.
* Lists answer `{items, cursor}`; a cursor asks for the next part of the same list.
* What is the same for everybody may be kept as long as its `Cache-Control` says; `If-None-Match` asks whether it holds.
* What takes money or stock wants an `Idempotency-Key`: the same key and body give the same answer.
"""
ERROR = {
    "type": "object",
    "required": ["code", "message", "details", "request_id"],
    "properties": {
        "code": {"type": "string", "examples": ["out_of_stock"]},
        "message": {"type": "string", "examples": ["库存不足"]},
        "details": {"type": "object"},
        "request_id": {"type": "string"},
    },
}


def document(operations: Iterable[Operation], *, title: str, version: str) -> dict[str, Any]:
    """The whole document, in a stable order."""
    listed = sorted(operations, key=lambda each: (each.path, each.method))
    modes: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for each in listed:
        for model in (each.body, each.query):
            if model:
                modes[(model, "validation")] = None
        if is_model(each.returns):
            modes[(each.returns, "serialization")] = None
    names, definitions = models_json_schema(list(modes), ref_template=REF, schema_generator=_Described)
    schemas = definitions.get("$defs", {})
    schemas["Error"] = ERROR
    paths: dict[str, Any] = {}
    for each in listed:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, names, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": INTRODUCTION},
        "tags": [{"name": tag} for tag in dict.fromkeys(sorted(each.tag for each in listed))],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                scheme: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
                for scheme in sorted({each.actor.scheme for each in listed if each.actor})
            },
        },
    }


class _Described(GenerateJsonSchema):
    """Fields without another description have the string that stands under them in the source."""

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        described = super().model_schema(schema)
        for name, text in _field_docstrings(schema["cls"]).items():
            if name in described.get("properties", {}):
                described["properties"][name].setdefault("description", text)
        return described


def _field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel and "[" not in each.__name__:
            found |= _docstrings(_source(each))
    return found


def _source(model: type[BaseModel]) -> list[ast.stmt]:
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    except (OSError, TypeError):
        return []  # made while running, or shipped without sources: described by less
    return tree.body if isinstance(tree, ast.ClassDef) else []


def _docstrings(body: list[ast.stmt]) -> dict[str, str]:
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _operation(each: Operation, names: dict[Any, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    summary, _, rest = inspect.cleandoc(each.view.__doc__ or each.view.__name__).partition("\n")
    described: dict[str, Any] = {
        "operationId": f"{each.view.__module__.removeprefix('chalicelib.').replace('.', '_')}_{each.view.__name__}",
        "summary": summary.strip(),
        "tags": [each.tag],
        "parameters": _parameters(each, names, schemas),
        "responses": _responses(each, names),
    }
    if rest.strip():
        described["description"] = rest.strip()
    if each.permission:
        described["x-permission"] = each.permission
    if each.actor:
        required: list[dict[str, list[str]]] = [{each.actor.scheme: []}]
        described["security"] = [{}, *required] if each.actor_optional else required
    if each.body:
        schema = names[(each.body, "validation")]
        content = {kind: {"schema": schema, "example": examples.of(schema, schemas)} for kind in each.content_types}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(each: Operation, names: dict[Any, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 128}}
        for name in each.path_names
    ]
    if each.key_parameter:
        schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": schema})
    if each.query:
        model = schemas[names[(each.query, "validation")]["$ref"].rsplit("/", 1)[1]]
        for name, schema in model.get("properties", {}).items():
            required = name in model.get("required", [])
            found.append({"name": name, "in": "query", "required": required, "schema": schema})
    return found


def _responses(each: Operation, names: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if is_model(each.returns):
        schema = names[(each.returns, "serialization")]
        responses[str(each.status)] = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    elif each.returns is RawResponse:
        responses[str(each.status)] = {"description": "OK"}
    else:
        responses["204"] = {"description": "Done"}
    if each.cache_seconds:
        responses["304"] = {"description": "Not Modified: the answer whose `ETag` came as `If-None-Match` still holds"}
    by_status: dict[int, list[type[DomainError]]] = {}
    for error in each.errors:
        by_status.setdefault(error.status, []).append(error)
    for status, errors in sorted(by_status.items()):
        codes = sorted({error.code for error in errors})
        example = {"code": codes[0], "message": errors[0].message, "details": {}, "request_id": "req_…"}
        described = {"schema": {"$ref": REF.format(model="Error")}, "example": example}
        responses[str(status)] = {
            "description": f"{HTTPStatus(status).phrase}: " + ", ".join(f"`{code}`" for code in codes),
            # A partner is answered in its own words: see the hook's description.
            "content": {"application/json": {"schema": {}} if each.path.startswith("/hooks/") else described},
            "x-codes": codes,
        }
    return responses
