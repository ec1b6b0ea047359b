"""Counters of helping."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import IntAttribute, Table, table_name


class HelpCount(Table):
    """How often something was done: the id says by whom and since when."""

    class Meta:
        table_name = table_name("campaign_help_counts")

    id = UnicodeAttribute(hash_key=True)
    used = IntAttribute(default=0)
    expires_at = IntAttribute()
