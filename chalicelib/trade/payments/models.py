"""The payment: one attempt to pay one order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    FenAttribute,
    Table,
    TimeAttribute,
    batch_get,
    table_name,
)
from chalicelib.trade.orders.models import Order

_CHINA = ZoneInfo("Asia/Shanghai")


class PaymentStatus(StrEnum):
    """The life of a payment. See docs/algorithms/payment.md."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"


STEPS = Steps(
    {
        PaymentStatus.CREATED: [PaymentStatus.SUCCEEDED, PaymentStatus.CLOSED],
        PaymentStatus.CLOSED: [PaymentStatus.SUCCEEDED],  # money came all the same: it is late
    }
)


ADVANCE = "advance"
"""The tender of a part that was paid before the order: ``payments/purchases/tender``."""


class Part(BaseModel):
    """What an account of the mall pays of a payment, held from the moment it exists; or what was paid before."""

    tender: str
    amount: int
    purchase_id: str = ""
    """The purchase that was paid before the order, and is bound to it: the payment neither holds nor releases it."""


class ByChannelDay(GlobalSecondaryIndex["Payment"]):
    class Meta:
        index_name = "by_channel_day"
        projection = KeysOnlyProjection()

    channel_day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Payment(Table):
    """A payment under the number that the channel knows it by (``out_trade_no``).

    What the channel is told is kept here, so that a repeated call tells it the very same.
    """

    class Meta:
        table_name = table_name("payments")

    id = UnicodeAttribute(hash_key=True)
    """The order's number and the payment's own, from ``01``."""
    member_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    tender = UnicodeAttribute()
    status = EnumAttribute(PaymentStatus)
    amount = FenAttribute()
    """The whole: parts and channel together."""
    parts = DocumentAttribute[list[Part]](list[Part], default=list)
    refunded_amount = FenAttribute(default=0)
    """Of the whole; grows with each refund that is filed."""
    description = UnicodeAttribute()
    openid = UnicodeAttribute()
    created_at = TimeAttribute()
    expires_at = TimeAttribute()
    """When the channel stops taking money: the order's ``pay_by``."""
    succeeded_at = TimeAttribute(null=True)
    """The channel's time."""
    closed_at = TimeAttribute(null=True)
    transaction_id = UnicodeAttribute(null=True)
    """The channel's own number."""
    channel_day = UnicodeAttribute(null=True)
    """See :func:`channel_day`; none where accounts paid everything."""
    late = BooleanAttribute(default=False)
    """The money came when the order could not be paid any more, and goes back."""

    by_channel_day = ByChannelDay()

    @property
    def account_parts(self) -> list[Part]:
        """What accounts hold for it while it is open."""
        return [part for part in self.parts if not part.purchase_id]

    @property
    def channel_amount(self) -> int:
        """What the channel takes; zero when accounts pay everything."""
        return self.amount - sum(part.amount for part in self.parts)


def channel_day(at: datetime) -> str:
    """The day, by China's clock, in whose bill the channel lists what it did at that time."""
    return at.astimezone(_CHINA).date().isoformat()


def payment_id(order: Order, number: int) -> str:
    """The id of the order's payment of that number: 6 to 32 digits, unique for ever."""
    return f"{order.number}{number:02d}"


def current(order: Order) -> Payment | None:
    """The payment begun last. Consistent."""
    return Payment.find(payment_id(order, order.payment_count), consistent=True) if order.payment_count else None


def all_of(order: Order) -> list[Payment]:
    """Every payment ever begun for the order, oldest first; found by key, so none is missed. Consistent."""
    ids = [payment_id(order, number) for number in range(1, order.payment_count + 1)]
    found = batch_get({Payment: ids}, consistent=True)[Payment] if ids else {}
    return [found[each] for each in ids if each in found]
