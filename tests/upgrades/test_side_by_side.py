"""Two releases run side by side while one follows the other: each reads what the other writes.

``<release>.json`` holds items and messages as that release wrote them, and the shape of all its tables and events.
Forward: this release reads those items and messages. Back: the old release can read what this one writes, because all
that it counts on is still written, in the same type.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import aws, events
from chalicelib.core.settings import settings
from chalicelib.core.tables import DocumentAttribute
from infra.local.cloud import Template
from tests.harness import Cloud
from tests.upgrades import releases

Document = dict[str, Any]
RELEASES = sorted(Path(__file__).parent.glob("*.json"))
HELP = "docs/deploying.md, schema rules. Before the first release: make policies RELEASE={} records it anew"


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def release(request: pytest.FixtureRequest) -> Document:
    found: Document = json.loads(request.param.read_text(encoding="utf-8"))
    return {**found, "help": HELP.format(request.param.stem)}


def _models(table: str) -> list[Any]:
    name = settings().table_prefix + table
    return [each for each in releases.models() if each.Meta.table_name == name]


def test_there_is_a_release_and_it_holds_something() -> None:
    assert RELEASES
    for path in RELEASES:
        found = json.loads(path.read_text(encoding="utf-8"))
        assert len(found["items"]) > 20
        assert len(found["messages"]) > 10


def test_this_release_reads_the_old_items(release: Document, cloud: Cloud) -> None:
    """Through DynamoDB, by key; what is read is what was written."""
    releases.shapes()
    unread = []
    for table, items in release["items"].items():
        for raw in items:
            aws.client("dynamodb").put_item(TableName=settings().table_prefix + table, Item=raw)
            if not any(_reads(model, raw) for model in _models(table)):
                unread.append(f"{table}: {json.dumps(raw, ensure_ascii=False)[:300]}")
    assert unread == [], release["help"]


def _reads(model: Any, raw: Document) -> bool:
    hash_key, range_key = (raw[name]["S"] if name else None for name in (model._hash_keyname, model._range_keyname))
    try:
        again = _whole(model.get(hash_key, range_key))
    except Exception:
        return False
    known = {each.attr_name for each in model.get_attributes().values()}
    return all(_same(again.get(name), value) for name, value in raw.items() if name in known)


def _whole(item: Any) -> Document:
    """As it would be stored, with the fields that a sparse document leaves out."""
    stored: Document = item.serialize()
    for name, attribute in type(item).get_attributes().items():
        if isinstance(attribute, DocumentAttribute) and (value := getattr(item, name)) is not None:
            stored[attribute.attr_name] = {"S": attribute.adapter.dump_json(value).decode()}
    return stored


def _same(ours: Any, theirs: Any) -> bool:
    """A document may have grown fields with defaults: those that it had are the same."""
    if ours is None or ours == theirs:
        return bool(ours == theirs) or theirs == {"NULL": True}
    try:
        return _holds(json.loads(ours["S"]), json.loads(theirs["S"]))
    except (KeyError, TypeError, ValueError):
        return False


def _holds(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return all(key in ours and _holds(ours[key], value) for key, value in theirs.items())
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(_holds, ours, theirs))
    return bool(ours == theirs)


def test_this_release_reads_the_old_messages(release: Document, _app: Any) -> None:
    """The event is known, the payload fits, and whoever was to hear it still does."""
    releases.shapes()
    queues = {
        each.properties["QueueName"].removeprefix(settings().table_prefix)
        for each in Template.read(settings().region).resources("AWS::SQS::Queue")
    }
    for name, body in release["messages"].items():
        message = json.loads(body)
        subscriber = events.subscriber(name)
        assert subscriber.queue in queues
        event = subscriber.kind.model_validate(message["payload"])
        assert type(event).__name__ == message["event"], release["help"]
        assert _holds(json.loads(event.model_dump_json()), message["payload"]), release["help"]


def test_the_old_release_reads_what_this_one_stores(release: Document) -> None:
    """What it could not do without is still written, and nothing that it knows has another type."""
    now, wrong = releases.shapes()["tables"], []
    for model, attributes in release["shapes"]["tables"].items():
        for name, (kind, may_be_missing) in attributes.items():
            found = now.get(model, {}).get(name)
            if found is None:
                if not may_be_missing:
                    wrong.append(f"{model}.{name} is no longer written")
            elif found[0] != kind:
                wrong.append(f"{model}.{name} was {kind} and is {found[0]}")
            elif found[1] and not may_be_missing:
                wrong.append(f"{model}.{name} may now be missing")
    assert wrong == [], release["help"]


def test_the_old_release_reads_what_this_one_sends(release: Document) -> None:
    now = releases.shapes()["events"]
    wrong = [
        f"{event}.{name} is no longer sent"
        for event, fields in release["shapes"]["events"].items()
        for name, required in fields.items()
        if required and name not in now.get(event, {})
    ]
    # A message of the old release lacks what is new: new fields have defaults.
    wrong += [
        f"{event}.{name} has no default"
        for event, fields in now.items()
        for name, required in fields.items()
        if required and event in release["shapes"]["events"] and name not in release["shapes"]["events"][event]
    ]
    assert wrong == [], release["help"]


def test_old_code_ignores_what_it_does_not_know() -> None:
    """Attributes of a newer release do not disturb a model, nor fields an event: both ways rest on it."""
    from chalicelib.core.outbox import Watermark

    raw = {"id": {"S": "x"}, "swept_to": {"S": "2026-11-24T06:27:01.123456Z"}, "of_tomorrow": {"S": "?"}}
    assert Watermark.from_raw_data(raw).id == "x"
    releases.shapes()
    for kind in events.all_kinds():
        if kind.__module__.startswith("chalicelib."):
            assert kind.model_config["extra"] == "ignore", kind
