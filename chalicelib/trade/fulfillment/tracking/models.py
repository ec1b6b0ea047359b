"""What is known of a parcel's way, and the counts that keep Kuaidi100's limits."""

from __future__ import annotations

import zlib
from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.gateways.kuaidi100.schemas import Entry, State
from chalicelib.trade.fulfillment.shipments.models import Trouble

SHARDS = 8


class Subscription(StrEnum):
    """Whether Kuaidi100 tells us by itself."""

    WAITING = "waiting"
    """It did not answer yet: to be tried again."""
    SUBSCRIBED = "subscribed"
    SHARED = "shared"
    """It watches the number already, perhaps for another parcel."""
    REFUSED = "refused"
    """It can not, or not any more this month: we ask."""
    ENDED = "ended"
    """It has told its last word: we ask, if that was not the end."""


class Track(Table):
    """The courier's own words about one parcel under one waybill. ``problem``: why the last call failed."""

    class Meta:
        table_name = table_name("tracks")

    order_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """The parcel's."""
    version = IntAttribute()
    """The parcel's, when its waybill was this."""
    revision = IntAttribute(default=0)
    """Counts writes: what was decided on a track as read is written only if it is still so."""
    carrier = UnicodeAttribute()
    """Kuaidi100's code: as ours translates, until it finds that the number is another courier's."""
    number = UnicodeAttribute()
    corrected = UnicodeAttribute(null=True)
    """The code that it found instead of ours."""
    subscription = EnumAttribute(Subscription, default=Subscription.WAITING)
    problem = UnicodeAttribute(null=True)
    problem_passes = BooleanAttribute(default=False)
    """Whether the problem may be gone soon by itself."""
    entries = DocumentAttribute[list[Entry]](list[Entry], default=list)
    """Newest first, at most a hundred."""
    newest_at = TimeAttribute(null=True)
    state = EnumAttribute(State, default=State.UNKNOWN)
    heard_at = TimeAttribute(null=True)
    """When we last heard of it, asked or told."""
    raised = EnumAttribute(Trouble, null=True)
    """The trouble that was announced last and is not over: staff may have settled it."""
    settled_at = TimeAttribute(null=True)


class Limit(Table):
    """How often Kuaidi100 was asked about a number: subscriptions by month, the last query."""

    class Meta:
        table_name = table_name("tracking_limits")

    id = UnicodeAttribute(hash_key=True)
    used = IntAttribute(default=0)
    asked_at = TimeAttribute(null=True)
    expires_at = IntAttribute()


def shards() -> list[str]:
    """The keys of the index ``by_watch``."""
    return [f"w{shard}" for shard in range(SHARDS)]


def shard_of(parcel_id: str) -> str:
    """The shard in which a parcel is looked for."""
    return f"w{zlib.crc32(parcel_id.encode()) % SHARDS}"


def subscriptions_id(track: Track, month: str) -> str:
    """The count of a number's subscriptions in a month (``2026-11``)."""
    return f"subscribe#{track.carrier}#{track.number}#{month}"


def query_id(track: Track) -> str:
    """The last query of a number."""
    return f"query#{track.carrier}#{track.number}"


def month_of(at: datetime) -> str:
    """The month that Kuaidi100 counts in."""
    return f"{at:%Y-%m}"
