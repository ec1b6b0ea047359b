"""Tables of membership: keys and indexes."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.ledgers import AccountRow, EntryRow, Ledger
from chalicelib.core.tables import DocumentAttribute, FenAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.loyalty.membership.schemas import GrowthRules, Ladder

MALL = "mall"
GROWTH = "growth"
"""The one bucket of the ledger."""


class Growth(AccountRow, Table):
    """A member's growth value."""

    class Meta:
        table_name = table_name("growth")


class BySequence(GlobalSecondaryIndex["GrowthEntry"]):
    class Meta:
        index_name = "by_sequence"
        projection = AllProjection()

    member_id = UnicodeAttribute(hash_key=True)
    sequence = UnicodeAttribute(range_key=True)


class GrowthEntry(EntryRow, Table):
    """One posting."""

    class Meta:
        table_name = table_name("growth_entries")

    shares = DocumentAttribute[list[int]](list[int], null=True)
    """Of what an order earned: what each of its lines gave before anything went back."""

    by_sequence = BySequence()


class GrowthRulesRow(Table):
    """How growth is earned: one item."""

    class Meta:
        table_name = table_name("growth_rules")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    rules = DocumentAttribute[GrowthRules](GrowthRules)
    version = IntAttribute(default=1)


class LadderRow(Table):
    """The ladder: one item, which every price reads."""

    class Meta:
        table_name = table_name("levels")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    ladder = DocumentAttribute[Ladder](Ladder)
    version = IntAttribute(default=1)


class Held(BaseModel):
    """A level that a member has, or has below a higher one."""

    level: str
    growth: int
    """What it was reached at: it is lost when what counts falls below, by growth taken back."""
    base: int
    """The growth value when its period began."""
    ends_at: datetime | None = None
    """When it is decided again; null: never."""


class Span(BaseModel):
    """A time for which a member has a level by card."""

    id: str
    """Of the purchase, or of what staff gave."""
    level: str
    starts_at: datetime
    ends_at: datetime


class Membership(Table):
    """Where a member stands. ``version`` guards every write; the account's version guards what it was decided on."""

    class Meta:
        table_name = table_name("memberships")

    member_id = UnicodeAttribute(hash_key=True)
    level = UnicodeAttribute()
    since = TimeAttribute()
    """When that level began."""
    held = DocumentAttribute[list[Held]](list[Held])
    """From below; the last one is the level by growth. Ascending, hence never more than the ladder has."""
    base = IntAttribute(default=0)
    """The growth that no longer counts for reaching a level."""
    cards = DocumentAttribute[list[Span]](list[Span], default=list)
    """What cards give, those that are not over; at most as many as ``cards.service.MOST``."""
    version = IntAttribute(default=0)


class CardPlan(Table):
    """A card that is sold. The list is short: one partition."""

    class Meta:
        table_name = table_name("card_plans")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    level = UnicodeAttribute()
    amount = FenAttribute()
    days = IntAttribute()
    template_id = UnicodeAttribute(null=True)
    points = IntAttribute(default=0)
    active = BooleanAttribute(default=False)
    version = IntAttribute(default=1)


class Card(Table):
    """What a member was sold or given, for the lists of both sides; :class:`Membership` says what it is worth now."""

    class Meta:
        table_name = table_name("cards")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    level = UnicodeAttribute()
    title = UnicodeAttribute()
    days = IntAttribute()
    amount = FenAttribute()
    """What was paid; 0: staff gave it."""
    plan_id = UnicodeAttribute(null=True)
    template_id = UnicodeAttribute(null=True)
    points = IntAttribute(default=0)
    refunded_amount = FenAttribute(default=0)
    made_at = TimeAttribute()
    ended_at = TimeAttribute(null=True)
    """When staff ended it, before its time."""


class ShippingUse(Table):
    """How often a member's freight was given in a month."""

    class Meta:
        table_name = table_name("member_shippings")

    member_id = UnicodeAttribute(hash_key=True)
    month = UnicodeAttribute(range_key=True)
    """Business month, ``2026-11``."""
    used = IntAttribute()


class ByLevel(GlobalSecondaryIndex["ExclusiveProduct"]):
    class Meta:
        index_name = "by_level"
        projection = AllProjection()

    level = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute(range_key=True)


class ExclusiveProduct(Table):
    """A product that is for members of a level, and of those above it."""

    class Meta:
        table_name = table_name("exclusive_products")

    product_id = UnicodeAttribute(hash_key=True)
    level = UnicodeAttribute()

    by_level = ByLevel()


LEDGER = Ledger(Growth, GrowthEntry)
