"""States: one table of legal steps per status, and the database as its guard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.tables import EnumAttribute, Table
from chalicelib.core.transaction import Otherwise, Transaction

S = TypeVar("S", bound=StrEnum)


class Steps(Generic[S]):
    """``Steps({A: [B, C], B: [C]})``: from A one may go to B and C, from B to C, from C nowhere."""

    def __init__(self, table: Mapping[S, Sequence[S]]) -> None:
        self.table = {source: tuple(targets) for source, targets in table.items()}

    def sources(self, to: S) -> list[S]:
        """The statuses from which *to* may be reached."""
        return [source for source, targets in self.table.items() if to in targets]

    def allows(self, source: S, to: S) -> bool:
        return to in self.table.get(source, ())


def move(
    tx: Transaction,
    item: Table,
    status: EnumAttribute[S],
    steps: Steps[S],
    to: S,
    *actions: Action,
    also: Condition | None = None,
    otherwise: Otherwise,
) -> None:
    """Add the step *to* to *tx*: it happens only if the stored status is a legal source (and *also* holds)."""
    sources = steps.sources(to)
    if not sources:
        raise ValueError(f"nothing leads to {to}")
    condition = status.is_in(*sources)
    if also is not None:
        condition &= also
    tx.update(item, [status.set(to), *actions], only_if=condition, otherwise=otherwise)
