"""The price step: the presale's price, for whoever paid a deposit; or for everybody, paid at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.states import move
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.growth.campaigns.presale.errors import DepositMoved
from chalicelib.growth.campaigns.presale.models import STEPS, Deposit, DepositStatus, Standing, held_owner
from chalicelib.growth.campaigns.presale.schemas import Mode, PresaleSettings
from chalicelib.growth.campaigns.presale.service import NAME
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Advance, Choice
from chalicelib.trade.pricing.service import Basket, Quote

_WHY_NOT = {
    Standing.PENDING: "定金还未支付",
    Standing.WAITING: "还未到支付尾款的时间",
    Standing.OVER: "支付尾款的时间已过",
    Standing.ORDERED: "该定金已下单，请支付尾款",
    Standing.SPENT: "该定金已使用",
    Standing.RETURNED: "定金已退回",
    Standing.KEPT: "支付尾款的时间已过",
    Standing.REFUNDED: "定金已退回",
    Standing.CLOSED: "定金未支付",
}


class PresalePrice:
    """Stands before ``BestPrice``. The option ``presale`` names a deposit: its goods, at its terms."""

    name = NAME
    fresh = (Deposit,)

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        named = basket.options.get(NAME)
        return {**campaigns.needs(basket), **({Deposit: [(basket.member_id, named)]} if named else {})}

    def adjust(self, quote: Quote, found: Found) -> None:
        """Another's deposit is not found. Why one's own can not be used, ``choices`` says."""
        for run in campaigns.running(quote, found, NAME):
            if PresaleSettings.model_validate(run.posting.settings).mode is Mode.FULL:
                _offer_to_all(quote, found, run)
        deposit: Deposit | None = found.get(Deposit, {}).get((quote.member_id, quote.options.get(NAME, "")))
        if deposit is not None:
            _offer(quote, found, deposit, campaigns.earned_in(quote, found, NAME, deposit.campaign_id))

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """The deposit is in this order, and in no other. :raises DepositMoved: (at commit)"""
        deposit: Deposit | None = quote.memory.get(NAME)
        if deposit is None or quote.advance is None or quote.advance.purchase_id != deposit.id:
            return
        move(
            tx,
            Deposit(member_id=deposit.member_id, id=deposit.id),
            Deposit.status,
            STEPS,
            DepositStatus.ORDERED,
            Deposit.order_id.set(order_id),
            otherwise=DepositMoved(),
        )


def _offer_to_all(quote: Quote, found: Found, run: Running) -> None:
    rules = PresaleSettings.model_validate(run.posting.settings)
    for number, line in enumerate(quote.lines):
        item = run.posting.items.get(line.sku_id)
        if item is not None and item.unit_amount is not None:
            campaigns.offer_price(quote, found, run, number, item.unit_amount, binding=True, ship_by=rules.ship_by)


def _offer(quote: Quote, found: Found, deposit: Deposit, run: Running | None) -> None:
    mine = [number for number, line in enumerate(quote.lines) if line.sku_id == deposit.sku_id]
    reason = _why_not(deposit, run, quote, mine)
    if reason or run is None:
        title = run.posting.title if run is not None else "预售"
        quote.choices.append(Choice(kind=NAME, id=deposit.id, title=title, usable=False, reason=reason))
        return
    campaigns.offer_price(
        quote,
        found,
        run,
        mine[0],
        deposit.final_unit_amount,
        stock_owner=held_owner(run.id),
        counted=True,
        binding=True,
        advance=Advance(purchase_id=deposit.id, amount=deposit.amount),
        ship_by=deposit.ship_by,
    )
    quote.memory[NAME] = deposit


def _why_not(deposit: Deposit, run: Running | None, quote: Quote, mine: list[int]) -> str:
    if not mine:
        return "不含预售商品"
    standing = deposit.standing(quote.at, runs=run is not None)
    if standing in _WHY_NOT:
        return _WHY_NOT[standing]
    quantity = quote.lines[mine[0]].quantity
    return "" if quantity == deposit.quantity else f"定金对应{deposit.quantity}件商品"
