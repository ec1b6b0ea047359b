"""Every operation of the OpenAPI document, asked with good and bad data as everyone who may ask.

No 5xx, no status, content type or body that the document does not tell. The examples are the same on each
run; ``make fuzz`` draws more and other ones.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib import wiring
from chalicelib.core import openapi
from infra.local.gateway import Gateway
from infra.local.partners import Partners
from tests.fuzz.shop import Shop, open_shop
from tests.harness import Client, Cloud, MovableClock

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
#: Who may do something is asked more than who is turned away at the door.
ALLOWED, TURNED_AWAY = EXAMPLES or 20, EXAMPLES or 2

DOCUMENT = openapi.document(wiring.operations(), title="fuzzed", version="1")
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [each.ok() for each in SCHEMA.get_all_operations()]
SCHEMES = {(each.method, each.path): each.actor.scheme if each.actor else "anonymous" for each in wiring.operations()}
_shops: list[Shop] = []


def wsgi(gateway: Gateway) -> Callable[..., Iterable[bytes]]:
    """The laptop's API Gateway as schemathesis can call it."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = [
            (name[5:].replace("_", "-").title(), value) for name, value in environ.items() if name.startswith("HTTP_")
        ]
        if environ.get("CONTENT_TYPE"):
            headers.append(("Content-Type", environ["CONTENT_TYPE"]))
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        target = environ["REQUEST_URI"].partition("?")[0] + "?" + environ["QUERY_STRING"]
        answer = gateway.request(environ["REQUEST_METHOD"], target, headers, body)
        start_response(f"{answer.status} -", answer.headers)
        return io.BytesIO(answer.body)

    return app


@pytest.fixture
def shop(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Any) -> Shop:
    if not _shops:
        _shops.append(open_shop(http, cloud.memory, partners, drain))
    _shops[0].restore(cloud.memory, partners)
    return _shops[0]


@pytest.mark.parametrize("actor", ["anonymous", "buyer", "staff"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_no_answer_that_the_document_does_not_tell(operation: Any, actor: str, shop: Shop, _gateway: Gateway) -> None:
    may = SCHEMES[operation.method.upper(), operation.path] in (actor, "anonymous")
    if actor != "anonymous" and SCHEMES[operation.method.upper(), operation.path] == "anonymous":
        pytest.skip("asks nobody who they are")
    operation.schema.app = app = wsgi(_gateway)
    headers = {"Authorization": f"Bearer {shop.tokens[actor]}"} if actor in shop.tokens else {}

    @settings(
        max_examples=ALLOWED if may else TURNED_AWAY,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(st.data())
    def probe(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if data.draw(st.sampled_from([True, True, True, False])):
            _fill_in(case, shop, data)
        case.validate_response(case.call(app=app, headers=headers), checks=CHECKS)

    probe()


def _fill_in(case: Any, shop: Shop, data: st.DataObject) -> None:
    """Things that exist, where *case* names things."""
    for part in (case.path_parameters, case.query):
        if isinstance(part, dict):
            part.update(_known(part, shop, data))
    if isinstance(case.body, (dict, list)):
        case.body = _known(case.body, shop, data)


def _known(value: Any, shop: Shop, data: st.DataObject) -> Any:
    if isinstance(value, dict):
        return {
            name: data.draw(st.sampled_from(shop.known[name])) if shop.known.get(name) else _known(each, shop, data)
            for name, each in value.items()
        }
    return [_known(each, shop, data) for each in value] if isinstance(value, list) else value
