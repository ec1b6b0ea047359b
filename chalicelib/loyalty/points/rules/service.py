"""Setting the rules. What was earned or spent before is not touched."""

from __future__ import annotations

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
    unmoved = PointsRules.version == asked.version if asked.version else PointsRules.shop.does_not_exist()
    with Transaction() as tx:
        tx.put(
            PointsRules(shop=MALL, rules=asked.rules, version=asked.version + 1),
            only_if=unmoved,
            otherwise=RulesEdited(version=show().version),
        )
    return show()
