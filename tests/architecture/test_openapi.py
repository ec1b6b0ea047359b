"""docs/openapi.json is what the routes say, and a sound OpenAPI document."""

from __future__ import annotations

import json
import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.local import openapi

COPY = openapi.COPY


def test_the_copy_is_current() -> None:
    assert openapi.text() == COPY.read_text(encoding="utf-8"), "make openapi"


def test_the_copy_is_sound() -> None:
    document = json.loads(COPY.read_text(encoding="utf-8"))
    OpenAPIV31SpecValidator(document).validate()
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', COPY.read_text(encoding="utf-8")))
    assert references <= set(document["components"]["schemas"])
