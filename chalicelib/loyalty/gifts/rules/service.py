"""Setting the rules. What was given before is not touched; what is due gets what the rules say when it is given."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.gifts.errors import GiftRulesEdited, NoUpgradeGift
from chalicelib.loyalty.gifts.models import MALL, GiftRulesRow
from chalicelib.loyalty.gifts.rules.schemas import GiftRulesView, SetGiftRules
from chalicelib.loyalty.gifts.schemas import GiftKind
from chalicelib.loyalty.gifts.service import rules_of
from chalicelib.loyalty.membership.errors import LevelNotFound
from chalicelib.loyalty.membership.levels.service import ladder_of
from chalicelib.loyalty.membership.models import MALL as LADDER
from chalicelib.loyalty.membership.models import LadderRow
from chalicelib.loyalty.rewards import service as rewards


def show() -> GiftRulesView:
    """The rules now."""
    stored = GiftRulesRow.find(MALL, consistent=True)
    return GiftRulesView(rules=rules_of(stored), version=stored.version if stored is not None else 0)


def put(asked: SetGiftRules) -> GiftRulesView:
    """:raises GiftRulesEdited: they were set meanwhile.
    :raises LevelNotFound, NoUpgradeGift, TemplateNotFound: nobody could be given it.
    """
    ladder = ladder_of(LadderRow.find(LADDER, consistent=True))
    for kind in GiftKind:
        by_level = getattr(asked.rules, kind)
        if any(ladder.position(level) < 0 for level in by_level):
            raise LevelNotFound()
        rewards.require_sound(by_level.values())
    if ladder.levels[0].id in asked.rules.upgrade:
        raise NoUpgradeGift()
    unmoved = GiftRulesRow.version == asked.version if asked.version else GiftRulesRow.shop.does_not_exist()
    with Transaction() as tx:
        tx.put(
            GiftRulesRow(shop=MALL, rules=asked.rules, version=asked.version + 1),
            only_if=unmoved,
            otherwise=GiftRulesEdited(version=show().version),
        )
    return show()
