"""What a buyer may ask about tickets."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.api import Api
from chalicelib.core.errors import TooBusy, TooManyRequests
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.campaigns.flash_sale import errors
from chalicelib.growth.campaigns.flash_sale.tickets import service
from chalicelib.growth.campaigns.flash_sale.tickets.schemas import GetTicket, TicketView
from chalicelib.mall.identity.service import Buyer

api = Api("flash_sale_tickets", title="秒杀 Flash sale")


@api.post(
    "/flash-sale/tickets",
    status=201,
    raises=[
        errors.SessionNotFound,
        errors.NotOpenYet,
        errors.SessionOver,
        errors.SoldOut,
        errors.NotForYou,
        errors.LimitReached,
        errors.AlreadyBought,
        errors.TriesUsed,
        TooManyRequests,
        TooBusy,
    ],
)
def get_ticket(buyer: Buyer, body: GetTicket) -> TicketView:
    """Get a ticket: one piece is mine until `valid_until`. Asking again answers with the same ticket."""
    return TicketView.of(service.get(buyer.member_id, body), clock.now())


@api.get("/flash-sale/tickets")
def list_tickets(buyer: Buyer, query: PageQuery) -> Page[TicketView]:
    """List my tickets of the last weeks, in no order: for who lost an answer, or comes back."""
    return service.mine(buyer.member_id, query)
