"""The protocol of a subject: the worker knows this, and neither products nor categories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.formats.schemas import Column, FileFormat, Record, Row


@dataclass(frozen=True)
class Planned:
    """What a record makes or changes. Only its subject knows what *what* is."""

    what: Any
    is_new: bool


class ImportSubject(Protocol):
    """One kind of thing in files. A *state* is what :meth:`load` read; it goes stale, and is loaded again."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of CSV."""

    @property
    def chunk_size(self) -> int:
        """Records that are read, checked and written with one state."""

    def records(self, rows: Iterable[Row], file_format: FileFormat) -> Iterator[Record]:
        """The things that the rows speak of."""

    def load(self, records: Sequence[Record]) -> Any:
        """Read what is stored of these records, and what they refer to."""

    def plan(self, state: Any, record: Record) -> Planned | None:
        """What the record changes; None: nothing. Raises ValidationError or a refusal when it is bad."""

    def assume(self, state: Any, planned: Planned) -> None:
        """Let *state* be as if *planned* were written: later records may build on it."""

    def prepare(self, planned: Planned) -> Any:
        """What must be done before the transaction; its result goes to :meth:`write`."""

    def write(self, tx: Transaction, state: Any, planned: Planned, prepared: Any) -> None:
        """Add the plan to *tx*, whole. Raises a refusal when *state* has gone stale."""
