"""Tables of points: keys and indexes."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.ledgers import AccountRow, EntryRow, Ledger
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, FenAttribute, IntAttribute, Table, table_name
from chalicelib.loyalty.points.schemas import Rules

MALL = "mall"
FROZEN, OWED = "frozen", "owed"
NO_MONTHS = (FROZEN, OWED)


class Points(AccountRow, Table):
    """A member's points."""

    class Meta:
        table_name = table_name("points")


class BySequence(GlobalSecondaryIndex["PointsEntry"]):
    class Meta:
        index_name = "by_sequence"
        projection = AllProjection()

    member_id = UnicodeAttribute(hash_key=True)
    sequence = UnicodeAttribute(range_key=True)


class PointsEntry(EntryRow, Table):
    """One posting."""

    class Meta:
        table_name = table_name("points_entries")

    whole = IntAttribute(null=True)
    """Of what an order earned: what it earned before anything went back, whose shares are taken back."""

    by_sequence = BySequence()


class PointsMonth(Table):
    """Who has points that end in a month: what the expiry goes through. It may name some who have none left."""

    class Meta:
        table_name = table_name("points_months")

    month = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)
    reminded = BooleanAttribute(null=True)
    """Was told that they end soon."""


class PointsRules(Table):
    """How points are earned and spent: one item."""

    class Meta:
        table_name = table_name("points_rules")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    rules = DocumentAttribute[Rules](Rules)
    version = IntAttribute(default=1)


class ItemKind(StrEnum):
    COUPON = "coupon"
    GOODS = "goods"


class Item(Table):
    """What the points mall offers. The list is short: one partition."""

    class Meta:
        table_name = table_name("points_items")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    kind = EnumAttribute(ItemKind)
    title = UnicodeAttribute()
    picture = UnicodeAttribute(null=True)
    template_id = UnicodeAttribute(null=True)
    product_id = UnicodeAttribute(null=True)
    sku_id = UnicodeAttribute(null=True)
    points = IntAttribute()
    amount = FenAttribute(default=0)
    """Money beside the points, per piece; goods only."""
    stock = IntAttribute()
    per_member_limit = IntAttribute()
    active = BooleanAttribute(default=False)
    version = IntAttribute(default=1)


class Exchanged(Table):
    """How many of an item a member has had."""

    class Meta:
        table_name = table_name("points_exchanged")

    member_id = UnicodeAttribute(hash_key=True)
    item_id = UnicodeAttribute(range_key=True)
    quantity = IntAttribute()


LEDGER = Ledger(Points, PointsEntry)
