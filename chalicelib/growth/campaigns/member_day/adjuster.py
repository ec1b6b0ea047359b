"""Two price steps: a price by level for the goods of the scope, and the word that points are multiplied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter

from chalicelib.core import clock
from chalicelib.core.money import apply_bps, yuan
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.growth.campaigns.base.scopes.service import covered
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.growth.campaigns.member_day.service import NAME, POINTS, is_day, off_for
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Basket, Quote


class MemberDayPrice:
    """Stands before ``BestPrice``: a member's own price may be better."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        for run in _today(quote, found):
            rate = off_for(run.posting.settings, found[Member].get(quote.member_id))
            if rate is not None:
                for number in campaigns.touched(covered(quote, run.posting.settings, quote.discounted())):
                    price = apply_bps(quote.lines[number].unit_amount, 10_000 - rate)
                    campaigns.offer_price(quote, found, run, number, price)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""


class MemberDayPoints:
    """Stands after ``BestPrice``. Of several days at once the best multiplier counts."""

    name = POINTS

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        runs = [(run.posting.settings["points_bps"] or 0, run) for run in _today(quote, found)]
        times, run = max(runs, key=itemgetter(0), default=(0, None))
        if run is None or not times:
            return
        priced = {offer.line for offer in quote.taken if offer.source_id == run.id}
        pieces = campaigns.pieces_of(quote, [each for each in range(len(quote.lines)) if each not in priced])
        if campaigns.promise(quote, found, run, pieces):
            quote.adjust(
                POINTS,
                f"{run.posting.title}：积分{yuan(times // 100).rstrip('0').rstrip('.')}倍",
                0,
                source_id=run.id,
                group=GROUP,
            )
            campaigns.use(quote, run, pieces)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""


def _today(quote: Quote, found: Found) -> list[Running]:
    """The campaigns of which the quote's business day is one."""
    day = clock.business_day(quote.at)
    return [run for run in campaigns.running(quote, found, NAME) if is_day(run.posting.settings, day)]
