"""Assists, their helpers, and what leads to them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, FenAttribute, IntAttribute, Table, TimeAttribute, table_name

ID_PREFIX = "ast"


class AssistStatus(StrEnum):
    """What is stored; that time is over is the clock's business: :meth:`Assist.standing`."""

    OPEN = "open"
    UNLOCKED = "unlocked"
    """A piece waits under the assist's own stock key."""
    ORDERED = "ordered"
    LAPSED = "lapsed"
    """Nobody ordered it in time: the piece went back."""


STEPS = Steps(
    {
        AssistStatus.OPEN: [AssistStatus.UNLOCKED],
        AssistStatus.UNLOCKED: [AssistStatus.ORDERED, AssistStatus.LAPSED],
        AssistStatus.ORDERED: [AssistStatus.UNLOCKED],
    }
)


class Standing(StrEnum):
    """How an assist stands at a moment."""

    RUNNING = "running"
    UNLOCKED = "unlocked"
    ORDERED = "ordered"
    OVER = "over"
    """Its time, or its campaign, has ended."""


class ByMember(GlobalSecondaryIndex["Assist"]):
    """What a member started, by time. Keys only: help does not touch it."""

    class Meta:
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByCampaign(GlobalSecondaryIndex["Assist"]):
    """What was started in a campaign, by time, with what staff look for. Help does not touch it."""

    class Meta:
        index_name = "by_campaign"
        projection = IncludeProjection(["status", "ends_at"])

    campaign_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Assist(Table):
    """A member's assist for one piece of a SKU. ``help_count`` guards every help."""

    class Meta:
        table_name = table_name("assists")

    id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    campaign_id = UnicodeAttribute()
    product_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()
    status = EnumAttribute(AssistStatus, default=AssistStatus.OPEN)
    unit_amount = FenAttribute()
    """What it costs once unlocked."""
    list_amount = FenAttribute()
    """The catalog's price when it began."""
    helps_total = IntAttribute()
    help_count = IntAttribute(default=0)
    device = UnicodeAttribute()
    """Of its starter: a digest."""
    started_at = TimeAttribute()
    ends_at = TimeAttribute()
    """The first moment at which friends can no longer help; once unlocked, at which it can no longer be ordered."""
    order_id = UnicodeAttribute(null=True)

    by_member = ByMember()
    by_campaign = ByCampaign()

    @property
    def helps_left(self) -> int:
        return self.helps_total - self.help_count

    @property
    def own_stock(self) -> tuple[str, str]:
        """The key under which its piece waits."""
        return self.id, self.sku_id

    def standing(self, now: datetime, *, runs: bool) -> Standing:
        """How it stands; *runs*: whether its campaign does."""
        if self.status is AssistStatus.ORDERED:
            return Standing.ORDERED
        if not runs or now >= self.ends_at or self.status is AssistStatus.LAPSED:
            return Standing.OVER
        return Standing.UNLOCKED if self.status is AssistStatus.UNLOCKED else Standing.RUNNING


class AssistSlot(Table):
    """What of a member leads to an assist: a campaign (their latest there), an order (the one it bought)."""

    class Meta:
        table_name = table_name("assist_slots")

    member_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    """A campaign's id, or an order's."""
    assist_id = UnicodeAttribute()


class Helper(Table):
    """A helper of an assist, in the order in which they came."""

    class Meta:
        table_name = table_name("assist_helpers")

    assist_id = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)
    """``0007``, from 1."""
    member_id = UnicodeAttribute()
    at = TimeAttribute()


class AssistHelp(Table):
    """A member helped: once per assist."""

    class Meta:
        table_name = table_name("assist_helps")

    member_id = UnicodeAttribute(hash_key=True)
    assist_id = UnicodeAttribute(range_key=True)
    at = TimeAttribute()


def helper_number(count: int) -> str:
    """The key of the helper who is number *count*."""
    return f"{count:04d}"


def device_digest(campaign_id: str, fingerprint: str) -> str:
    """What is kept of a device: it can be compared within the campaign, and nowhere else."""
    return hashlib.sha256(f"{campaign_id}#{fingerprint}".encode()).hexdigest()[:32]
