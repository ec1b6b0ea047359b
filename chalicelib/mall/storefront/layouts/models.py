"""Pages: a draft, what buyers see, and the last editions."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.mall.storefront.layouts.schemas import Block

MALL = "mall"
DRAFT, LIVE = "draft", "live"
KEPT_EDITIONS = 50


class Layout(Table):
    """A page's draft (``draft``), what buyers see (``live``, absent: the mall's), an edition (``e0000000001``)."""

    class Meta:
        table_name = table_name("layouts")

    scope = UnicodeAttribute(hash_key=True)
    """``mall``, or a store's id."""
    id = UnicodeAttribute(range_key=True)
    blocks = DocumentAttribute[list[Block]](list[Block])
    version = IntAttribute(default=0)
    """Of the draft: how often it was written."""
    number = IntAttribute(default=0)
    """Of a draft: its last edition; of what was published: which it is."""
    is_published = BooleanAttribute(default=False)
    """Of a draft: nothing was changed since."""
    at = TimeAttribute()
    by = UnicodeAttribute()
    """The staff's id."""


def edition_id(number: int) -> str:
    """Sorts by number."""
    return f"e{number:010d}"
