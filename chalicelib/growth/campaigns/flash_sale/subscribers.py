"""Tickets whose time is over, orders that were canceled, pieces that come back."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import CampaignStarted, PiecesReturned, SettleCampaign
from chalicelib.growth.campaigns.base.models import Phase
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.flash_sale.counters import service as counters
from chalicelib.growth.campaigns.flash_sale.events import FreePiece, LapseTicket, MendHolder, SessionEnded
from chalicelib.growth.campaigns.flash_sale.lots.service import NAME, allotments_of, lot_id, sessions_of
from chalicelib.growth.campaigns.flash_sale.mending import service as mending
from chalicelib.growth.campaigns.flash_sale.models import FlashSaleTicket, FlashSaleTicketStatus
from chalicelib.growth.campaigns.flash_sale.tickets import service as tickets
from chalicelib.mall.inventory.models import Reason, StockEntry, entry_id
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.after_sales import service as after_sales
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled

LOOK_AGAIN = timedelta(minutes=1)


@subscribe(CampaignStarted, queue="reactions")
def await_sessions(event: CampaignStarted, tx: Transaction) -> None:
    """Each session's end is told of."""
    if event.play == NAME:
        now, found = clock.now(), sessions_of(campaign_of(event.campaign_id, consistent=True).settings)
        for each in found.values():
            if each.ends_at > now:
                tx.emit(SessionEnded(campaign_id=event.campaign_id, play=NAME, session=each.id), at=each.ends_at)


@subscribe(SessionEnded, queue="reactions")
def list_ended(event: SessionEnded, tx: Transaction) -> None:
    """Pieces that a session has left are for sale no more: lists look again at its goods."""
    items = campaign_of(event.campaign_id, consistent=True).items
    listing.mark_all(
        each.product_id for each in items if event.session in {part.session for part in allotments_of(each)}
    )


@subscribe(LapseTicket, queue="reactions")
def lapse_ticket(event: LapseTicket, tx: Transaction) -> None:
    """Not used in time. Spent in the same second: the write is refused, the message comes again, and finds it spent."""
    ticket = FlashSaleTicket.find(event.member_id, event.lot_id, consistent=True)
    if ticket is not None and ticket.serial == event.serial and ticket.status is FlashSaleTicketStatus.OPEN:
        tickets.give_up(tx, ticket)


@subscribe(OrderCanceled, queue="reactions")
def return_ticket(event: OrderCanceled, tx: Transaction) -> None:
    """The ticket that made the order is void; its piece goes back once the stock has it."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    if not any(each.kind == NAME for each in order.adjustments):
        return
    for line in order.lines:
        ticket = _spent(order.member_id, order.id, line.stock_owner, line.sku_id)
        if ticket is not None:
            tickets.give_up(tx, ticket, order.id)


@subscribe(PiecesReturned, queue="reactions")
def resell_piece(event: PiecesReturned, tx: Transaction) -> None:
    """After-sales bring the piece back: the ticket is void, the piece is for others once the stock has it. Whoever got
    another piece for it has had their turn: the ticket stays spent."""
    mine = event.play == NAME
    ticket = _spent(event.member_id, event.order_id, event.owner, event.sku_id) if mine else None
    if ticket is not None:
        go = tickets.free if event.exchanged else tickets.give_up
        go(tx, ticket, event.order_id, event.after_sale_id)


@subscribe(FreePiece, queue="reactions")
def free_piece(event: FreePiece, tx: Transaction) -> None:
    """For others again. Of an order not before its piece lies in the stock: who is let in must find it there. Of a
    campaign that is over it goes on to the product."""
    if event.order_id and not _is_back(event):
        tx.emit(event, at=clock.now() + LOOK_AGAIN)
        return
    counters.put_back(event.counter_id, event.holder)
    campaign = campaign_of(event.counter_id.partition("-")[0])
    if event.order_id and campaign.phase is not Phase.LIVE:
        tx.emit(SettleCampaign(campaign_id=campaign.id, play=campaign.play))


@subscribe(MendHolder, queue="reactions")
def mend_holder(event: MendHolder, tx: Transaction) -> None:
    """A piece that is held by nobody who has a ticket."""
    mending.mend(tx, event)


def _spent(member_id: str, order_id: str, owner: str, sku_id: str) -> FlashSaleTicket | None:
    """The member's ticket that made this order, of the stock key *owner*."""
    campaign_id, _, rest = owner.partition("-")
    key = lot_id(campaign_id, rest.partition("-")[0], sku_id)
    ticket = FlashSaleTicket.find(member_id, key, consistent=True)
    mine = ticket is not None and ticket.status is FlashSaleTicketStatus.SPENT and ticket.order_id == order_id
    return ticket if mine else None


def _is_back(event: FreePiece) -> bool:
    """Whether the stock has the order's piece again."""
    if event.after_sale_id:
        return after_sales.is_back(event.after_sale_id, event.counter_id)
    returned = entry_id(event.order_id, Reason.GIVEN_BACK)
    return StockEntry.find(event.counter_id, returned, consistent=True) is not None
