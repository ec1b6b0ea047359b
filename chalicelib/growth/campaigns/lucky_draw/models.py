"""Tables of draws: keys and indexes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name

ID_PREFIX = "drw"


class DrawAccount(Table):
    """A member's chances in a draw. Every change is written under ``version``, as it was read."""

    class Meta:
        table_name = table_name("draw_accounts")

    member_id = UnicodeAttribute(hash_key=True)
    campaign_id = UnicodeAttribute(range_key=True)
    chances = IntAttribute(default=0)
    """Earned and not yet spent."""
    drawn = IntAttribute(default=0)
    wins = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Prizes with a limit for each member → how many."""
    day = UnicodeAttribute(default="")
    """The business day of the numbers below."""
    drawn_today = IntAttribute(default=0)
    free_today = IntAttribute(default=0)
    """Of the day's free chances: how many are spent."""
    earned_today = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """By source."""
    version = IntAttribute(default=0)


class DrawChance(Table):
    """What earned chances, once. ``id``: ``cmp_…#order#ord_…``."""

    class Meta:
        table_name = table_name("draw_chances")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    chances = IntAttribute()
    at = TimeAttribute()


class Reason(StrEnum):
    """Why the fallback was given and not what was drawn."""

    GONE = "gone"
    """Its last piece was given before."""
    LIMIT = "limit"
    """The member had as many as one may have."""


class ByCampaign(GlobalSecondaryIndex["Draw"]):
    """The audit: every draw of a campaign, by time."""

    class Meta:
        index_name = "by_campaign"
        projection = KeysOnlyProjection()

    campaign_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByWin(GlobalSecondaryIndex["Draw"]):
    """The draws of a campaign that won, by time."""

    class Meta:
        index_name = "by_win"
        projection = KeysOnlyProjection()

    won_in = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Draw(Table):
    """A draw, as it was. Never changes."""

    class Meta:
        table_name = table_name("draws")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    campaign_id = UnicodeAttribute()
    at = TimeAttribute()
    number = IntAttribute()
    """What the random source said: from zero to below ``total_weight``."""
    total_weight = IntAttribute()
    table = UnicodeAttribute()
    """The fingerprint of the weights that gave the number its meaning."""
    drawn_id = UnicodeAttribute()
    """The prize that the number means…"""
    prize_id = UnicodeAttribute()
    """…and the one that was given."""
    reason = EnumAttribute(Reason, null=True)
    """Where they differ: why."""
    title = UnicodeAttribute()
    """Of the prize that was given."""
    won_in = UnicodeAttribute(null=True)
    """The campaign, if it won more than thanks."""

    by_campaign = ByCampaign()
    by_win = ByWin()


class GoodsStatus(StrEnum):
    """What became of goods that were won."""

    OPEN = "open"
    """A piece waits under the draw's own stock key."""
    ORDERED = "ordered"
    LAPSED = "lapsed"
    """Nobody ordered it in time: the piece went back."""


GOODS_STEPS = Steps(
    {
        GoodsStatus.OPEN: [GoodsStatus.ORDERED, GoodsStatus.LAPSED],
        GoodsStatus.ORDERED: [GoodsStatus.OPEN],
    }
)


class WonGoods(Table):
    """A piece that a draw won. ``id``: the draw's, and the owner of the stock key under which it waits."""

    class Meta:
        table_name = table_name("draw_goods")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    campaign_id = UnicodeAttribute()
    product_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()
    title = UnicodeAttribute()
    status = EnumAttribute(GoodsStatus)
    claim_by = TimeAttribute()
    """The first moment at which it can no longer be ordered."""
    order_id = UnicodeAttribute(null=True)

    @property
    def own_stock(self) -> tuple[str, str]:
        return self.id, self.sku_id

    def waits(self, now: datetime) -> bool:
        """Whether it can be ordered."""
        return self.status is GoodsStatus.OPEN and now < self.claim_by


class PrizeCount(Table):
    """How many of a prize were given. One item where there is stock: the guard; else in shards."""

    class Meta:
        table_name = table_name("draw_prizes")

    campaign_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """The prize, or ``prize#3``: the prize's shard."""
    given = IntAttribute(default=0)
    stock = IntAttribute(null=True)
    """Pieces of it in all, since staff changed them; null: as the settings say."""
