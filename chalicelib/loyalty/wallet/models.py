"""Tables of stored value: keys, indexes and the life of a top-up."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.ledgers import AccountRow, EntryRow, Ledger
from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
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


class TopUpStatus(StrEnum):
    """The life of a top-up. See docs/algorithms/wallet.md."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"


STEPS = Steps(
    {
        TopUpStatus.CREATED: [TopUpStatus.SUCCEEDED, TopUpStatus.CLOSED],
        TopUpStatus.CLOSED: [TopUpStatus.SUCCEEDED],  # money came all the same: it is the member's
    }
)


class TopUp(Table):
    """One purchase of stored value. Its id is the number that the channel sees (``out_trade_no``).

    By id alone, because a notice names nothing else; who asks for it is compared with its member. What the plan gave is
    kept here, so that a plan that is edited changes nothing that was begun.
    """

    class Meta:
        table_name = table_name("top_ups")

    id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    plan_id = UnicodeAttribute()
    status = EnumAttribute(TopUpStatus)
    tender = UnicodeAttribute()
    amount = FenAttribute()
    gift_amount = FenAttribute()
    template_id = UnicodeAttribute(null=True)
    points = IntAttribute(default=0)
    growth = IntAttribute(default=0)
    description = UnicodeAttribute()
    openid = UnicodeAttribute()
    created_at = TimeAttribute()
    day = UnicodeAttribute()
    """The business day in whose limit it counts."""
    expires_at = TimeAttribute()
    """When the channel stops taking money."""
    succeeded_at = TimeAttribute(null=True)
    closed_at = TimeAttribute(null=True)
    transaction_id = UnicodeAttribute(null=True)
    returned_amount = FenAttribute(default=0)
    """Of its principal: what was asked back of the channel."""

    order_id = None

    @property
    def channel_amount(self) -> int:
        """What the channel takes: all of it."""
        return self.amount


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
