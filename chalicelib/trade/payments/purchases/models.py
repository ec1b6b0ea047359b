"""The purchase: money of a member for something that is no order."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, FenAttribute, Table, TimeAttribute, table_name


class PurchaseStatus(StrEnum):
    """The life of a purchase. See docs/algorithms/payment.md."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"


STEPS = Steps(
    {
        PurchaseStatus.CREATED: [PurchaseStatus.SUCCEEDED, PurchaseStatus.CLOSED],
        PurchaseStatus.CLOSED: [PurchaseStatus.SUCCEEDED],  # money came all the same: it is the member's
    }
)


class ByChannelDay(GlobalSecondaryIndex["DirectPurchase"]):
    class Meta:
        index_name = "by_channel_day"
        projection = KeysOnlyProjection()

    channel_day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class DirectPurchase(Table):
    """One purchase. Its id is the number that the channel sees (``out_trade_no``): its kind, ``_``, and more.

    By id alone, because a notice names nothing else; who asks for it is compared with its member.
    """

    class Meta:
        table_name = table_name("direct_purchases")

    id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    status = EnumAttribute(PurchaseStatus)
    tender = UnicodeAttribute()
    amount = FenAttribute()
    description = UnicodeAttribute()
    """The buyer reads it in WeChat."""
    openid = UnicodeAttribute()
    terms = DocumentAttribute[dict[str, Any]](dict[str, Any], default=dict)
    """All that was promised, as its kind wrote it: what was begun keeps it, whatever is edited meanwhile."""
    created_at = TimeAttribute()
    expires_at = TimeAttribute()
    """When the channel stops taking money."""
    succeeded_at = TimeAttribute(null=True)
    closed_at = TimeAttribute(null=True)
    transaction_id = UnicodeAttribute(null=True)
    channel_day = UnicodeAttribute(null=True)
    """In whose bill the channel lists it: trade/payments/models.py."""
    refunded_amount = FenAttribute(default=0)
    """What was asked back of the channel."""

    by_channel_day = ByChannelDay()

    @property
    def order_id(self) -> str:
        """It is no order, and stands for itself."""
        return self.id

    @property
    def kind(self) -> str:
        """``top``, of ``top_01m85…``."""
        return self.id.partition("_")[0]

    @property
    def channel_amount(self) -> int:
        """What the channel takes: all of it."""
        return self.amount
