"""What the fixtures hand out: a client, a clock that a test moves, and a look into the laptop's cloud."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from infra.local.gateway import Answer, Gateway
from infra.local.partners import Partners

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai


class MovableClock:
    """Time stands still until the test moves it; each HTTP request takes one millisecond, so that ids sort."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        """``move(minutes=31)``. Returns the new time."""
        self.at += timedelta(**by)
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        return cls(answer.status, {key.lower(): value for key, value in answer.headers}, answer.body)

    @cached_property
    def json(self) -> Any:
        return jsonlib.loads(self.body) if self.body else None

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str | None:
        """The ``code`` of a refusal."""
        return self.json.get("code") if isinstance(self.json, dict) else None

    def ok(self) -> Any:
        """The JSON of a success; fails with the whole answer when it was none."""
        assert self.status < 400, f"{self.status}: {self.text}"
        return self.json


@dataclass(frozen=True)
class Client:
    """Calls the app in process as API Gateway would; any thread may use it."""

    gateway: Gateway
    clock: MovableClock | None = None
    headers: tuple[tuple[str, str], ...] = ()
    source_ip: str = "127.0.0.1"

    def as_(self, token: str) -> Client:
        """The same client with a bearer token."""
        rest = tuple(each for each in self.headers if each[0] != "Authorization")
        return replace(self, headers=(*rest, ("Authorization", f"Bearer {token}")))

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | str | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Reply:
        """One request. *key*: the Idempotency-Key. A list in *query* is repeated."""
        sent = {**dict(self.headers), **(headers or {})}
        if json is not None:
            body = jsonlib.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        if key is not None:
            sent["Idempotency-Key"] = key
        if query:
            path += "?" + urlencode({k: v for k, v in query.items() if v is not None}, doseq=True)
        if self.clock:
            self.clock.move(milliseconds=1)
        content = body.encode() if isinstance(body, str) else body or b""
        target = quote(path, safe="/?&=%+,:;@!$'()*~#[]")
        return Reply.of(self.gateway.request(method, target, sent.items(), content, self.source_ip))

    def get(self, path: str, **more: Any) -> Reply:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> Reply:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> Reply:
        return self.request("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> Reply:
        return self.request("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        return self.request("DELETE", path, **more)


class Cloud:
    """The laptop's cloud in a test. Names are the short ones of ``infra/aws/data.yaml``."""

    def __init__(self, prefix: str, memory: Any, dynamodb: Any) -> None:
        self.prefix, self.memory, self._dynamodb = prefix, memory, dynamodb

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table, in DynamoDB's JSON."""
        if self._dynamodb is None:
            found: list[dict[str, Any]] = self.memory.items(self.prefix + table)
            return found
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self.prefix + table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """The messages of a queue, in flight or not, parsed."""
        return [jsonlib.loads(body) for body in self.memory.bodies(self.prefix + queue)]

    def dead_letters(self) -> list[dict[str, Any]]:
        """What was given up, of all queues."""
        dead = [name for name in self.memory.queues() if name.endswith("-dead")]
        return [jsonlib.loads(body) for name in dead for body in self.memory.bodies(name)]

    def snapshot(self) -> dict[str, Any]:
        """Everything that is stored: items of all tables, messages of all queues, objects of all buckets."""
        state: dict[str, Any] = {}
        for table in self._tables():
            rows = self.items(table.removeprefix(self.prefix))
            state[f"table {table}"] = sorted(jsonlib.dumps(row, sort_keys=True, default=str) for row in rows)
        for queue in self.memory.queues():
            state[f"queue {queue}"] = sorted(self.memory.bodies(queue))
        state["objects"] = self.memory.objects()
        return state

    def _tables(self) -> list[str]:
        if self._dynamodb is None:
            names: list[str] = self.memory.tables()
            return names
        pages = self._dynamodb.get_paginator("list_tables").paginate()
        return [name for page in pages for name in page["TableNames"]]

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Asserts that what runs inside writes nothing anywhere: the second half of every refusal's test."""
        before = self.snapshot()
        yield
        after = self.snapshot()
        changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
        assert not changed, f"written although refused: {changed}"


@dataclass(frozen=True)
class World:
    """The mall, its partners, its clock and what moves it, for a feature's tests to speak of in a few words."""

    http: Client
    partners: Partners
    cloud: Cloud
    clock: MovableClock
    drain: Callable[..., Any]
    sweep: Callable[..., Any]
