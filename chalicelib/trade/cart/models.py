"""The cart: one row a SKU, under its member."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import FenAttribute, IntAttribute, Table, TimeAttribute, table_name

MAX_LINES = 100
MAX_QUANTITY = 999


class CartLine(Table):
    """So many of a SKU. Price and stock are never stored here as truth: they are read live."""

    class Meta:
        table_name = table_name("cart")

    member_id = UnicodeAttribute(hash_key=True)
    sku_id = UnicodeAttribute(range_key=True)
    product_id = UnicodeAttribute()
    quantity = IntAttribute()
    selected = BooleanAttribute()
    added_at = TimeAttribute()
    seen_amount = FenAttribute()
    """The unit price when it was put in: the cart shows what has changed since."""


def lines_of(member_id: str, *, consistent: bool = False) -> list[CartLine]:
    """The member's cart, newest first. At most :data:`MAX_LINES` rows: one round trip."""
    found = CartLine.query(member_id, consistent_read=consistent)
    return sorted(found, key=lambda line: (line.added_at, line.sku_id), reverse=True)
