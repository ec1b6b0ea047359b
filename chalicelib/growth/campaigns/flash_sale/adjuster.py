"""The price step: the session's price, for one piece, to who holds a valid ticket and names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.flash_sale.lots.service import NAME, lot_in
from chalicelib.growth.campaigns.flash_sale.models import FlashSaleTicket, FlashSaleTicketStatus
from chalicelib.growth.campaigns.flash_sale.tickets import service as tickets
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice
from chalicelib.trade.pricing.service import Basket, Quote


class FlashSalePrice:
    """Stands before ``BestPrice``. A basket that names no lot pays nothing for it."""

    name = NAME
    fresh = (FlashSaleTicket,)

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        lot_id = basket.options.get(NAME)
        return {**campaigns.needs(basket), FlashSaleTicket: [(basket.member_id, lot_id)] if lot_id else []}

    def adjust(self, quote: Quote, found: Found) -> None:
        lot_id = quote.options.get(NAME)
        if lot_id is None:
            return
        ticket: FlashSaleTicket | None = found[FlashSaleTicket].get((quote.member_id, lot_id))
        reason = _trouble(ticket, quote)
        if ticket is not None and reason is None:
            reason = _offer(quote, found, ticket)
        if reason is not None:
            quote.choices.append(Choice(kind=NAME, id=lot_id, title="秒杀", usable=False, reason=reason))
        quote.memory[NAME] = ticket

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """The ticket makes this order, if its price was taken. :raises TicketGone: (at commit) used, or over."""
        if any(each.kind == NAME for each in quote.taken):
            tickets.spend(tx, quote.memory[NAME], order_id)


def _trouble(ticket: FlashSaleTicket | None, quote: Quote) -> str | None:
    if ticket is None:
        return "还没有抢到，请先抢购"
    if ticket.status is FlashSaleTicketStatus.SPENT:
        return "已用这次抢购下过单"
    return None if tickets.is_valid(ticket, quote.at) else "抢购资格已过期"


def _offer(quote: Quote, found: Found, ticket: FlashSaleTicket) -> str | None:
    """Offer the lot's price; or why not. Limits of the member say it themselves."""
    number = next((number for number, line in enumerate(quote.lines) if line.sku_id == ticket.sku_id), None)
    if number is None or quote.lines[number].quantity != 1:
        return "秒杀商品每单限购1件"
    run = campaigns.earned_in(quote, found, NAME, ticket.campaign_id)
    lot = lot_in(run.id, run.posting, ticket.session, ticket.sku_id) if run is not None else None
    if run is None or lot is None or not lot.is_open(quote.at):
        return "本场秒杀已结束"
    campaigns.offer_price(quote, found, run, number, lot.unit_amount, stock_owner=ticket.stock_owner)
    return None
