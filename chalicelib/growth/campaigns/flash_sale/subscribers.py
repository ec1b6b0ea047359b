"""Tickets whose time is over, orders that were canceled, pieces that come back."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import SettleCampaign
from chalicelib.growth.campaigns.base.models import Phase
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.flash_sale.counters import service as counters
from chalicelib.growth.campaigns.flash_sale.events import FreePiece, LapseTicket, MendHolder
from chalicelib.growth.campaigns.flash_sale.lots.service import NAME, lot_id
from chalicelib.growth.campaigns.flash_sale.mending import service as mending
from chalicelib.growth.campaigns.flash_sale.models import Ticket, TicketStatus
from chalicelib.growth.campaigns.flash_sale.tickets import service as tickets
from chalicelib.mall.inventory.models import Reason, StockEntry, entry_id
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled

LOOK_AGAIN = timedelta(minutes=1)


@subscribe(LapseTicket, queue="reactions")
def lapse_ticket(event: LapseTicket, tx: Transaction) -> None:
    """Not used in time. Spent in the same second: the write is refused, the message comes again, and finds it spent."""
    ticket = Ticket.find(event.member_id, event.lot_id, consistent=True)
    if ticket is not None and ticket.serial == event.serial and ticket.status is TicketStatus.OPEN:
        tickets.give_up(tx, ticket)


@subscribe(OrderCanceled, queue="reactions")
def return_ticket(event: OrderCanceled, tx: Transaction) -> None:
    """The ticket that made the order is void; its piece goes back once the stock has it."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    if not any(each.kind == NAME for each in order.adjustments):
        return
    for line in order.lines:
        campaign_id, _, rest = line.stock_owner.partition("-")
        session = rest.partition("-")[0]
        ticket = Ticket.find(order.member_id, lot_id(campaign_id, session, line.sku_id), consistent=True)
        if ticket is not None and ticket.status is TicketStatus.SPENT and ticket.order_id == order.id:
            tickets.give_up(tx, ticket, order.id)


@subscribe(FreePiece, queue="reactions")
def free_piece(event: FreePiece, tx: Transaction) -> None:
    """For others again. Of a canceled order not before its piece lies in the stock: who is let in must find it there.
    Of a campaign that is over it goes on to the product."""
    if event.order_id:
        returned = entry_id(event.order_id, Reason.GIVEN_BACK)
        if StockEntry.find(event.counter_id, returned, consistent=True) is None:
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
