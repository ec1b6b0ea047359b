"""The price step: the unlocked price, for the assist's owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.states import move
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.errors import AssistMoved
from chalicelib.growth.campaigns.assist.models import STEPS, Assist, AssistSlot, AssistStatus, Standing
from chalicelib.growth.campaigns.assist.service import NAME
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice
from chalicelib.trade.pricing.service import Basket, Quote

_WHY_NOT = {Standing.ORDERED: "该助力奖品已下单", Standing.OVER: "助力已结束"}


class AssistPrice:
    """Stands before ``BestPrice``. The option ``assist`` names the assist; the piece that waits for it is taken."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        named = basket.options.get(NAME)
        return {**campaigns.needs(basket), **({Assist: [named]} if named else {})}

    def adjust(self, quote: Quote, found: Found) -> None:
        """Another's assist is not found. Why the owner's can not be used, ``choices`` says."""
        assist: Assist | None = found.get(Assist, {}).get(quote.options.get(NAME, ""))
        if assist is None or assist.member_id != quote.member_id:
            return
        mine = [number for number, line in enumerate(quote.lines) if line.sku_id == assist.sku_id]
        run = campaigns.earned_in(quote, found, NAME, assist.campaign_id)
        reason = _why_not(assist, run, quote, mine)
        if reason or run is None:
            title = run.posting.title if run is not None else "助力"
            quote.choices.append(Choice(kind=NAME, id=assist.id, title=title, usable=False, reason=reason))
        elif campaigns.offer_price(quote, found, run, mine[0], assist.unit_amount, stock_owner=assist.id):
            quote.memory[NAME] = assist

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """What was unlocked is ordered, once. :raises AssistMoved: (at commit) it was ordered, or went back."""
        assist: Assist | None = quote.memory.get(NAME)
        if assist is None or not any(
            each.kind == NAME and each.source_id == assist.campaign_id for each in quote.taken
        ):
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


def _why_not(assist: Assist, run: Running | None, quote: Quote, mine: list[int]) -> str:
    if not mine:
        return "不含助力商品"
    standing = assist.standing(quote.at, runs=run is not None)
    if standing in _WHY_NOT:
        return _WHY_NOT[standing]
    if standing is Standing.RUNNING:
        return f"还差{assist.helps_left}位好友助力"
    return "" if quote.lines[mine[0]].quantity == 1 else "助力商品每次限1件"
