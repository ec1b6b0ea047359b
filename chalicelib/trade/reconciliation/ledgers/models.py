"""Tables of the nightly walk through all ledgers."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name

MALL = "mall"


class LedgerCheck(Table):
    """One walk."""

    class Meta:
        table_name = table_name("ledger_checks")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    ledgers = DocumentAttribute[list[str]](list[str])
    started_at = TimeAttribute()
    started_by = UnicodeAttribute()


class LedgerCheckPart(Table):
    """How far a part of a walk is: of one ledger, one of its segments."""

    class Meta:
        table_name = table_name("ledger_check_parts")

    check_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    """``points#003``."""
    step = IntAttribute(default=0)
    cursor = UnicodeAttribute(null=True)
    done = BooleanAttribute(default=False)
    accounts = IntAttribute(default=0)
    wrong = IntAttribute(default=0)


class LedgerDifference(Table):
    """An account that is not the sum of its entries."""

    class Meta:
        table_name = table_name("ledger_differences")

    check_id = UnicodeAttribute(hash_key=True)
    account = UnicodeAttribute(range_key=True)
    """``points#mem_…``, ``codes#prd_…/sku_…``."""
    ledger = UnicodeAttribute()
    member_id = UnicodeAttribute(null=True)
    """Whose account it is; null: nobody's."""
    balance = IntAttribute()
    entries_sum = IntAttribute()
    buckets = DocumentAttribute[dict[str, int]](dict[str, int])
    entries_buckets = DocumentAttribute[dict[str, int]](dict[str, int])
    postings = IntAttribute()
    """The account's version: how many entries there should be."""
    entries = IntAttribute()
    found_at = TimeAttribute()
