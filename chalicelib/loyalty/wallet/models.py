"""Tables of stored value: keys and indexes."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.ledgers import AccountRow, EntryRow, Ledger
from chalicelib.core.tables import (
    DocumentAttribute,
    FenAttribute,
    IntAttribute,
    Table,
    TimeAttribute,
    table_name,
)

MALL = "mall"
PRINCIPAL, GIFT = "principal", "gift"


class Wallet(AccountRow, Table):
    """A member's stored value, fen."""

    class Meta:
        table_name = table_name("wallets")


class BySequence(GlobalSecondaryIndex["WalletEntry"]):
    class Meta:
        index_name = "by_sequence"
        projection = AllProjection()

    member_id = UnicodeAttribute(hash_key=True)
    sequence = UnicodeAttribute(range_key=True)


class WalletEntry(EntryRow, Table):
    """One posting."""

    class Meta:
        table_name = table_name("wallet_entries")

    refunded_amount = FenAttribute(null=True)
    """Of what a payment held (``paid#…``): how much has gone back. The one thing of an entry that changes."""

    by_sequence = BySequence()


class Plan(Table):
    """What a member may top up, and what the shop gives with it. The list is short: one partition."""

    class Meta:
        table_name = table_name("wallet_plans")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    amount = FenAttribute()
    gift_amount = FenAttribute(default=0)
    template_id = UnicodeAttribute(null=True)
    points = IntAttribute(default=0)
    growth = IntAttribute(default=0)
    """Growth value that comes with it; membership hears of the top-up."""
    per_member_limit = IntAttribute(default=0)
    """So many times a member; 0: any number."""
    active = BooleanAttribute(default=False)
    version = IntAttribute(default=1)


class Allowance(Table):
    """What a member has begun to top up: what the limits are held against. One item, written as it was read."""

    class Meta:
        table_name = table_name("wallet_allowances")

    member_id = UnicodeAttribute(hash_key=True)
    open_amount = FenAttribute(default=0)
    """Principal and gift of top-ups that are neither paid nor closed."""
    day = UnicodeAttribute(default="")
    day_amount = FenAttribute(default=0)
    """Of that business day, without those that were closed."""
    plans = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Plan → how often, without those that were closed; plans with a limit only."""
    version = IntAttribute(default=0)
    verified_at = TimeAttribute(null=True)
    """When the member last proved to be themselves. Not under the version: no limit hangs on it."""


LEDGER = Ledger(Wallet, WalletEntry)
