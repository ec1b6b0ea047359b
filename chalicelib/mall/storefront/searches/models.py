"""Searches of members, and the hot words."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name

DAY_SHARDS = 4


class ByDay(GlobalSecondaryIndex["Search"]):
    """Who looked for what on a day (``2026-11-24#3``), the last time they did."""

    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    day = UnicodeAttribute(hash_key=True)
    term = UnicodeAttribute(range_key=True)


class Search(Table):
    """A member's search, the latest of its term. ``term`` is plain (case, width, spaces), ``text`` as typed."""

    class Meta:
        table_name = table_name("searches")

    member_id = UnicodeAttribute(hash_key=True)
    term = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute()
    day = UnicodeAttribute(null=True)
    """Absent when nothing was found: such a term must not become hot."""
    searched_at = TimeAttribute()
    expires_at = IntAttribute()

    by_day = ByDay()


class CountedWord(BaseModel):
    """How many different members looked for a term in the last days."""

    model_config = ConfigDict(defer_build=True)

    term: str
    members: int


class HotWords(Table):
    """The one item of hot words: what staff wrote, and what was counted."""

    class Meta:
        table_name = table_name("hot_words")

    kind = UnicodeAttribute(hash_key=True, default="mall")
    term = UnicodeAttribute(range_key=True, default="*")
    pinned: DocumentAttribute[list[str]] = DocumentAttribute(list[str], null=True)
    blocked: DocumentAttribute[list[str]] = DocumentAttribute(list[str], null=True)
    counted: DocumentAttribute[list[CountedWord]] = DocumentAttribute(list[CountedWord], null=True)
    counted_at = TimeAttribute(null=True)
