"""What operators read: plain lines and tables, or one JSON document; and the question before a change."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.ops.target import Refused, Target

Row = Mapping[str, Any]


@dataclass
class Console:
    """Answers go to standard output, everything else to standard error.

    ``dry_run``: nothing is changed. ``yes_prod``: production may be changed.
    """

    as_json: bool = False
    dry_run: bool = False
    yes_prod: bool = False
    _told: float = field(default=0.0)

    def answer(self, rows: Sequence[Row], nothing: str = "nothing") -> None:
        """A list: a table, or JSON. *nothing* is said when it is empty."""
        if self.as_json:
            print(json.dumps(list(rows), ensure_ascii=False, indent=1, default=str))
        elif not rows:
            print(nothing)
        else:
            print("\n".join(_table(rows)))

    def answers(self, lists: Mapping[str, Sequence[Row]]) -> None:
        """Several lists: tables one after another, or one JSON document."""
        if self.as_json:
            print(json.dumps(lists, ensure_ascii=False, indent=1, default=str))
            return
        for rows in lists.values():
            self.answer(rows)

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def progress(self, text: str, *, last: bool = False) -> None:
        """Long work shows where it is, once a second."""
        if last or time.monotonic() - self._told >= 1:
            self._told = time.monotonic()
            self.say(f"  {text}")

    def may_change(self, target: Target, what: str) -> bool:
        """Say what will be done; False in a dry run.

        :raises Refused: it is production, and nobody said ``--yes-prod``.
        """
        self.say(f"{target.stage} ({target.prefix}…, {target.region}): {what}")
        if self.dry_run:
            self.say("dry run: nothing was changed")
            return False
        if not self.yes_prod and target.is_production():
            raise Refused("this is production: look at the line above, then say --yes-prod")
        return True


def _table(rows: Sequence[Row]) -> list[str]:
    names = list(rows[0])
    cells = [[str(row.get(name, "")) for name in names] for row in rows]
    widths = [max(map(_width, column)) for column in zip(names, *cells, strict=True)]
    lines = [names, ["-" * width for width in widths], *cells]
    return [
        "  ".join(_padded(text, width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
