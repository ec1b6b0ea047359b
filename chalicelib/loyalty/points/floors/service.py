"""As much of the goods as points may pay."""

from __future__ import annotations

from chalicelib.core.money import apply_bps
from chalicelib.loyalty.points import service
from chalicelib.trade.pricing.floors.service import Goods


class PointsFloor:
    """The cap of the rules."""

    name = "points"

    def most_off(self, goods: Goods, amount: int) -> int:
        rules = service.rules()
        return 0 if goods.product_id in rules.excluded_product_ids else apply_bps(amount, rules.cap_bps)
