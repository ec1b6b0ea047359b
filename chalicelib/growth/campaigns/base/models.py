"""Tables of campaigns: keys, indexes, states."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.growth.campaigns.base.schemas import CampaignItem, Posting, TallyEntry
from chalicelib.trade.orders.models import Order

MALL = "mall"
EVERYWHERE = "*"
"""The board that every basket reads: campaigns that do not name their products."""
ID_PREFIX = "cmp"
GROUP = "campaign"
"""The group of every adjustment and price offer of a campaign; their ``source_id`` is the campaign's id."""


class CampaignStatus(StrEnum):
    """The life of a campaign. What is stored may lag behind the clock: ask :meth:`Campaign.status_at`."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"
    STOPPED = "stopped"
    """By hand, before its end."""


STEPS = Steps(
    {
        CampaignStatus.DRAFT: [CampaignStatus.SCHEDULED],
        CampaignStatus.SCHEDULED: [CampaignStatus.RUNNING, CampaignStatus.ENDED, CampaignStatus.DRAFT],
        CampaignStatus.RUNNING: [CampaignStatus.ENDED, CampaignStatus.STOPPED],
    }
)
LIVE = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING)


class Phase(StrEnum):
    """What is left to do for a campaign; the key under which it is found."""

    DRAFT = "draft"
    LIVE = "live"
    CLOSING = "closing"
    """Withdrawn, ended or stopped: boards and stock are being cleared."""
    OVER = "over"


class ByPhase(GlobalSecondaryIndex["Campaign"]):
    class Meta:
        index_name = "by_phase"
        projection = KeysOnlyProjection()

    phase = EnumAttribute(Phase, hash_key=True)
    ends_at = TimeAttribute(range_key=True)


class Campaign(Table):
    """A campaign, whatever its play. ``version`` guards every write and names the round of its set-aside stock."""

    class Meta:
        table_name = table_name("campaigns")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    play = UnicodeAttribute()
    title = UnicodeAttribute()
    picture = UnicodeAttribute(null=True)
    status = EnumAttribute(CampaignStatus)
    phase = EnumAttribute(Phase)
    starts_at = TimeAttribute()
    ends_at = TimeAttribute()
    segment_id = UnicodeAttribute(null=True)
    """Only members of this segment; null: everybody."""
    per_member_max = IntAttribute(null=True)
    """Pieces of all its SKUs together, by a member, over the whole campaign."""
    remind_minutes = IntAttribute(default=5)
    """How long before it begins members are told who asked for it."""
    not_with = DocumentAttribute[list[str]](list[str], default=list)
    settings = DocumentAttribute[dict[str, Any]](dict[str, Any], default=dict)
    items = DocumentAttribute[list[CampaignItem]](list[CampaignItem], default=list)
    version = IntAttribute(default=1)
    created_at = TimeAttribute()
    below_cost = BooleanAttribute(default=False)
    """Somebody who may has allowed that it sells below cost."""
    over_at = TimeAttribute(null=True)
    """When it really ended."""
    stock_round = IntAttribute(null=True)
    """The version whose stock was set aside, where the version has moved on since; see :attr:`round`."""
    added = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Pieces by which staff changed what it has for itself while it ran: by SKU, or by the play's part of it."""

    by_phase = ByPhase()

    def status_at(self, now: datetime) -> CampaignStatus:
        """The status by the clock: nothing runs a second late because a sweep is down."""
        if self.status not in LIVE:
            return self.status
        if now < self.starts_at:
            return CampaignStatus.SCHEDULED
        return CampaignStatus.RUNNING if now < self.ends_at else CampaignStatus.ENDED

    def item(self, sku_id: str) -> CampaignItem | None:
        """The campaign's line of a SKU."""
        return next((each for each in self.items if each.sku_id == sku_id), None)

    @property
    def round(self) -> int:
        """Names the stock that it was scheduled with, which is set aside once."""
        return self.version if self.stock_round is None else self.stock_round

    def set_aside(self, sku_id: str) -> int:
        """All pieces that it has had for itself."""
        item, names = self.item(sku_id), [each for each in self.added if each.partition("#")[0] == sku_id]
        return (item.stock or 0 if item is not None else 0) + sum(self.added[each] for each in names)

    @property
    def product_ids(self) -> list[str]:
        return list(dict.fromkeys(each.product_id for each in self.items))

    @property
    def stocked_product_ids(self) -> list[str]:
        """Those of which it has pieces of its own."""
        return list(dict.fromkeys(each.product_id for each in self.items if each.stock is not None))


class Board(Table):
    """The campaigns of a place: a product, or everywhere. What price steps read in their one round trip."""

    class Meta:
        table_name = table_name("campaign_boards")

    place = UnicodeAttribute(hash_key=True)
    entries = DocumentAttribute[dict[str, Posting]](dict[str, Posting], default=dict)
    halted = UnicodeSetAttribute(null=True)
    """Of the board everywhere: campaigns stopped by hand whose postings are still being taken down."""
    version = IntAttribute(default=0)


class Tally(Table):
    """What a member has had of campaigns with limits. Changed in the order's transaction, never counted afterwards."""

    class Meta:
        table_name = table_name("campaign_tallies")

    member_id = UnicodeAttribute(hash_key=True)
    entries = DocumentAttribute[dict[str, TallyEntry]](dict[str, TallyEntry], default=dict)
    version = IntAttribute(default=0)


class CampaignOrder(Table):
    """An order in a campaign: which pieces, so that exactly those are given back."""

    class Meta:
        table_name = table_name("campaign_orders")

    campaign_id = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute(range_key=True)
    member_id = UnicodeAttribute()
    skus = DocumentAttribute[dict[str, int]](dict[str, int])
    """Pieces by SKU."""
    counted = BooleanAttribute(default=False)
    """They stand in the member's tally, since the order."""
    counted_before = BooleanAttribute(default=False)
    """They stood there before it, and stay when it is canceled: see ``limits.take``."""
    returned = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Pieces of the order that came back since, by SKU."""

    def still_counted(self, order: Order) -> dict[str, int]:
        """What of it stands in the tally now: what the member can still have of it."""
        whole: dict[str, int] = {}
        for line in order.lines:
            whole[line.sku_id] = whole.get(line.sku_id, 0) + line.quantity
        kept = {sku_id: pieces - self.returned.get(sku_id, 0) for sku_id, pieces in whole.items()}
        return {sku_id: max(min(pieces, kept.get(sku_id, 0)), 0) for sku_id, pieces in self.skus.items()}


class Participant(Table):
    """A member who took part, once."""

    class Meta:
        table_name = table_name("campaign_participants")

    campaign_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)
    joined_at = TimeAttribute()
    invited_by = UnicodeAttribute(null=True)


class CampaignDay(Table):
    """Counters of a campaign and a business day, in shards."""

    class Meta:
        table_name = table_name("campaign_days")

    campaign_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``2026-11-24#3``."""
    view_count = IntAttribute(default=0)
    participant_count = IntAttribute(default=0)
    new_member_count = IntAttribute(default=0)
    invited_count = IntAttribute(default=0)
    placed_count = IntAttribute(default=0)
    order_count = IntAttribute(default=0)
    piece_count = IntAttribute(default=0)
    paid_amount = IntAttribute(default=0)
    discount_amount = IntAttribute(default=0)
    refunded_piece_count = IntAttribute(default=0)
    refunded_amount = IntAttribute(default=0)
    opened_count = IntAttribute(default=0)
    completed_count = IntAttribute(default=0)
    failed_count = IntAttribute(default=0)
    joined_count = IntAttribute(default=0)
    stranger_count = IntAttribute(default=0)
    reminder_count = IntAttribute(default=0)
    reminded_count = IntAttribute(default=0)
    reminder_came_count = IntAttribute(default=0)
    reminder_buyer_count = IntAttribute(default=0)
    reminder_order_count = IntAttribute(default=0)
    reminder_paid_amount = IntAttribute(default=0)
