"""A table in files, and files in a table: JSON Lines of ``{"Item": <DynamoDB JSON>}``, as AWS's own export writes them.

Both go on where they were broken off. An export is not one moment: what changes while it runs is in it or not
(for one moment there is point-in-time recovery). A restore puts back what is missing, and leaves alone what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from infra.ops.console import Console
from infra.ops.target import Refused, Target

MANIFEST, RESTORED = "manifest.json", "restored.json"
_BLOCK, _WORKERS = 100, 8
Document = dict[str, Any]


def export(target: Target, console: Console, name: str, directory: Path, segments: int) -> Document:
    """Every item of a table, read in parallel. :returns: the manifest. :raises Refused: another export is there."""
    table = target.table(name)
    keys = _keys(target, table)
    manifest = _read(directory / MANIFEST) or {"table": table, "keys": keys, "segments": segments, "complete": False}
    if (manifest["table"], manifest["segments"]) != (table, segments):
        raise Refused(f"{directory} holds an export of {manifest['table']} in {manifest['segments']} segments")
    if manifest["complete"]:
        raise Refused(f"{directory} holds a complete export of {manifest['at']}: choose another directory")
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / MANIFEST, manifest)
    with ThreadPoolExecutor(segments) as pool:
        running = [pool.submit(_segment, target, table, number, segments, directory) for number in range(segments)]
        while not all(each.done() for each in running):
            time.sleep(0.05)
            console.progress(f"{_counted(directory, segments)} items")
        files = [each.result() for each in running]
    manifest |= {"complete": True, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "files": files,
                 "items": sum(each["items"] for each in files)}  # fmt: skip
    _write(directory / MANIFEST, manifest)
    console.progress(f"{manifest['items']} items in {directory}", last=True)
    return manifest


def _segment(target: Target, table: str, number: int, of: int, directory: Path) -> Document:
    """One segment to its end. The mark is written after the lines it speaks of: what lies beyond it is cut off."""
    path, mark = directory / f"segment-{number}.jsonl", directory / f"segment-{number}.mark.json"
    at = _read(mark) or {"bytes": 0, "items": 0, "start": None, "done": False}
    with path.open("ab") as file:
        file.truncate(at["bytes"])
        while not at["done"]:
            page = target.client("dynamodb").scan(
                TableName=table,
                Segment=number,
                TotalSegments=of,
                ConsistentRead=True,
                **({"ExclusiveStartKey": at["start"]} if at["start"] else {}),
            )
            for item in page["Items"]:
                file.write(json.dumps({"Item": item}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            start = page.get("LastEvaluatedKey")
            at = {"bytes": file.tell(), "items": at["items"] + len(page["Items"]), "start": start, "done": not start}
            _write(mark, at)
    return {"name": path.name, "items": at["items"], "sha256": _digest(path)}


def _counted(directory: Path, segments: int) -> int:
    marks = [_read(directory / f"segment-{number}.mark.json") for number in range(segments)]
    return sum(mark["items"] for mark in marks if mark)


def restore(
    target: Target,
    console: Console,
    directory: Path,
    *,
    into: str = "",
    per_second: float = 50,
    overwrite: bool = False,
) -> Document:
    """Put back what is missing (*overwrite*: everything, as it was). :returns: how many were put and how many kept.

    :raises Refused: no complete export there, a file was changed, or the table has other keys.
    """
    manifest = _checked(directory)
    table = target.table(into) if into else manifest["table"]
    if _keys(target, table) != manifest["keys"]:
        raise Refused(f"{table} has other keys than the export: {', '.join(manifest['keys'])}")
    what = "overwrite" if overwrite else "put what is missing of"
    if not console.may_change(target, f"{what} {manifest['items']} items of {manifest['at']} into {table}"):
        return {"put": 0, "kept": 0}
    done = _read(directory / RESTORED) or {"table": table, "lines": 0, "put": 0, "kept": 0}
    if done["table"] != table:
        raise Refused(f"{directory} is being restored into {done['table']}: delete {RESTORED} to begin anew")
    lines = islice(_lines(directory, manifest), done["lines"], None)
    with ThreadPoolExecutor(_WORKERS) as pool:
        while block := list(islice(lines, _BLOCK)):
            begun = time.monotonic()
            put = sum(pool.map(lambda item: _put(target, table, manifest["keys"], item, overwrite), block))
            done |= {"lines": done["lines"] + len(block), "put": done["put"] + put,
                     "kept": done["kept"] + len(block) - put}  # fmt: skip
            _write(directory / RESTORED, done)
            console.progress(f"{done['lines']} of {manifest['items']}")
            time.sleep(max(0.0, len(block) / per_second - (time.monotonic() - begun)))
    (directory / RESTORED).unlink(missing_ok=True)
    console.progress(f"{done['put']} put, {done['kept']} were there and were kept", last=True)
    return {"put": done["put"], "kept": done["kept"]}


def _checked(directory: Path) -> Document:
    manifest = _read(directory / MANIFEST)
    if not manifest or not manifest["complete"]:
        raise Refused(f"no complete export in {directory}")
    for each in manifest["files"]:
        if _digest(directory / each["name"]) != each["sha256"]:
            raise Refused(f"{each['name']} is not what was exported")
    return manifest


def _lines(directory: Path, manifest: Document) -> Iterator[Document]:
    for each in manifest["files"]:
        with (directory / each["name"]).open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["Item"]


def _put(target: Target, table: str, keys: list[str], item: Document, overwrite: bool) -> bool:
    dynamodb = target.client("dynamodb")
    condition = {} if overwrite else {
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": keys[0]},
    }  # fmt: skip
    try:
        dynamodb.put_item(TableName=table, Item=item, **condition)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def upload(target: Target, console: Console, directory: Path, url: str) -> None:
    """The files of a complete export to ``s3://bucket/prefix``; the manifest last."""
    manifest, (bucket, prefix) = _checked(directory), _place(url)
    for name in [*(each["name"] for each in manifest["files"]), MANIFEST]:
        target.client("s3").upload_file(str(directory / name), bucket, f"{prefix}/{name}")
        console.say(f"  s3://{bucket}/{prefix}/{name}")


def download(target: Target, url: str, directory: Path) -> None:
    """The files of an export from ``s3://bucket/prefix``; what is there already is left."""
    bucket, prefix = _place(url)
    directory.mkdir(parents=True, exist_ok=True)
    s3 = target.client("s3")
    s3.download_file(bucket, f"{prefix}/{MANIFEST}", str(directory / MANIFEST))
    for each in (_read(directory / MANIFEST) or {}).get("files", ()):
        if not (directory / each["name"]).exists():
            s3.download_file(bucket, f"{prefix}/{each['name']}", str(directory / each["name"]))


def _place(url: str) -> tuple[str, str]:
    bucket, _, prefix = url.removeprefix("s3://").strip("/").partition("/")
    if not url.startswith("s3://") or not prefix:
        raise Refused(f"{url}: s3://bucket/prefix")
    return bucket, prefix


def _keys(target: Target, table: str) -> list[str]:
    dynamodb = target.client("dynamodb")
    try:
        schema = dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]
    except dynamodb.exceptions.ResourceNotFoundException:
        raise Refused(f"no table {table}") from None
    return [each["AttributeName"] for each in sorted(schema, key=lambda each: each["KeyType"])]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> Document | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _write(path: Path, document: Document) -> None:
    """Whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    new.replace(path)
