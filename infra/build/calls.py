"""infra/aws/calls.txt: which function makes which call on what. Recorded from the tests by ``make policies``.

A line is ``function service:Action resource``, with the short names of infra/aws/data.yaml (``orders``,
``orders/by_member``, ``reactions``, ``media``). Actions are IAM's: a transaction is its single writes, a signed URL is
the call that its holder makes in our name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.build.target import AWS

FILE = AWS / "calls.txt"
_HEAD = (
    "# function action resource. Made by `make policies` from the calls that the tests saw; roles are made from it.\n"
)
_ITEMS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_S3 = {
    "CreateBucket": "PutObject",  # as which botocore signs the form of an upload; the mall makes no bucket
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",  # and GetObject of its source, which the same function reads anyway
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "CopyObject": "PutObject",
}
Parameters = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Call:
    """One kind of call that a function makes."""

    function: str
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.function} {self.action} {self.resource}"


def parse(text: str) -> set[Call]:
    """The calls of a file. Order and doubles do not matter: branches are merged line by line."""
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {Call(*line) for line in lines}


def load() -> set[Call]:
    """The committed table."""
    return parse(FILE.read_text(encoding="utf-8"))


def text(calls: Iterable[Call]) -> str:
    """The file as it is committed."""
    return _HEAD + "".join(f"{each}\n" for each in sorted(set(calls)))


def needed(service: str, operation: str, parameters: Parameters, prefix: str) -> Iterator[tuple[str, str]]:
    """What IAM wants for one botocore call: (action, resource) each.

    :param prefix: in front of every name. Resources of other names are left out: they are not the mall's.
    """
    for action, name in _KINDS.get(service, _unknown)(operation, parameters):
        if name.startswith(prefix):
            yield f"{service}:{action}", name.removeprefix(prefix)


def _dynamodb(operation: str, parameters: Parameters) -> Iterator[tuple[str, str]]:
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for entry in parameters["TransactItems"]:
            for kind, item in entry.items():
                yield _ITEMS.get(kind, "GetItem"), item["TableName"]
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table in parameters["RequestItems"]:
            yield operation, table
    elif "TableName" in parameters:
        index = parameters.get("IndexName")
        yield operation, parameters["TableName"] + (f"/{index}" if index else "")


def _sqs(operation: str, parameters: Parameters) -> Iterator[tuple[str, str]]:
    if "QueueUrl" in parameters:
        yield operation.removesuffix("Batch"), parameters["QueueUrl"].rsplit("/", 1)[-1]


def _s3(operation: str, parameters: Parameters) -> Iterator[tuple[str, str]]:
    if "Bucket" in parameters:
        yield _S3.get(operation, operation), parameters["Bucket"]


def _unknown(operation: str, parameters: Parameters) -> Iterator[tuple[str, str]]:
    # Loud in the table: nobody has thought about what this service's resources are called.
    yield operation, "?"


_KINDS: dict[str, Callable[[str, Parameters], Iterator[tuple[str, str]]]] = {
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "s3": _s3,
    # Read once at a cold start by every function; its permission is in infra/build/roles.py.
    "ssm": lambda operation, parameters: iter(()),
}
