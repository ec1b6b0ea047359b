"""The least that any level pays for a unit."""

from __future__ import annotations

from chalicelib.loyalty.membership.levels.service import ladder_of
from chalicelib.loyalty.membership.models import MALL, LadderRow
from chalicelib.loyalty.membership.prices import service as prices
from chalicelib.loyalty.membership.prices.adjuster import MemberPrice
from chalicelib.trade.pricing.floors.service import Goods


class MemberPriceFloor:
    """A member price is one of the prices that are offered for a line: beside another one it takes nothing off."""

    name = MemberPrice.name

    def most_off(self, goods: Goods, amount: int) -> int:
        if goods.is_offered:
            return 0
        ladder = ladder_of(LadderRow.find(MALL))
        categories = prices.excluded_categories(ladder)
        excluded = prices.is_excluded(ladder, categories, goods.product_id, goods.category_id)
        paid = [prices.price_of(amount, goods.prices, level, excluded=excluded) for level in ladder.levels]
        return amount - min((each for each in paid if each is not None), default=amount)
