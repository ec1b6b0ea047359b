"""Favorites of members, and how many members like a product."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.tables import IntAttribute, Table, TimeAttribute, table_name

SHARDS = 4


class ByAdded(GlobalSecondaryIndex["Favorite"]):
    """A member's favorites by time."""

    class Meta:
        index_name = "by_added"
        projection = KeysOnlyProjection()

    member_id = UnicodeAttribute(hash_key=True)
    added_at = TimeAttribute(range_key=True)


class Favorite(Table):
    """A member likes a product."""

    class Meta:
        table_name = table_name("favorites")

    member_id = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute(range_key=True)
    added_at = TimeAttribute()

    by_added = ByAdded()


class FavoriteCount(Table):
    """How many like a product, sharded."""

    class Meta:
        table_name = table_name("favorite_counts")

    product_id = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    members = IntAttribute(default=0)
