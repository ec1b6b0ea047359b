"""Setting the rules. What was earned before is not touched."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import GrowthRulesEdited
from chalicelib.loyalty.membership.growth.rules.schemas import GrowthRulesView, SetGrowthRules
from chalicelib.loyalty.membership.growth.service import rules_of
from chalicelib.loyalty.membership.models import MALL, GrowthRulesRow


def show() -> GrowthRulesView:
    """The rules now."""
    stored = GrowthRulesRow.find(MALL, consistent=True)
    return GrowthRulesView(rules=rules_of(stored), version=stored.version if stored is not None else 0)


def put(asked: SetGrowthRules) -> GrowthRulesView:
    """:raises GrowthRulesEdited: they were set meanwhile."""
    unmoved = GrowthRulesRow.version == asked.version if asked.version else GrowthRulesRow.shop.does_not_exist()
    with Transaction() as tx:
        tx.put(
            GrowthRulesRow(shop=MALL, rules=asked.rules, version=asked.version + 1),
            only_if=unmoved,
            otherwise=GrowthRulesEdited(version=show().version),
        )
    return show()
