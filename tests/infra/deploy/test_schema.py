"""The rules of schema changes, as the deployment applies them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.schema import forbidden
from infra.local.cloud import DATA_TEMPLATE, parse

Document = dict[str, Any]
Change = Callable[[Document], Any]


@pytest.fixture(scope="module")
def data() -> Document:
    return parse(Path(DATA_TEMPLATE).read_text(encoding="utf-8"))


def told(data: Document, change: Change) -> list[str]:
    changed = copy.deepcopy(data)
    change(changed["Resources"])
    return list(forbidden(data, changed))


def index(name: str) -> Document:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": "staff_id", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def operations(resources: Document) -> Document:
    found: Document = resources["OperationsTable"]["Properties"]
    return found


ALLOWED: dict[str, Change] = {
    "nothing": lambda r: None,
    "another table": lambda r: r.update(New=copy.deepcopy(r["InboxTable"])),
    "another queue": lambda r: r.update(New=copy.deepcopy(r["PaymentsQueue"])),
    "one index more": lambda r: operations(r)["GlobalSecondaryIndexes"].append(index("new")),
    "one index less": lambda r: operations(r)["GlobalSecondaryIndexes"].pop(),
    "time to live, where there was none": lambda r: operations(r).update(
        TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
    ),
    "an alarm less": lambda r: r.pop("PaymentsDeadAlarm"),
    "a longer visibility": lambda r: r["PaymentsQueue"]["Properties"].update(VisibilityTimeout=900),
}
FORBIDDEN: dict[str, tuple[Change, str]] = {
    "a table less": (lambda r: r.pop("OperationsTable"), "OperationsTable is gone"),
    "a queue less": (lambda r: r.pop("PaymentsQueue"), "PaymentsQueue is gone"),
    "another name": (lambda r: operations(r).update(TableName="x"), "a new TableName"),
    "another key": (lambda r: operations(r)["KeySchema"].pop(), "other keys"),
    "another type": (lambda r: operations(r)["AttributeDefinitions"][2].update(AttributeType="N"), "of another type"),
    "an index changed": (
        lambda r: operations(r)["GlobalSecondaryIndexes"][0]["Projection"].update(ProjectionType="KEYS_ONLY"),
        "changed in place",
    ),
    "two indexes at once": (
        lambda r: operations(r)["GlobalSecondaryIndexes"].extend([index("new"), index("newer")]),
        "one index at a time",
    ),
    "an index for another": (
        lambda r: operations(r)["GlobalSecondaryIndexes"].__setitem__(0, index("new")),
        "one index at a time",
    ),
    "another time to live": (
        lambda r: r["InboxTable"]["Properties"]["TimeToLiveSpecification"].update(AttributeName="x"),
        "off, then on",
    ),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_what_a_running_mall_survives(data: Document, what: str) -> None:
    assert told(data, ALLOWED[what]) == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_it_does_not(data: Document, what: str) -> None:
    change, why = FORBIDDEN[what]
    found = told(data, change)
    assert len(found) == 1, found
    assert why in found[0]
