"""Two price steps: what was won costs nothing, and travels for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.growth.campaigns.lucky_draw.goods import service as goods
from chalicelib.growth.campaigns.lucky_draw.models import GoodsStatus, WonGoods
from chalicelib.growth.campaigns.lucky_draw.service import NAME
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice, PriceOffer, Target
from chalicelib.trade.pricing.service import Basket, Quote


class WonGoodsPrice:
    """Stands before ``BestPrice``. The option ``lucky_draw`` names the draw; the piece that waits for it is taken.

    It asks for no running campaign: what was won in it may be ordered after its end.
    """

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        named = basket.options.get(NAME)
        return {WonGoods: [(basket.member_id, named)]} if named else {}

    def adjust(self, quote: Quote, found: Found) -> None:
        """Another's draw is not found. Why the winner's can not be used, ``choices`` says."""
        won: WonGoods | None = found.get(WonGoods, {}).get((quote.member_id, quote.options.get(NAME, "")))
        if won is None:
            return
        mine = [number for number, line in enumerate(quote.lines) if line.sku_id == won.sku_id]
        reason = _why_not(won, quote, mine)
        if reason:
            quote.choices.append(Choice(kind=NAME, id=won.id, title=won.title, usable=False, reason=reason))
            return
        offer = PriceOffer(
            line=mine[0],
            kind=NAME,
            group=GROUP,
            source_id=won.campaign_id,
            title=f"奖品：{won.title}"[:64],
            unit_amount=0,
            stock_owner=won.id,
        )
        quote.offers.append(offer)
        quote.memory[NAME] = won, offer

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """What was won is ordered, once. :raises GoodsMoved: (at commit) it was ordered, or went back."""
        won, offer = quote.memory.get(NAME, (None, None))
        if won is not None and offer in quote.taken:
            goods.order(tx, won, order_id)


class WonGoodsShipping:
    """Stands after the freight: the prize's share of it is the shop's."""

    name = "lucky_draw_shipping"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return {}

    def adjust(self, quote: Quote, found: Found) -> None:
        won, offer = quote.memory.get(NAME, (None, None))
        if won is None or offer not in quote.taken:
            return
        weights = [amount if number == offer.line else 0 for number, amount in enumerate(quote.freighted())]
        if freight := sum(weights):
            quote.adjust(
                NAME,
                "奖品包邮",
                -freight,
                target=Target.FREIGHT,
                source_id=won.campaign_id,
                group=GROUP,
                weights=weights,
            )

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """The price step claims."""


def _why_not(won: WonGoods, quote: Quote, mine: list[int]) -> str:
    if won.status is GoodsStatus.ORDERED:
        return "该奖品已下单"
    if not won.waits(quote.at):
        return "已过领取期限"
    if not mine:
        return "不含该奖品"
    return "" if quote.lines[mine[0]].quantity == 1 else "奖品每次限1件"
