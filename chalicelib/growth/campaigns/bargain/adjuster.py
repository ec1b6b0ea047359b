"""The price step: a bargain's present price, for its owner."""

from __future__ import annotations

from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.bargain.errors import BargainMoved
from chalicelib.growth.campaigns.bargain.models import STEPS, Bargain, BargainSlot, BargainStatus, Standing
from chalicelib.growth.campaigns.bargain.service import NAME
from chalicelib.growth.campaigns.base.friends.adjuster import StartedPrice
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.trade.pricing.service import Quote

_WHY_NOT = {Standing.ORDERED: "该砍价已下单", Standing.OVER: "砍价已结束"}


class BargainPrice(StartedPrice[Bargain]):
    """The option ``bargain`` names the bargain."""

    name, table, title = NAME, Bargain, "砍价"

    def why_not(self, started: Bargain, run: Running | None, quote: Quote, quantity: int) -> str:
        standing = started.standing(quote.at, runs=run is not None)
        if standing in _WHY_NOT:
            return _WHY_NOT[standing]
        if quantity != 1:
            return "砍价商品每次限购1件"
        if run is not None and run.posting.settings["buy_at"] == "floor" and standing is not Standing.AT_FLOOR:
            return f"砍到底价才能购买，还差{started.cuts_left}刀"
        return ""

    def unit_amount(self, started: Bargain) -> int:
        return started.price_amount

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """The bargain is bought at the price that was seen. :raises BargainMoved: (at commit) it changed."""
        bargain = self.taken(quote)
        if bargain is None:
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
