"""The OpenAPI document says what the routes do, all of it; the reference page shows it safely."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import ValidationError, create_model

from chalicelib.core import openapi, reference
from chalicelib.core.api import Api
from chalicelib.core.schemas import Schema
from tests.core import rooms
from tests.harness import Client


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document(rooms.api.operations, title="Rooms", version="1")


def statuses(document: dict[str, Any], method: str, path: str) -> list[int]:
    return sorted(map(int, document["paths"][path][method]["responses"]))


class TestDocument:
    def test_it_is_valid(self, document: dict[str, Any]) -> None:
        OpenAPIV31SpecValidator(document).validate()

    def test_an_empty_one_too(self) -> None:
        OpenAPIV31SpecValidator(openapi.document([], title="None", version="1")).validate()

    @pytest.mark.parametrize(
        ("method", "path", "wanted"),
        [
            ("get", "/rooms/{room_id}", [200, 404]),
            ("get", "/rooms/{room_id}/chairs/{chair_id}", [200, 401, 404, 409]),
            ("get", "/rooms", [200, 304, 422]),
            ("post", "/rooms", [201, 400, 401, 409, 413, 415, 422, 429, 503]),
            ("delete", "/rooms/{room_id}", [204, 401, 404, 409]),
            ("patch", "/rooms/{room_id}", [200, 400, 404, 409, 413, 415, 422]),
            ("put", "/admin/rooms/{room_id}", [200, 400, 401, 403, 404, 409, 413, 415, 422]),
            ("get", "/admin/rooms/{room_id}", [200, 401, 403, 404]),
            ("post", "/hooks/rooms", [200, 409]),
        ],
    )
    def test_every_status(self, document: dict[str, Any], method: str, path: str, wanted: list[int]) -> None:
        assert statuses(document, method, path) == wanted

    def test_every_operation_is_in(self, document: dict[str, Any]) -> None:
        found = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
        assert found == {(each.method, each.path) for each in rooms.api.operations}
        ids = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
        assert len(ids) == len(set(ids))

    def test_codes_of_a_status(self, document: dict[str, Any]) -> None:
        refused = document["paths"]["/rooms"]["post"]["responses"]["409"]
        assert refused["x-codes"] == ["taken", "too_busy"]
        assert refused["description"] == "Conflict: `taken`, `too_busy`"
        assert refused["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}

    def test_parameters(self, document: dict[str, Any]) -> None:
        posted = document["paths"]["/rooms"]["post"]["parameters"]
        assert [(each["name"], each["in"], each["required"]) for each in posted] == [
            ("Idempotency-Key", "header", True)
        ]
        asked = {each["name"]: each for each in document["paths"]["/rooms"]["get"]["parameters"]}
        assert asked.keys() == {"limit", "cursor", "color", "ids", "tags", "least"}
        assert asked["limit"]["schema"]["maximum"] == 100
        chair = document["paths"]["/rooms/{room_id}/chairs/{chair_id}"]["get"]["parameters"]
        assert {each["name"] for each in chair} == {"room_id", "chair_id"}
        assert all(each["required"] for each in chair)

    def test_security(self, document: dict[str, Any]) -> None:
        paths = document["paths"]
        assert document["components"]["securitySchemes"].keys() == {"guest", "worker"}
        assert "security" not in paths["/rooms"]["get"]
        assert paths["/rooms"]["post"]["security"] == [{"guest": []}]
        assert paths["/rooms/{room_id}/chairs/{chair_id}"]["get"]["security"] == [{}, {"guest": []}]
        assert paths["/admin/rooms/{room_id}"]["put"]["x-permission"] == "things.write"

    def test_prose_comes_from_docstrings(self, document: dict[str, Any]) -> None:
        shown = document["paths"]["/rooms/{room_id}"]["get"]
        assert shown["summary"] == "Show a room."
        assert shown["description"].startswith("The rest of the docstring")
        assert "description" not in document["paths"]["/rooms"]["get"]

    def test_unknown_fields_are_refused_on_paper_too(self, document: dict[str, Any]) -> None:
        assert document["components"]["schemas"]["Make"]["additionalProperties"] is False

    def test_the_order_is_stable(self) -> None:
        one = openapi.document(rooms.api.operations, title="t", version="1")
        two = openapi.document(reversed(rooms.api.operations), title="t", version="1")
        assert list(one["paths"]) == list(two["paths"])
        assert list(one["components"]["schemas"]) == list(two["components"]["schemas"])


class _Reader(HTMLParser):
    """Tags that were opened and text that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader


class TestPage:
    def test_it_shows_everything(self, document: dict[str, Any]) -> None:
        page = read(reference.render(document))
        text = " ".join(page.shown)
        for path in document["paths"]:
            assert path in text
        for wanted in ("Show a room.", "things.write", "Idempotency-Key", "409", "Make", "房间 Rooms <&>"):
            assert wanted in text
        ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
        links = [attributes["href"] for tag, attributes in page.tags if tag == "a" and attributes["href"]]
        assert {link[1:] for link in links if link and link.startswith("#")} <= ids, "no link leads nowhere"

    def test_nothing_comes_from_outside(self, document: dict[str, Any]) -> None:
        page = reference.render(document)
        assert "http://" not in page
        assert "https://" not in page
        assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in read(page).tags}

    def test_text_is_text(self) -> None:
        """Every string of the document, whatever it holds, is shown and not run."""
        evil = "<img src=x onerror=alert(1)>\"'&"

        def spoil(node: Any) -> Any:
            if isinstance(node, dict):
                return {key: value if key in {"openapi", "$ref", "in"} else spoil(value) for key, value in node.items()}
            return [spoil(each) for each in node] if isinstance(node, list) else evil if isinstance(node, str) else node

        document = spoil(openapi.document(rooms.api.operations, title="t", version="1"))
        document["components"]["schemas"][evil] = {"properties": {evil: {"enum": [evil]}}, "required": []}
        document["components"]["schemas"]["Other"] = {"oneOf": [{"$ref": f"#/x/{evil}"}]}
        page = reference.render(document)
        assert evil not in page
        assert "img" not in {tag for tag, _ in read(page).tags}


class TestRoutes:
    @pytest.fixture
    def http(self, serve: Callable[..., Client]) -> Client:
        return serve(reference.api(lambda: rooms.api.operations))

    def test_document_and_page_are_served(self, http: Client) -> None:
        found = http.get("/openapi.json")
        assert found.json["paths"].keys() == {each.path for each in rooms.api.operations}
        assert found.headers["cache-control"] == "public, max-age=300"
        page = http.get("/docs")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "Show a room." in page.text

    def test_made_at_the_first_request_and_once(self, serve: Callable[..., Client]) -> None:
        asked: list[int] = []
        http = serve(reference.api(lambda: asked.append(1) or rooms.api.operations))  # type: ignore[func-returns-value]
        assert asked == []
        for _ in range(3):
            http.get("/docs")
            http.get("/openapi.json")
        assert asked == [1]


def test_two_models_of_one_name_are_both_there() -> None:
    def numbered(number: int) -> Any:
        Same = create_model("Same", __base__=Schema, __module__=f"m{number}", **{f"value{number}": (int, 1)})  # noqa: N806

        def view(body: Any) -> Any:
            return body

        view.__module__ = f"m{number}"
        view.__annotations__ = {"body": Same, "return": Same}
        return view

    api = Api("same", title="Same")
    for number in (1, 2):
        api.post(f"/same/{number}")(numbered(number))
    document = openapi.document(api.operations, title="t", version="1")
    OpenAPIV31SpecValidator(document).validate()
    assert sum("Same" in name for name in document["components"]["schemas"]) == 2


def test_every_body_of_the_mall_has_an_example_that_fits() -> None:
    from chalicelib import wiring

    document = openapi.document(wiring.operations(), title="t", version="1")
    for operation in wiring.operations():
        if operation.body and "application/json" in operation.content_types:
            described = document["paths"][operation.path][operation.method.lower()]
            example = described["requestBody"]["content"]["application/json"]["example"]
            try:
                operation.body.model_validate_json(json.dumps(example))
            except ValidationError as error:
                raise AssertionError(f"{operation.method} {operation.path}: {example}\n{error}") from None
