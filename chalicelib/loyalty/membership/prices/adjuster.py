"""Two price steps: products for some levels only, and what a level pays for a unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import LevelTooLow
from chalicelib.loyalty.membership.levels.service import ladder_of, level_of
from chalicelib.loyalty.membership.models import MALL, ExclusiveProduct, LadderRow, Membership
from chalicelib.loyalty.membership.prices import service
from chalicelib.loyalty.membership.schemas import Ladder, Level
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import PriceOffer
from chalicelib.trade.pricing.service import Basket, Quote

COLUMN = "会员价优惠"
"""Of the file of orders."""


def standing_in(found: Found, member_id: str) -> tuple[Ladder, Level]:
    """The ladder and the member's level, from what the price steps read."""
    ladder = ladder_of(found[LadderRow].get(MALL))
    return ladder, ladder.level(level_of(found[Membership].get(member_id), ladder))


def standing_needs(basket: Basket) -> dict[type[Table], Iterable[Key]]:
    """What :func:`standing_in` wants to see."""
    return {Membership: [basket.member_id], LadderRow: [MALL]}


class ExclusiveProducts:
    """Refuses, in the preview as in the order, what the buyer's level may not buy."""

    name = "exclusive_products"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return {**standing_needs(basket), ExclusiveProduct: [item.product_id for item in basket.items]}

    def adjust(self, quote: Quote, found: Found) -> None:
        ladder, level = standing_in(found, quote.member_id)
        lines = []
        for product_id in dict.fromkeys(line.product_id for line in quote.lines):
            wanted = service.required(ladder, found[ExclusiveProduct].get(product_id))
            if wanted is not None and not service.may_buy(ladder, level, wanted):
                lines.append({"product_id": product_id, "level": wanted.id, "level_name": wanted.name})
        if lines:
            raise LevelTooLow(lines=lines)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Nothing is used up."""


class MemberPrice:
    """Offers each line at what the buyer's level pays; whether it is taken is for ``BestPrice`` to decide."""

    name = "member_price"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return standing_needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        ladder, level = standing_in(found, quote.member_id)
        categories = service.excluded_categories(ladder)
        for number, line in enumerate(quote.lines):
            excluded = service.is_excluded(ladder, categories, line.product_id, line.category_id)
            amount = service.price_of(line.unit_amount, line.prices, level, excluded=excluded)
            if amount is not None:
                title = f"{level.name}价"
                offer = PriceOffer(line=number, kind=self.name, source_id=level.id, title=title, unit_amount=amount)
                quote.offers.append(offer)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Nothing is used up."""
