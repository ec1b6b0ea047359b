"""What stands before the mall: the REST API that Chalice makes, or an HTTP API with one route for everything."""

from __future__ import annotations

from typing import Any

from infra.build.target import AWS, BuildError
from infra.local.cloud import parse

Document = dict[str, Any]
REST, HTTP = FRONTS = ("rest", "http")
OVERLAY = AWS / "http.yaml"
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
