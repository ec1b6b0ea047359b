"""What happens with gifts."""

from chalicelib.core.events import Event
from chalicelib.loyalty.gifts.schemas import GiftKind


class GiveSlot(Event):
    """Send everybody of a slot of the calendar their gift, from ``cursor`` on. ``day``: the business day it is for."""

    kind: GiftKind
    slot: str
    day: str
    cursor: str = ""


class GiveDayGift(Event):
    """Give a member the gift of a day, if it still is theirs."""

    member_id: str
    kind: GiftKind
    day: str


class GiveUpgradeGift(Event):
    """Deadline: a level was reached so long ago that it stays."""

    member_id: str
    level: str
