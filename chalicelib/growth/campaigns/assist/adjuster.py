"""The price step: the unlocked price, for the assist's owner."""

from __future__ import annotations

from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.errors import AssistMoved
from chalicelib.growth.campaigns.assist.models import STEPS, Assist, AssistSlot, AssistStatus, Standing
from chalicelib.growth.campaigns.assist.service import NAME
from chalicelib.growth.campaigns.base.friends.adjuster import StartedPrice
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.trade.pricing.service import Quote

_WHY_NOT = {Standing.ORDERED: "该助力奖品已下单", Standing.OVER: "助力已结束"}


class AssistPrice(StartedPrice[Assist]):
    """The option ``assist`` names the assist; the piece that waits for it is taken."""

    name, table, title = NAME, Assist, "助力"

    def why_not(self, started: Assist, run: Running | None, quote: Quote, quantity: int) -> str:
        standing = started.standing(quote.at, runs=run is not None)
        if standing in _WHY_NOT:
            return _WHY_NOT[standing]
        if standing is Standing.RUNNING:
            return f"还差{started.helps_left}位好友助力"
        return "" if quantity == 1 else "助力商品每次限1件"

    def unit_amount(self, started: Assist) -> int:
        return started.unit_amount

    def stock_owner(self, started: Assist) -> str | None:
        return started.id

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """What was unlocked is ordered, once. :raises AssistMoved: (at commit) it was ordered, or went back."""
        assist = self.taken(quote)
        if assist is None:
            return
        move(
            tx,
            Assist(id=assist.id),
            Assist.status,
            STEPS,
            AssistStatus.ORDERED,
            Assist.order_id.set(order_id),
            otherwise=AssistMoved(),
        )
        tx.put(AssistSlot(member_id=assist.member_id, place=order_id, assist_id=assist.id))
