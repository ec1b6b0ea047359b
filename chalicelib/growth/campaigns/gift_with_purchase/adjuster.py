"""The price step: a line that the buyer did not ask for, at its price, and an adjustment that takes the price off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.growth.campaigns.base.scopes.service import covered
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.growth.campaigns.gift_with_purchase.service import NAME
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import BelowThreshold, PricedLine
from chalicelib.trade.pricing.service import Basket, Quote


class Gifts:
    """The last of the plays that look at what goods cost. ``options["gift_with_purchase"] = "none"``: no gift."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        if quote.options.get(NAME) == "none":
            return
        for run in campaigns.running(quote, found, NAME):
            settings = run.posting.settings
            cost = covered(quote, settings, quote.open_to(NAME, GROUP, not_with=run.posting.not_with))
            if sum(cost) >= settings["threshold_amount"]:
                for gift in settings["gifts"]:
                    _give(quote, found, run, PricedLine.model_validate(gift), cost)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """The gift's pieces are a line's: checkout takes them. ``CampaignUses`` claims the rest."""


def _give(quote: Quote, found: Found, run: Running, gift: PricedLine, cost: Sequence[int]) -> None:
    if any(line.kind is not gift.kind for line in quote.lines):
        return  # nobody sends goods along with vouchers
    item = run.posting.items.get(gift.sku_id)
    pieces = {gift.sku_id: gift.quantity}
    if item is None or item.sold_out or not campaigns.promise(quote, found, run, pieces):
        return
    number = quote.give(gift)
    weights = [gift.goods_amount if each == number else 0 for each in range(len(quote.lines))]
    quote.adjust(
        NAME,
        f"赠品：{gift.name}",
        -gift.goods_amount,
        source_id=run.id,
        weights=weights,
        group=GROUP,
        excludes=run.posting.not_with,
        threshold_amount=run.posting.settings["threshold_amount"],
        below_threshold=BelowThreshold.DEDUCT,
        counted=[*cost, *[0] * (len(quote.lines) - len(cost))],
    )
    campaigns.use(quote, run, pieces)
