"""Deadlines of flash sales."""

from chalicelib.core.events import Event
from chalicelib.growth.campaigns.base.events import CampaignEvent


class LapseTicket(Event):
    """Deadline: the ticket was to be used by now."""

    member_id: str
    lot_id: str
    serial: int


class FreePiece(Event):
    """A piece that *holder* had is for others again. That of an order, canceled or brought back by an after-sale, once
    the stock has it."""

    counter_id: str
    holder: str
    order_id: str = ""
    after_sale_id: str = ""


class SessionEnded(CampaignEvent):
    """Deadline: a session is over; what it has left, nobody buys."""

    session: str


class MendHolder(Event):
    """Deadline: by now a holder without a ticket should have one."""

    campaign_id: str
    session: str
    sku_id: str
    counter_id: str
    holder: str
