"""What stands before the mall: the REST API that Chalice makes, or an HTTP API with one route for everything."""

from __future__ import annotations

import json
import re
from typing import Any

from chalicelib.core.front import STAFF, resource_of
from infra.build.target import AWS, BuildError
from infra.local.cloud import parse

Document = dict[str, Any]
REST, HTTP = FRONTS = ("rest", "http")
OVERLAY = AWS / "http.yaml"
METHODS = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
#: What there is for a REST API only; the domain is the same for both.
_RESOURCES = ("RestAPI", "APIHandlerInvokePermission", "DomainMapping", "Firewall", "FirewallAssociation")
_OUTPUTS = ("EndpointURL", "RestAPIId")
_PARAMETERS = ("Waf", "RequestsPerAddress")
_CONDITIONS = ("Walled",)


def overlay(parameters: dict[str, str]) -> Document:
    """:raises BuildError: the stage wants what an HTTP API has not."""
    if parameters.get("Waf") == "true":
        raise BuildError("the firewall (Waf) stands before a REST API only: front is rest, or Waf is false")
    found: Document = parse(OVERLAY.read_text(encoding="utf-8"))
    return found


def without_rest(document: Document) -> Document:
    """The template without what belongs to the REST API."""
    gone = {"Resources": _RESOURCES, "Outputs": _OUTPUTS, "Parameters": _PARAMETERS, "Conditions": _CONDITIONS}
    kept = {
        section: {name: each for name, each in document[section].items() if name not in names}
        for section, names in gone.items()
    }
    return {**document, **kept}


def gathered(template: Document) -> Document:
    """Chalice's template, in which the REST API hands over the staff's routes by one greedy resource.

    Which of them there are, the app knows: API Gateway need not, and has room for 300 path nodes only.
    """
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    paths: Document = {}
    for path, methods in definition["paths"].items():
        if resource_of(path) == path:
            paths[path] = methods
        else:
            # They are alike but for their methods and captures, and so are the answers to a browser's OPTIONS.
            paths.setdefault(STAFF, {}).update(_greedy(methods))
    definition["paths"] = paths
    return template


def _greedy(methods: Document) -> Document:
    captured = [{"name": "proxy", "in": "path", "required": True, "type": "string"}]
    made: Document = {}
    for name, each in methods.items():
        if name == "options":
            made[name] = _for_any_method({**each, "parameters": captured})
        else:
            made["x-amazon-apigateway-any-method"] = {**each, "parameters": captured}
    return made


def _for_any_method(options: Document) -> Document:
    text = json.dumps(options)
    return json.loads(re.sub(r"'[A-Z,]*OPTIONS[A-Z,]*'", f"'{','.join(METHODS)}'", text))  # type: ignore[no-any-return]
