"""The table of receipts: what is known of the buyer's confirming beside the order itself."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import Table, TimeAttribute, table_name

HELD = "held"


class ByHeld(GlobalSecondaryIndex["Receipt"]):
    class Meta:
        index_name = "by_held"
        projection = AllProjection()

    held = UnicodeAttribute(hash_key=True)
    held_at = TimeAttribute(range_key=True)


class Receipt(Table):
    """Made when something out of the ordinary happens: the buyer asks for more time, or staff must decide."""

    class Meta:
        table_name = table_name("receipts")

    order_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    number = UnicodeAttribute()
    extended_at = TimeAttribute(null=True)
    """When the buyer asked for more time: once."""
    held = UnicodeAttribute(null=True)
    """:data:`HELD` while the order waits for staff's decision, else absent: the index is sparse."""
    held_at = TimeAttribute(null=True)

    by_held = ByHeld()
