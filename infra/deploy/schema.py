"""May the data stack change from one template to the other while the mall runs? The rules of docs/deploying.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
_TABLE, _QUEUE, _BUCKET = "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::S3::Bucket"
_NAMES = {_TABLE: "TableName", _QUEUE: "QueueName", _BUCKET: "BucketName"}


def forbidden(old: Document, new: Document) -> Iterator[str]:
    """What *new* would do to *old* that a running mall does not survive."""
    after = new["Resources"]
    for name, before in old["Resources"].items():
        if before["Type"] not in _NAMES:
            continue
        if name not in after:
            yield f"{name} is gone: what the previous release still uses stays for one more release"
            continue
        was, becomes = before["Properties"], after[name]["Properties"]
        key = _NAMES[before["Type"]]
        if was.get(key) != becomes.get(key):
            yield f"{name}: a new {key} makes a new, empty one"
        if before["Type"] == _TABLE:
            yield from _table(name, was, becomes)


def _table(name: str, was: Document, becomes: Document) -> Iterator[str]:
    if was["KeySchema"] != becomes["KeySchema"]:
        yield f"{name}: other keys make a new, empty table: make another table, fill it, then move"
    types, new_types = _types(was), _types(becomes)
    if changed := sorted(each for each in types.keys() & new_types.keys() if types[each] != new_types[each]):
        yield f"{name}: {', '.join(changed)} of another type"
    before, after = _indexes(was), _indexes(becomes)
    for index in sorted(before.keys() & after.keys()):
        if before[index] != after[index]:
            yield f"{name}: index {index} changed in place: add one of another name, drop the old one a release later"
    if moved := sorted(before.keys() ^ after.keys())[1:]:
        yield f"{name}: DynamoDB makes or drops one index at a time; for another release: {', '.join(moved)}"
    ttl, new_ttl = (each.get("TimeToLiveSpecification", {}).get("AttributeName") for each in (was, becomes))
    if ttl and new_ttl and ttl != new_ttl:
        yield f"{name}: time to live moves to another attribute in two releases: off, then on"


def _types(table: Document) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}


def _indexes(table: Document) -> dict[str, Any]:
    every = [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]
    return {each["IndexName"]: (each["KeySchema"], each["Projection"]) for each in every}
