"""Reading and writing the ladder. What an edit does to members: docs/algorithms/membership.md."""

from __future__ import annotations

from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import LadderEdited, LevelInUse
from chalicelib.loyalty.membership.ladder.schemas import ONCE, LadderView, Levels, LevelView, SetLadder
from chalicelib.loyalty.membership.levels.service import ladder_of
from chalicelib.loyalty.membership.models import MALL, LadderRow
from chalicelib.loyalty.membership.prices.service import is_in_use
from chalicelib.loyalty.points.models import PointsRules
from chalicelib.loyalty.points.rules import service as points_rules
from chalicelib.loyalty.points.service import rules_of
from chalicelib.loyalty.segments.runs import service as runs


def offered() -> Levels:
    """The levels as buyers see them. One round trip."""
    found = batch_get({LadderRow: [MALL], PointsRules: [MALL]})
    ladder, points = ladder_of(found[LadderRow].get(MALL)), rules_of(found[PointsRules].get(MALL)).level_bps
    return Levels(items=[LevelView.of(each, points) for each in ladder.levels], period_months=ladder.period_months)


def show() -> LadderView:
    """The ladder now, for staff."""
    return _view(LadderRow.find(MALL, consistent=True))


def put(asked: SetLadder, staff_id: str) -> LadderView:
    """Write the ladder whole, and begin the walk that puts everybody where it has them.

    :raises LadderEdited: it was written meanwhile. :raises RulesEdited: the points' rules were.
    :raises LevelInUse: products are for a level that goes.
    """
    before = show()
    for level in before.ladder.levels:
        if asked.ladder.position(level.id) < 0 and is_in_use(level.id):
            raise LevelInUse(level=level.id)
    kept = asked.points_bps if asked.points_bps is not None else before.points_bps
    wanted = {name: bps for name, bps in kept.items() if asked.ladder.position(name) >= 0 and bps != ONCE}
    row = LadderRow(shop=MALL, ladder=asked.ladder, version=asked.version + 1)
    unmoved = LadderRow.version == asked.version if asked.version else LadderRow.shop.does_not_exist()
    with Transaction() as tx:
        tx.put(row, only_if=unmoved, otherwise=LadderEdited(version=before.version))
        points_rules.set_levels(tx, wanted)
        run_id = runs.begin(tx, staff_id)
    return _view(row, run_id)


def _view(stored: LadderRow | None, run_id: str | None = None) -> LadderView:
    return LadderView(
        ladder=ladder_of(stored),
        points_bps=points_rules.show().rules.level_bps,
        version=stored.version if stored is not None else 0,
        run_id=run_id,
    )
