"""What checkout itself keeps: how many pieces of a limited product a member has bought."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import IntAttribute, Table, table_name


class Purchase(Table):
    """A counter, changed in the transaction that places the order: never "count the past"."""

    class Meta:
        table_name = table_name("purchases")

    member_id = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute(range_key=True)
    quantity = IntAttribute(default=0)
