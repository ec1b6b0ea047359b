"""The refund: money of one payment on its way back."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    FenAttribute,
    Table,
    TimeAttribute,
    table_name,
)
from chalicelib.trade.payments.models import Part


class RefundStatus(StrEnum):
    """The life of a refund. See docs/algorithms/payment.md."""

    REQUESTED = "requested"
    """Owed; the channel has not accepted it yet. ``problem`` tells why, if it was asked."""
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    ABNORMAL = "abnormal"
    """The buyer's account takes nothing: a person has to act at the channel."""
    CLOSED = "closed"
    """Ended without money."""


STEPS = Steps(
    {
        RefundStatus.REQUESTED: [
            RefundStatus.PROCESSING,
            RefundStatus.SUCCEEDED,
            RefundStatus.ABNORMAL,
            RefundStatus.CLOSED,
        ],
        RefundStatus.PROCESSING: [RefundStatus.SUCCEEDED, RefundStatus.ABNORMAL, RefundStatus.CLOSED],
        RefundStatus.ABNORMAL: [RefundStatus.PROCESSING, RefundStatus.SUCCEEDED, RefundStatus.CLOSED],
    }
)
IN_FLIGHT = (RefundStatus.REQUESTED, RefundStatus.PROCESSING)
FINAL = (RefundStatus.SUCCEEDED, RefundStatus.CLOSED)


class ByOrder(GlobalSecondaryIndex["Refund"]):
    class Meta:
        index_name = "by_order"
        projection = AllProjection()

    order_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex["Refund"]):
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    status_day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByDay(GlobalSecondaryIndex["Refund"]):
    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByChannelDay(GlobalSecondaryIndex["Refund"]):
    class Meta:
        index_name = "by_channel_day"
        projection = KeysOnlyProjection()

    channel_day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Refund(Table):
    """A refund under its fixed number (``out_refund_no``), which the payment and the purpose give."""

    class Meta:
        table_name = table_name("refunds")

    id = UnicodeAttribute(hash_key=True)
    payment_id = UnicodeAttribute()
    payment_amount = FenAttribute()
    """What the channel took for the payment."""
    member_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    """Of what was paid: an order, or a purchase that is none (its id is the payment's, too)."""
    tender = UnicodeAttribute()
    status = EnumAttribute(RefundStatus)
    status_day = UnicodeAttribute()
    """See :func:`status_day`. Changes with the status."""
    amount = FenAttribute()
    """The whole: what goes back by the channel, and to the accounts that paid a part."""
    parts = DocumentAttribute[list[Part]](list[Part], default=list)
    """What goes back to accounts; it is there from the moment the refund is filed."""
    reason = UnicodeAttribute()
    """The buyer reads it in WeChat."""
    requested_at = TimeAttribute()
    day = UnicodeAttribute(null=True)
    """Business day of that: what exports walk along, since it never changes."""
    check_at = TimeAttribute()
    """When the channel is asked next, if nothing is heard before."""
    settled_at = TimeAttribute(null=True)
    channel_refund_id = UnicodeAttribute(null=True)
    problem = UnicodeAttribute(null=True)
    """The channel's code of what went wrong at the last try."""

    channel_day = UnicodeAttribute(null=True)
    """The day on which the channel accepted it, in whose bill it lists it: trade/payments/models.py."""

    by_order = ByOrder()
    by_channel_day = ByChannelDay()
    by_day = ByDay()
    by_status = ByStatus()

    @property
    def channel_amount(self) -> int:
        """What goes back by the channel."""
        return self.amount - sum(part.amount for part in self.parts)


def status_day(status: RefundStatus, day: str) -> str:
    """The key under which refunds of a status are found: the ended ones by business day of their end.

    Those that are not ended are few at any time and stand together, so that none of them is overlooked.
    """
    return f"{status}#{day}" if status in FINAL else str(status)
