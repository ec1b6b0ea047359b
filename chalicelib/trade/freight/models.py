"""The freight rule. One for the whole mall; templates by region and weight plug in here later."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.settings import settings
from chalicelib.core.tables import FenAttribute, Table, TimeAttribute, table_name

MALL = "mall"


class FreightRule(Table):
    """Flat freight, free from a goods amount on."""

    class Meta:
        table_name = table_name("freight_rules")

    id = UnicodeAttribute(hash_key=True)
    flat_amount = FenAttribute()
    free_over_amount = FenAttribute(null=True)
    """Goods (after discounts) of at least this travel free; null: never."""
    updated_at = TimeAttribute(null=True)


def default() -> FreightRule:
    """The rule of a mall whose staff has set none: the owner's settings."""
    return FreightRule(
        id=MALL, flat_amount=settings().freight_amount, free_over_amount=settings().free_freight_over_amount
    )
