"""What the next index must read again."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import Table, TimeAttribute, table_name

SHARDS = 4
EVERYTHING = "*everything"
TAXONOMY = "*taxonomy"


class SearchChange(Table):
    """A product (or :data:`EVERYTHING`, or the names in :data:`TAXONOMY`) changed since the index was built.

    One that changes again gets a new ``mark``, so that who read the old one can not clear it. Marks of a product that
    sells fast go to several partitions: their transactions do not wait for each other.
    """

    class Meta:
        table_name = table_name("search_changes")

    partition = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute(range_key=True)
    mark = UnicodeAttribute()
    marked_at = TimeAttribute()
