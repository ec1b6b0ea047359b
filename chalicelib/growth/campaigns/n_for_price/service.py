"""The play. docs/algorithms/campaigns.md, "N for a price"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core import money
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.n_for_price.schemas import NForPriceSettings

NAME = "n_for_price"
Unit = tuple[int, int]
"""(what it costs, number of its line)"""


class NForPrice(Play):
    """N 件 N 折、N 元 N 件."""

    name, title = NAME, "N元N件"
    settings = NForPriceSettings

    def words(self, campaign: Campaign) -> str:
        """``任选3件99.00元`` or ``第2件5折``."""
        rules = NForPriceSettings.model_validate(campaign.settings)
        return text_of(rules)

    def most_off(self, settings: Mapping[str, Any], amount: int) -> int:
        """Of equal pieces: the set's discount by the piece."""
        rules = NForPriceSettings.model_validate(settings)
        return off_of([(amount, 0)] * rules.pieces, rules) // rules.pieces


def text_of(rules: NForPriceSettings) -> str:
    """What buyers read."""
    if rules.amount is not None:
        return f"任选{rules.pieces}件{money.yuan(rules.amount)}元"
    left = 10_000 - (rules.nth_off_bps or 0)
    words = {0: "免费", 5_000: "半价"}.get(left) or f"{money.yuan(left // 10).rstrip('0').rstrip('.')}折"
    return f"第{rules.pieces}件{words}"


def sets(costs: Sequence[int], quantities: Sequence[int], rules: NForPriceSettings) -> list[list[Unit]]:
    """The sets that save something, the dearest pieces first: at every count the buyer's best grouping for a fixed
    price; for the Nth piece the cheapest of each set is the one taken off.

    :param costs: what each line of the campaign costs now, zero for others.
    """
    units = [
        (each, number)
        for number, (cost, quantity) in enumerate(zip(costs, quantities, strict=True))
        if cost
        for each in money.allocate(cost, [1] * quantity)
    ]
    units.sort(key=lambda unit: (-unit[0], unit[1]))
    groups = [units[start : start + rules.pieces] for start in range(0, len(units), rules.pieces)]
    whole = [each for each in groups if len(each) == rules.pieces and off_of(each, rules) > 0]
    return whole[: rules.times_max]


def off_of(group: Sequence[Unit], rules: NForPriceSettings) -> int:
    """What a set saves; nothing when its pieces cost less than the price."""
    if rules.amount is not None:
        return max(sum(cost for cost, _ in group) - rules.amount, 0)
    return money.apply_bps(min(cost for cost, _ in group), rules.nth_off_bps or 0)
