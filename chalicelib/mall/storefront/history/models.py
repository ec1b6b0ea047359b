"""What members looked at: a row a product, so that each stands once in the list."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import IntAttribute, Table, TimeAttribute, table_name


class BrowseHistory(Table):
    """A member looked at a product, the last time they did."""

    class Meta:
        table_name = table_name("browse_history")

    member_id = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute(range_key=True)
    viewed_at = TimeAttribute()
    expires_at = IntAttribute()
