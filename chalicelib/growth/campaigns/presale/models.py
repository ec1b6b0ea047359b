"""Deposits: one for each purchase of one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, FenAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.growth.campaigns.presale.schemas import Unpaid

KIND = "psd"
"""Of every number of a deposit."""


class DepositStatus(StrEnum):
    """The life of a deposit. What the clock says besides: :meth:`Deposit.standing`."""

    PENDING = "pending"
    """It can be paid; its pieces are held."""
    PAID = "paid"
    ORDERED = "ordered"
    """The order of its goods waits for the balance."""
    SPENT = "spent"
    """The balance is paid: from now on the money is the order's."""
    RETURNED = "returned"
    """The paid order was called off: with its money the deposit went back."""
    KEPT = "kept"
    """Nobody paid the balance, and the rule keeps it."""
    REFUNDED = "refunded"
    CLOSED = "closed"
    """It was never paid."""


STEPS = Steps(
    {
        DepositStatus.PENDING: [DepositStatus.PAID, DepositStatus.CLOSED, DepositStatus.REFUNDED],
        DepositStatus.PAID: [DepositStatus.ORDERED, DepositStatus.KEPT, DepositStatus.REFUNDED],
        DepositStatus.ORDERED: [DepositStatus.PAID, DepositStatus.SPENT, DepositStatus.RETURNED],
        DepositStatus.SPENT: [DepositStatus.RETURNED],
        DepositStatus.CLOSED: [DepositStatus.REFUNDED],  # its money came all the same
        DepositStatus.KEPT: [DepositStatus.REFUNDED],  # by staff's goodwill
    }
)
OPEN = (DepositStatus.PENDING, DepositStatus.PAID, DepositStatus.ORDERED)


class Standing(StrEnum):
    """How a deposit stands at a moment; those that are stored, and these."""

    PENDING = "pending"
    WAITING = "waiting"
    """Paid; the balance is not due yet."""
    DUE = "due"
    """It can be ordered now."""
    OVER = "over"
    """Its time, or its campaign, has ended: it is about to be kept or refunded."""
    ORDERED = "ordered"
    SPENT = "spent"
    RETURNED = "returned"
    KEPT = "kept"
    REFUNDED = "refunded"
    CLOSED = "closed"


class ByCampaign(GlobalSecondaryIndex["Deposit"]):
    class Meta:
        index_name = "by_campaign"
        projection = KeysOnlyProjection()

    campaign_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Deposit(Table):
    """A member's deposit for some pieces of a SKU, with all that was promised. Its id is the purchase's."""

    class Meta:
        table_name = table_name("presale_deposits")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    campaign_id = UnicodeAttribute()
    product_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()
    quantity = IntAttribute()
    status = EnumAttribute(DepositStatus, default=DepositStatus.PENDING)
    unit_amount = FenAttribute()
    """The presale's price of a piece."""
    unit_deposit = FenAttribute()
    unit_counts = FenAttribute()
    """What the deposit of a piece takes off that price."""
    counted = BooleanAttribute(default=False)
    """Its pieces stand in the member's tally."""
    balance_from = TimeAttribute()
    balance_until = TimeAttribute()
    remind_at = TimeAttribute()
    ship_by = TimeAttribute()
    unpaid = EnumAttribute(Unpaid)
    made_at = TimeAttribute()
    paid_at = TimeAttribute(null=True)
    order_id = UnicodeAttribute(null=True)

    by_campaign = ByCampaign()

    @property
    def amount(self) -> int:
        """What is paid as the deposit."""
        return self.unit_deposit * self.quantity

    @property
    def balance_amount(self) -> int:
        """What is left to pay of the goods, without other discounts and freight."""
        return (self.unit_amount - self.unit_counts) * self.quantity

    @property
    def final_unit_amount(self) -> int:
        """What a piece costs in money: deposit and balance together."""
        return self.unit_amount - self.unit_counts + self.unit_deposit

    @property
    def held_key(self) -> tuple[str, str]:
        """Where its pieces lie until they are ordered."""
        return held_owner(self.campaign_id), self.sku_id

    def standing(self, now: datetime, *, runs: bool) -> Standing:
        """How it stands; *runs*: whether its campaign does."""
        if self.status is not DepositStatus.PAID:
            return Standing(self.status.value)
        if not runs or now >= self.balance_until:
            return Standing.OVER
        return Standing.DUE if now >= self.balance_from else Standing.WAITING


def held_owner(campaign_id: str) -> str:
    """Owner of the stock key under which the pieces of all deposits of a campaign lie."""
    return f"{campaign_id}-held"
