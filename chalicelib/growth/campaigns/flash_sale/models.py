"""Tables of flash sales."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, IntAttribute, Table, TimeAttribute, table_name


class FlashSaleTicketStatus(StrEnum):
    """What a ticket is good for. An open one is void after ``valid_until``, whatever is stored."""

    OPEN = "open"
    SPENT = "spent"
    """It made an order."""
    RETURNED = "returned"
    """Not used in time, or its order was canceled or went back. The row may carry the member's next ticket."""


STEPS = Steps(
    {
        FlashSaleTicketStatus.OPEN: [FlashSaleTicketStatus.SPENT, FlashSaleTicketStatus.RETURNED],
        FlashSaleTicketStatus.SPENT: [FlashSaleTicketStatus.RETURNED],
    }
)


class FlashSaleTicket(Table):
    """A member's right to one piece of a lot."""

    class Meta:
        table_name = table_name("flash_sale_tickets")

    member_id = UnicodeAttribute(hash_key=True)
    lot_id = UnicodeAttribute(range_key=True)
    campaign_id = UnicodeAttribute()
    session = UnicodeAttribute()
    product_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()
    stock_owner = UnicodeAttribute()
    """With the SKU, the stock key that holds its piece."""
    status = EnumAttribute(FlashSaleTicketStatus)
    serial = IntAttribute()
    """Tells the member's tickets of this lot apart; it only grows."""
    tries = IntAttribute()
    """How many of them the member had."""
    got_at = TimeAttribute()
    valid_until = TimeAttribute()
    order_id = UnicodeAttribute(null=True)
    expires_at = IntAttribute()

    @property
    def holder(self) -> str:
        return holder_of(self.member_id, self.serial)

    @property
    def counter_id(self) -> str:
        return f"{self.stock_owner}/{self.sku_id}"


class Counter(Table):
    """One of a lot's counters; its id is the text of the stock key beside it. Without a row nobody came yet.

    ``left`` + holders = the shard's pieces, always; those that staff added or took out since are counted.
    """

    class Meta:
        table_name = table_name("flash_sale_counters")

    id = UnicodeAttribute(hash_key=True)
    left = IntAttribute()
    holders = UnicodeSetAttribute(null=True)
    """Who has, or has bought, a piece: ``member.serial``."""
    expires_at = IntAttribute()


def holder_of(member_id: str, serial: int) -> str:
    return f"{member_id}.{serial}"


def parse_holder(holder: str) -> tuple[str, int]:
    """Member and serial."""
    member_id, _, serial = holder.rpartition(".")
    return member_id, int(serial)
