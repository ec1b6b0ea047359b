"""A table goes into files and back, exactly, however often it is broken off."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.inbox import InboxItem
from infra.ops import tables
from infra.ops.console import Console
from infra.ops.target import Refused, Target
from tests.harness import Cloud

COUNT = 230


@pytest.fixture
def full(cloud: Cloud) -> list[dict[str, Any]]:
    """A table of some pages."""
    with InboxItem.batch_write() as batch:
        for number in range(COUNT):
            batch.save(InboxItem(id=f"evt_{number:04d}/事件", expires_at=number))
    return content(cloud)


def content(cloud: Cloud) -> list[dict[str, Any]]:
    return sorted(cloud.items("inbox"), key=lambda item: item["id"]["S"])


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """DynamoDB's pages are a megabyte; here 20 items. ``small_pages(die_at=3)``: the process dies at the third."""

    def run(die_at: int = 0) -> None:
        client, calls = aws.client("dynamodb"), 0
        original = type(client).scan

        def scan(self: Any, **request: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == die_at:
                raise KeyboardInterrupt
            return original(self, **request, Limit=20)

        monkeypatch.setattr(type(client), "scan", scan)

    return run


@pytest.mark.dynoxide
class TestThereAndBack:
    def test_every_item_is_exact(
        self, target: Target, console: Console, full: Any, cloud: Cloud, tmp_path: Path, small_pages: Any
    ) -> None:
        small_pages()
        made = tables.export(target, console, "inbox", tmp_path, segments=3)
        assert (made["items"], len(made["files"])) == (COUNT, 3)
        _empty(full)
        assert content(cloud) == []
        assert tables.restore(target, console, tmp_path, per_second=1e6) == {"put": COUNT, "kept": 0}
        assert content(cloud) == full

    def test_broken_off_and_gone_on(
        self, target: Target, console: Console, full: Any, cloud: Cloud, tmp_path: Path, small_pages: Any
    ) -> None:
        small_pages(die_at=5)
        with pytest.raises(KeyboardInterrupt):
            tables.export(target, console, "inbox", tmp_path, segments=2)
        with (tmp_path / "segment-0.jsonl").open("a") as file:
            file.write('{"Item": {"id": {"S": "half a li')  # died while it wrote
        with pytest.raises(Refused, match="no complete export"):
            tables.restore(target, console, tmp_path)
        tables.export(target, console, "inbox", tmp_path, segments=2)
        text = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.jsonl"))
        lines = [json.loads(line)["Item"] for line in text.splitlines()]
        assert sorted(lines, key=lambda item: item["id"]["S"]) == full

    def test_restore_leaves_alone_what_is_there(
        self, target: Target, console: Console, full: Any, cloud: Cloud, tmp_path: Path
    ) -> None:
        tables.export(target, console, "inbox", tmp_path, segments=2)
        InboxItem(id=full[7]["id"]["S"], expires_at=999_999).save()
        InboxItem(id=full[8]["id"]["S"], expires_at=0).delete()
        assert tables.restore(target, console, tmp_path, per_second=1e6) == {"put": 1, "kept": COUNT - 1}
        assert content(cloud)[7]["expires_at"] == {"N": "999999"}
        assert tables.restore(target, console, tmp_path, per_second=1e6, overwrite=True)["put"] == COUNT
        assert content(cloud) == full


def _empty(items: list[dict[str, Any]]) -> None:
    with InboxItem.batch_write() as batch:
        for each in items:
            batch.delete(InboxItem(id=each["id"]["S"], expires_at=0))


def test_a_restore_goes_on(
    target: Target, console: Console, full: Any, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.export(target, console, "inbox", tmp_path, segments=2)
    _empty(full)
    put, original = [], tables._put

    def die_late(*arguments: Any) -> bool:
        put.append(1)
        if len(put) == 150:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(tables, "_put", die_late)
    with pytest.raises(KeyboardInterrupt):
        tables.restore(target, console, tmp_path, per_second=1e6)
    done = tables.restore(target, console, tmp_path, per_second=1e6)
    assert done["put"] + done["kept"] == COUNT
    assert len(put) < 2 * COUNT, "it began where it had stopped"
    assert content(cloud) == full
    assert not (tmp_path / tables.RESTORED).exists()


class TestRefused:
    def test_a_changed_file(self, target: Target, console: Console, full: Any, cloud: Cloud, tmp_path: Path) -> None:
        tables.export(target, console, "inbox", tmp_path, segments=1)
        (tmp_path / "segment-0.jsonl").write_text('{"Item": {"id": {"S": "forged"}}}\n')
        with cloud.unchanged(), pytest.raises(Refused, match="not what was exported"):
            tables.restore(target, console, tmp_path, overwrite=True)

    def test_another_table(self, target: Target, console: Console, full: Any, cloud: Cloud, tmp_path: Path) -> None:
        tables.export(target, console, "inbox", tmp_path, segments=1)
        with cloud.unchanged(), pytest.raises(Refused, match="other keys"):
            tables.restore(target, console, tmp_path, into="addresses")
        with pytest.raises(Refused, match="no table siyu-nothing"):
            tables.export(target, console, "nothing", tmp_path / "other", segments=1)

    def test_a_directory_in_use(self, target: Target, console: Console, full: Any, tmp_path: Path) -> None:
        tables.export(target, console, "inbox", tmp_path, segments=1)
        with pytest.raises(Refused, match="complete export"):
            tables.export(target, console, "inbox", tmp_path, segments=1)
        with pytest.raises(Refused, match="in 1 segments"):
            tables.export(target, console, "inbox", tmp_path, segments=2)

    def test_production_and_dry_runs(self, target: Target, full: Any, cloud: Cloud, tmp_path: Path) -> None:
        tables.export(target, Console(), "inbox", tmp_path, segments=1)
        with cloud.unchanged():
            with pytest.raises(Refused, match="--yes-prod"):
                tables.restore(target, Console(), tmp_path, overwrite=True)
            tables.restore(target, Console(dry_run=True), tmp_path, overwrite=True)


def test_through_a_bucket(target: Target, console: Console, full: Any, cloud: Cloud, tmp_path: Path) -> None:
    tables.export(target, console, "inbox", tmp_path / "here", segments=2)
    tables.upload(target, console, tmp_path / "here", "s3://siyu-work/exports/inbox")
    tables.download(target, "s3://siyu-work/exports/inbox", tmp_path / "there")
    _empty(full)
    tables.restore(target, console, tmp_path / "there", per_second=1e6)
    assert content(cloud) == full
    with pytest.raises(Refused, match="s3://bucket/prefix"):
        tables.upload(target, console, tmp_path / "here", "siyu-work")


def test_at_a_pace(
    target: Target, console: Console, full: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.export(target, console, "inbox", tmp_path, segments=1)
    slept: list[float] = []
    monkeypatch.setattr("infra.ops.tables.time.sleep", slept.append)
    tables.restore(target, console, tmp_path, per_second=10)
    assert sum(slept) == pytest.approx(COUNT / 10, rel=0.2)
