"""Pieces of an import in the work bucket: the file as it came, its records, the good ones among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.catalog.formats.schemas import Issue, Record
from chalicelib.mall.catalog.imports.models import Import


class PieceMissing(Exception):
    """A piece is gone: pieces expire after seven days."""


def file_key(job: Import) -> str:
    """Where the file is uploaded to."""
    return f"tmp/imports/{job.id}/file"


def read_file(job: Import) -> bytes:
    """The file as it came. :raises PieceMissing:"""
    return _get(file_key(job))


def write(job: Import, kind: str, number: int, records: Sequence[Record]) -> None:
    """Keep the records of chunk *number* (*kind*: ``all`` or ``good``), whole or not at all."""
    lines = (json.dumps(_plain(record), separators=(",", ":")) for record in records)
    storage.put(Bucket.WORK, _key(job, kind, number), "\n".join(lines).encode(), "application/jsonl")


def read(job: Import, kind: str, number: int) -> list[Record]:
    """The records of a chunk. :raises PieceMissing:"""
    found = []
    for line in _get(_key(job, kind, number)).decode().split("\n"):
        if line:
            each = json.loads(line)
            each["issues"] = [Issue(**issue) for issue in each["issues"]]
            found.append(Record(**each))
    return found


def _plain(record: Record) -> dict[str, Any]:
    return {**vars(record), "issues": [vars(issue) for issue in record.issues]}


def _key(job: Import, kind: str, number: int) -> str:
    return f"tmp/imports/{job.id}/{kind}-{number:05d}"


def _get(key: str) -> bytes:
    content = storage.get(Bucket.WORK, key)
    if content is None:
        raise PieceMissing(key)
    return content
