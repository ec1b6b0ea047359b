"""Setting the rules. What was earned or spent before is not touched."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points.errors import RulesEdited
from chalicelib.loyalty.points.models import MALL, PointsRules
from chalicelib.loyalty.points.rules.schemas import RulesView, SetRules
from chalicelib.loyalty.points.service import rules_of


def show() -> RulesView:
    """The rules now."""
    stored = PointsRules.find(MALL, consistent=True)
    return RulesView(rules=rules_of(stored), version=stored.version if stored is not None else 0)


def put(asked: SetRules) -> RulesView:
    """:raises RulesEdited: they were set meanwhile."""
    with Transaction() as tx:
        _write(tx, asked)
    return show()


def set_levels(tx: Transaction, level_bps: Mapping[str, int]) -> None:
    """Write the multipliers of all levels, for the feature that has the levels; nothing when they are so already.

    They are kept here and nowhere else.

    :raises RulesEdited: (at commit) the rules were set meanwhile.
    """
    now = show()
    if now.rules.level_bps != level_bps:
        rules = now.rules.model_copy(update={"level_bps": dict(level_bps)})
        _write(tx, SetRules(rules=rules, version=now.version))


def _write(tx: Transaction, asked: SetRules) -> None:
    unmoved = PointsRules.version == asked.version if asked.version else PointsRules.shop.does_not_exist()
    tx.put(
        PointsRules(shop=MALL, rules=asked.rules, version=asked.version + 1),
        only_if=unmoved,
        otherwise=RulesEdited(version=show().version),
    )
