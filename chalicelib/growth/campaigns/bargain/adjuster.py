"""The price step: a bargain's present price, for its owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.states import move
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.bargain.errors import BargainMoved
from chalicelib.growth.campaigns.bargain.models import STEPS, Bargain, BargainSlot, BargainStatus, Standing
from chalicelib.growth.campaigns.bargain.service import NAME
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice
from chalicelib.trade.pricing.service import Basket, Quote

_WHY_NOT = {Standing.ORDERED: "该砍价已下单", Standing.OVER: "砍价已结束"}


class BargainPrice:
    """Stands before ``BestPrice``. The option ``bargain`` names the bargain."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        named = basket.options.get(NAME)
        return {**campaigns.needs(basket), **({Bargain: [named]} if named else {})}

    def adjust(self, quote: Quote, found: Found) -> None:
        """Another's bargain is not found. Why the owner's can not be used, ``choices`` says."""
        bargain: Bargain | None = found.get(Bargain, {}).get(quote.options.get(NAME, ""))
        if bargain is None or bargain.member_id != quote.member_id:
            return
        mine = [number for number, line in enumerate(quote.lines) if line.sku_id == bargain.sku_id]
        run = campaigns.earned_in(quote, found, NAME, bargain.campaign_id)
        reason = _why_not(bargain, run, quote, mine)
        if reason or run is None:
            title = run.posting.title if run is not None else "砍价"
            quote.choices.append(Choice(kind=NAME, id=bargain.id, title=title, usable=False, reason=reason))
        elif campaigns.offer_price(quote, found, run, mine[0], bargain.price_amount):
            quote.memory[NAME] = bargain

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """The bargain is bought at the price that was seen. :raises BargainMoved: (at commit) it changed."""
        bargain: Bargain | None = quote.memory.get(NAME)
        if bargain is None or not any(
            each.kind == NAME and each.source_id == bargain.campaign_id for each in quote.taken
        ):
            return
        move(
            tx,
            Bargain(id=bargain.id),
            Bargain.status,
            STEPS,
            BargainStatus.ORDERED,
            Bargain.order_id.set(order_id),
            also=Bargain.cut_amount == bargain.cut_amount,
            otherwise=BargainMoved(),
        )
        tx.put(BargainSlot(member_id=bargain.member_id, place=order_id, bargain_id=bargain.id))


def _why_not(bargain: Bargain, run: Running | None, quote: Quote, mine: list[int]) -> str:
    if not mine:
        return "不含砍价商品"
    standing = bargain.standing(quote.at, runs=run is not None)
    if standing in _WHY_NOT:
        return _WHY_NOT[standing]
    if quote.lines[mine[0]].quantity != 1:
        return "砍价商品每次限购1件"
    if run is not None and run.posting.settings["buy_at"] == "floor" and standing is not Standing.AT_FLOOR:
        return f"砍到底价才能购买，还差{bargain.cuts_left}刀"
    return ""
