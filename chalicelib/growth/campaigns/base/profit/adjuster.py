"""The last guard, at checkout: prices and costs may have changed since a campaign was saved."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service
from chalicelib.growth.campaigns.base.errors import PriceBelowCost
from chalicelib.growth.campaigns.base.models import GROUP, Board
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.floors.service import Goods, earned
from chalicelib.trade.pricing.schemas import PricedLine
from chalicelib.trade.pricing.service import Basket, Quote

log = logging.getLogger(__name__)


class ProfitGuard:
    """Stands after every step that takes off goods. Looks at lines of campaigns alone, and not at gifts."""

    name = "profit_guard"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return service.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        """:raises PriceBelowCost: a campaign's line would sell below cost, and nobody has allowed it."""
        boards: Iterable[Board] = found[Board].values()
        postings = {key: each for board in boards for key, each in board.entries.items()}
        amounts = quote.discounted()
        below = [
            line.sku_id
            for number, line in enumerate(quote.lines)
            if line.cost_amount is not None
            and _is_guarded(quote, number, postings)
            and amounts[number] - _earned(line, amounts[number]) < line.cost_amount * line.quantity
        ]
        if below:
            log.error("campaigns would sell below cost", extra={"sku_ids": below})
            raise PriceBelowCost(sku_ids=below)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Nothing is used up."""


def _earned(line: PricedLine, amount: int) -> int:
    """What others earn of the line at most."""
    return sum(earned(Goods(line.product_id, line.category_id, line.brand_id), amount, line.quantity).values())


def _is_guarded(quote: Quote, number: int, postings: Mapping[str, Posting]) -> bool:
    """Whether the line is a campaign's, and nothing on it is meant to sell below cost."""
    sources = [each.source_id for each in quote.adjustments if each.group == GROUP and each.shares[number]]
    strict = [key in postings and not postings[key].below_cost for key in sources]
    return bool(strict) and all(strict) and not quote.lines[number].given
