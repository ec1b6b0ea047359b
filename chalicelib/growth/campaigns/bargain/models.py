"""Bargains, their cuts, and what leads to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, FenAttribute, IntAttribute, Table, TimeAttribute, table_name

ID_PREFIX = "brg"


class BargainStatus(StrEnum):
    """What is stored; that its time is over is the clock's business: :meth:`Bargain.standing`."""

    OPEN = "open"
    ORDERED = "ordered"


STEPS = Steps({BargainStatus.OPEN: [BargainStatus.ORDERED], BargainStatus.ORDERED: [BargainStatus.OPEN]})


class Standing(StrEnum):
    """How a bargain stands at a moment."""

    RUNNING = "running"
    AT_FLOOR = "at_floor"
    """All cuts are made."""
    ORDERED = "ordered"
    OVER = "over"
    """Its time, or its campaign, has ended."""


class ByMember(GlobalSecondaryIndex["Bargain"]):
    """What a member started, by time. Keys only: a cut does not touch it."""

    class Meta:
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByCampaign(GlobalSecondaryIndex["Bargain"]):
    """What was started in a campaign, by time, with what staff look for. A cut does not touch it."""

    class Meta:
        index_name = "by_campaign"
        projection = IncludeProjection(["status", "ends_at"])

    campaign_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Bargain(Table):
    """A member's bargain for one piece of a SKU. ``cut_count`` guards every cut."""

    class Meta:
        table_name = table_name("bargains")

    id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    campaign_id = UnicodeAttribute()
    product_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()
    status = EnumAttribute(BargainStatus, default=BargainStatus.OPEN)
    start_amount = FenAttribute()
    """The catalog's price when it began."""
    floor_amount = FenAttribute()
    cuts_total = IntAttribute()
    cut_count = IntAttribute(default=0)
    cut_amount = FenAttribute(default=0)
    """All cuts so far."""
    started_at = TimeAttribute()
    ends_at = TimeAttribute()
    """The first moment at which it no longer runs."""
    order_id = UnicodeAttribute(null=True)

    by_member = ByMember()
    by_campaign = ByCampaign()

    @property
    def price_amount(self) -> int:
        """What it costs now."""
        return self.start_amount - self.cut_amount

    @property
    def left_amount(self) -> int:
        """What is still to be cut."""
        return self.price_amount - self.floor_amount

    @property
    def cuts_left(self) -> int:
        return self.cuts_total - self.cut_count

    def standing(self, now: datetime, *, runs: bool) -> Standing:
        """How it stands; *runs*: whether its campaign does."""
        if self.status is BargainStatus.ORDERED:
            return Standing.ORDERED
        if not runs or now >= self.ends_at:
            return Standing.OVER
        return Standing.RUNNING if self.cuts_left else Standing.AT_FLOOR


class BargainSlot(Table):
    """What of a member leads to a bargain: an item (the one that runs there), an order (the one it bought)."""

    class Meta:
        table_name = table_name("bargain_slots")

    member_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    """``<campaign id>#<SKU id>``, or an order's id."""
    bargain_id = UnicodeAttribute()
    open_until = TimeAttribute(null=True)
    """Of an item: no other bargain begins before."""


class Cut(Table):
    """A cut, in the order in which they were made."""

    class Meta:
        table_name = table_name("bargain_cuts")

    bargain_id = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)
    """``0007``, from 1."""
    member_id = UnicodeAttribute()
    amount = FenAttribute()
    newcomer = BooleanAttribute(default=False)
    at = TimeAttribute()


class BargainHelp(Table):
    """A member helped: once per bargain."""

    class Meta:
        table_name = table_name("bargain_helps")

    member_id = UnicodeAttribute(hash_key=True)
    bargain_id = UnicodeAttribute(range_key=True)
    amount = FenAttribute()
    at = TimeAttribute()


def slot_place(campaign_id: str, sku_id: str) -> str:
    """The place of an item in a member's slots."""
    return f"{campaign_id}#{sku_id}"


def cut_number(count: int) -> str:
    """The key of the cut that is number *count*."""
    return f"{count:04d}"
