"""Exports: staff who take something out, and the file that comes of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from chalicelib.core import aws, clock
from chalicelib.core.settings import settings
from chalicelib.mall.exports import service
from chalicelib.mall.exports.worker import service as worker
from tests.harness import Client, Cloud, MovableClock
from tests.mall.exports.factories import Numbers
from tests.trade.payments.factories import staff_token

Do = Callable[..., Any]
DAYS = {"from_day": "2026-11-23", "to_day": "2026-11-24"}


@dataclass
class Desk:
    """Where files are asked for."""

    http: Client
    drain: Do
    rights: tuple[str, ...] = ("data.export", "orders.read")
    asked: int = 0
    tokens: dict[Any, str] = field(default_factory=dict)

    @property
    def staff(self) -> Client:
        """Signed in once a day: an account that is saved again would be a change."""
        today = (self.rights, clock.today())
        if today not in self.tokens:
            self.tokens[today] = staff_token(*self.rights)
        return self.http.as_(self.tokens[today])

    def ask(self, kind: str = "numbers", file_format: str = "csv", *, key: str | None = None, **filters: str) -> Any:
        self.asked += 1
        body = {"kind": kind, "format": file_format, "filters": {**DAYS, **filters}}
        return self.staff.post("/admin/exports", json=body, key=key or f"export-{self.asked:08d}")

    def begin(self, *args: Any, **filters: Any) -> str:
        return str(self.ask(*args, **filters).ok()["id"])

    def show(self, export_id: str) -> Any:
        return self.staff.get(f"/admin/exports/{export_id}").ok()

    def fetch(self, export_id: str) -> bytes:
        """What the link gives."""
        url = self.staff.post(f"/admin/exports/{export_id}/link").ok()["url"]
        key = unquote(urlsplit(url).path).lstrip("/").removeprefix(f"{settings().work_bucket}/")
        found: bytes = aws.client("s3").get_object(Bucket=settings().work_bucket, Key=key)["Body"].read()
        return found

    def make(self, *args: Any, **filters: Any) -> bytes:
        """A file from the wish to its bytes."""
        export_id = self.begin(*args, **filters)
        self.drain()
        return self.fetch(export_id)

    def table(self, *args: Any, **filters: Any) -> list[dict[str, str]]:
        return table(self.make(*args, **filters))


def table(file: bytes) -> list[dict[str, str]]:
    """A CSV file as rows by heading."""
    return list(csv.DictReader(io.StringIO(file.decode().removeprefix("\ufeff"), newline="")))


@pytest.fixture
def numbers(_app: Any, monkeypatch: pytest.MonkeyPatch) -> Numbers:
    """The kind ``numbers``, seven rows a day."""
    kind = Numbers()
    known = dict(service.kinds)
    monkeypatch.setattr(service.kinds, "_found", {**known, "numbers": kind})
    return kind


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows between two saves."""
    monkeypatch.setattr(worker, "STEP_ROWS", 5)


@pytest.fixture
def desk(cloud: Cloud, frozen: MovableClock, http: Client, drain: Do) -> Desk:
    made = Desk(http, drain)
    assert made.staff
    return made
