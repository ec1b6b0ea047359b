"""The last of the campaigns' price steps: what the plays gave is written with the order, once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service
from chalicelib.growth.campaigns.base.events import CampaignOrdered
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import Board, CampaignOrder, Tally
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Basket, Quote

COLUMN = "活动优惠"
"""Of the file of orders."""


class CampaignUses:
    """Stands after all plays: their steps have no claim of their own for limits, orders and statistics."""

    name = "campaigns"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return service.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        """Remember which campaigns took part: those whose price was taken, and those that a step noted with ``use``."""
        postings: dict[str, Posting] = {}
        for board in found[Board].values():
            postings |= board.entries
        used: service.Used = {key: dict(skus) for key, skus in quote.memory.get(service.USED, {}).items()}
        for offer in quote.taken:
            if offer.source_id in postings:
                mine = used.setdefault(offer.source_id, {})
                line = quote.lines[offer.line]
                mine[line.sku_id] = mine.get(line.sku_id, 0) + line.quantity
        tally = found[Tally].get(quote.member_id) or limits.empty(quote.member_id)
        # A campaign's limits may stand on several boards: any of them that has one counts.
        counted: set[str] = quote.memory.get(service.COUNTED, set())
        limited = [key for key in used if key not in counted and _limited(found, key)]
        quote.memory[self.name] = (tally, postings, used, limited)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Count against the member's limits, note the order under each campaign, announce it.

        :raises TallyMoved: (at commit) another order of the member was quicker.
        """
        tally, postings, used, limited = quote.memory[self.name]
        counted: set[str] = quote.memory.get(service.COUNTED, set())
        invited: dict[str, str] = quote.memory.get(service.INVITED, {})
        if limited:
            limits.count(tx, tally, {key: limits.entry(postings[key], used[key]) for key in limited})
        for key, skus in used.items():
            row = CampaignOrder(
                campaign_id=key,
                order_id=order_id,
                member_id=quote.member_id,
                skus=skus,
                counted=key in limited,
                counted_before=key in counted,
            )
            tx.put(row)
            tx.emit(
                CampaignOrdered(
                    campaign_id=key,
                    play=postings[key].play,
                    member_id=quote.member_id,
                    order_id=order_id,
                    invited_by=invited.get(key),
                )
            )


def _limited(found: Found, campaign_id: str) -> bool:
    boards: Iterable[Board] = found[Board].values()
    return any(limits.has_limits(each.entries[campaign_id]) for each in boards if campaign_id in each.entries)
