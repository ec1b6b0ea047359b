"""Tickets, in and out."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Id, Schema
from chalicelib.growth.campaigns.flash_sale.models import FlashSaleTicket, FlashSaleTicketStatus
from chalicelib.growth.campaigns.flash_sale.schemas import SessionId


class GetTicket(Schema):
    """``POST /flash-sale/tickets``."""

    campaign_id: Id
    session: SessionId
    product_id: Id
    sku_id: Id


class TicketView(Schema):
    """A right to one piece. Order it with `options: {"flash_sale": lot_id}`."""

    lot_id: Id
    campaign_id: Id
    session: SessionId
    product_id: Id
    sku_id: Id
    status: FlashSaleTicketStatus
    """`open`: order with it until `valid_until`; after that it is void."""
    got_at: datetime
    valid_until: datetime
    order_id: Id | None
    now: datetime
    """The mall's clock, for the countdown."""

    @classmethod
    def of(cls, ticket: FlashSaleTicket, now: datetime) -> TicketView:
        same = {name: getattr(ticket, name) for name in cls.model_fields if name != "now"}
        return cls(**same, now=now)
