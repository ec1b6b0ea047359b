"""What a release writes, kept for the next: a sample of each table's items and of each message, and the shape of all.

``make policies RELEASE=0.1.0`` records it from the whole test suite into ``tests/upgrades/<release>.json``.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Document = dict[str, Any]


class Samples:
    """Items and messages as they were written: of each table the smallest and the largest item."""

    def __init__(self) -> None:
        self.items: dict[str, list[Document]] = {}
        self.messages: dict[str, str] = {}

    def note(self, service: str, operation: str, parameters: Mapping[str, Any], prefix: str) -> None:
        """A call that a function of the mall makes."""
        if service == "sqs" and operation == "SendMessageBatch":
            for entry in parameters["Entries"]:
                message = json.loads(entry["MessageBody"])
                if not message["subscriber"].startswith("tests."):  # what a test planted is no release's
                    self.messages.setdefault(message["subscriber"], entry["MessageBody"])
        elif operation == "TransactWriteItems":
            for entry in parameters["TransactItems"]:
                if put := entry.get("Put"):
                    self.keep(put["TableName"].removeprefix(prefix), put["Item"])

    def keep(self, table: str, item: Document) -> None:
        if table.startswith("test-"):
            return
        known = sorted([*self.items.get(table, []), dict(item)], key=len)
        self.items[table] = known if len(known) < 3 else [known[0], known[-1]]

    def merge(self, other: Mapping[str, Any]) -> None:
        for table, items in other["items"].items():
            for item in items:
                self.keep(table, item)
        self.messages = {**other["messages"], **self.messages}

    def document(self) -> Document:
        return {"items": dict(sorted(self.items.items())), "messages": dict(sorted(self.messages.items()))}


def shapes() -> Document:
    """Every table's attributes (type, whether it may be missing) and every event's fields (whether required)."""
    from chalicelib.core import events

    for path in sorted({*ROOT.joinpath("chalicelib").rglob("*.py")}):
        if path.name in ("models.py", "events.py") or path.parent.name == "core":
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    tables = {model.__name__: _attributes(model) for model in models()}  # no two have one name: tests/infra
    kinds = [each for each in events.all_kinds() if each.__module__.startswith("chalicelib.")]
    return {
        "tables": tables,
        "events": {
            kind.__name__: {name: field.is_required() for name, field in kind.model_fields.items()} for kind in kinds
        },
    }


def models() -> list[Any]:
    """Every table's model."""
    from chalicelib.core.tables import Table

    found, todo = [], [Table]
    while todo:
        for each in todo.pop().__subclasses__():
            todo.append(each)
            if each.__module__.startswith("chalicelib.") and hasattr(each, "Meta"):
                found.append(each)
    return sorted(found, key=lambda model: model.__name__)


def _attributes(model: Any) -> dict[str, list[Any]]:
    return {each.attr_name: [each.attr_type, bool(each.null)] for each in model.get_attributes().values()}


def write(release: str, parts: Iterable[Path]) -> Path:
    """Put the parts of all test processes together. Returns the file."""
    samples, shape = Samples(), {}
    for path in parts:
        part = json.loads(path.read_text(encoding="utf-8"))
        samples.merge(part)
        shape = part["shapes"]
    target = HERE / f"{release}.json"
    text = json.dumps({**samples.document(), "shapes": shape}, indent=1, ensure_ascii=False, sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")
    return target
