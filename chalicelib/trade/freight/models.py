"""The one item of freight: the flat rule, the default template, and the edition of the templates."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.settings import settings
from chalicelib.core.tables import FenAttribute, IntAttribute, Table, TimeAttribute, table_name

MALL = "mall"


class FreightRule(Table):
    """Flat freight, free from a goods amount on: the built-in template. And what is known of the others."""

    class Meta:
        table_name = table_name("freight_rules")

    id = UnicodeAttribute(hash_key=True)
    flat_amount = FenAttribute(null=True)
    """Null: staff have set no rule, the owner's settings hold."""
    free_over_amount = FenAttribute(null=True)
    """Goods (after discounts) of at least this travel free; null: never."""
    default_template_id = UnicodeAttribute(null=True)
    """How products travel that name no template; null: by the flat rule."""
    edition = IntAttribute(default=0)
    """How often the templates were changed: who keeps them knows by it that they are old."""
    updated_at = TimeAttribute(null=True)


def effective(stored: FreightRule | None) -> FreightRule:
    """*stored*, with the owner's settings where staff have set no flat rule."""
    if stored is not None and stored.flat_amount is not None:
        return stored
    return FreightRule(
        id=MALL,
        flat_amount=settings().freight_amount,
        free_over_amount=settings().free_freight_over_amount,
        default_template_id=stored.default_template_id if stored else None,
        edition=stored.edition if stored else 0,
        updated_at=stored.updated_at if stored else None,
    )
