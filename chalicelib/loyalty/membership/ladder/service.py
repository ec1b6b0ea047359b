"""Reading and writing the ladder. What an edit does to members: docs/algorithms/membership.md."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import LadderEdited
from chalicelib.loyalty.membership.ladder.schemas import LadderView, Levels, LevelView, SetLadder
from chalicelib.loyalty.membership.levels.service import ladder_of
from chalicelib.loyalty.membership.models import MALL, LadderRow
from chalicelib.loyalty.segments.runs import service as runs


def offered() -> Levels:
    """The levels as buyers see them."""
    ladder = ladder_of(LadderRow.find(MALL))
    return Levels(items=[LevelView.of(each) for each in ladder.levels], period_months=ladder.period_months)


def show() -> LadderView:
    """The ladder now, for staff."""
    return _view(LadderRow.find(MALL, consistent=True))


def put(asked: SetLadder, staff_id: str) -> LadderView:
    """Write the ladder whole, and begin the walk that puts everybody where it has them.

    :raises LadderEdited: it was written meanwhile.
    """
    unmoved = LadderRow.version == asked.version if asked.version else LadderRow.shop.does_not_exist()
    row = LadderRow(shop=MALL, ladder=asked.ladder, version=asked.version + 1)
    with Transaction() as tx:
        tx.put(row, only_if=unmoved, otherwise=LadderEdited(version=show().version))
        run_id = runs.begin(tx, staff_id)
    return _view(row, run_id)


def _view(stored: LadderRow | None, run_id: str | None = None) -> LadderView:
    return LadderView(ladder=ladder_of(stored), version=stored.version if stored is not None else 0, run_id=run_id)
