"""Examples for the API reference, composed from the examples that the fields themselves give.

A field with a pattern names an example of its own (``Field(examples=[…])``); a test holds every composed
body against its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BY_FORMAT = {"date": "2026-11-24", "date-time": "2026-11-24T10:00:00Z", "uri": "https://mall.example/a.png"}
_TEXT = "示例文字"


def of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value that fits *schema*; *schemas* resolves its references."""
    # A field's own example before that of the kind of thing it is.
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return of(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    for key in ("default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return of(next(each for each in schema[key] if each.get("type") != "null"), schemas)
    return _by_type(schema, schemas)


def _by_type(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas)
        case "array":
            return [of(schema.get("items", {}), schemas)] * max(schema.get("minItems", 1), 1)
        case "integer" | "number":
            return max(schema.get("minimum", 1), min(1, schema.get("maximum", 1)))
        case "boolean":
            return True
        case _:
            return _BY_FORMAT.get(schema.get("format", ""), _TEXT[: schema.get("maxLength", len(_TEXT))])


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """What is required, and what gives an example of its own."""
    required = schema.get("required", [])
    properties = schema.get("properties", {})
    return {
        name: of(each, schemas)
        for name, each in properties.items()
        if name in required or "examples" in each or not required
    }
