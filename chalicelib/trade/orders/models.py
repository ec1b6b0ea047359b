"""Tables of orders: keys, indexes, states."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

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
from chalicelib.trade.pricing.schemas import Adjustment, Advance, PricedLine


class OrderStatus(StrEnum):
    """The life of an order. See docs/algorithms/order-life.md."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELED = "canceled"


STEPS = Steps(
    {
        OrderStatus.PENDING_PAYMENT: [OrderStatus.PAID, OrderStatus.CANCELED],
        OrderStatus.PAID: [OrderStatus.PROCESSING, OrderStatus.CANCELED],
        OrderStatus.PROCESSING: [OrderStatus.SHIPPED, OrderStatus.CANCELED],
        OrderStatus.SHIPPED: [OrderStatus.COMPLETED],
    }
)


class Fulfillment(StrEnum):
    """How the buyer gets what was ordered: one way for the whole order. See docs/algorithms/pickup.md."""

    PARCEL = "parcel"
    PICKUP = "pickup"
    VOUCHER = "voucher"
    """By codes that are used in a store, one for each piece."""
    CODE = "code"
    """It is itself a code, one for each piece: nothing is sent."""


class Flag(StrEnum):
    """A mark of staff's own, in colors; what each means is theirs."""

    NONE = "none"
    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"


class Change(BaseModel):
    """What staff changed of an order, as text that people read; null: there was none."""

    field: str
    before: str | None
    after: str | None


class Receiver(BaseModel):
    """Where the goods go, as it was when the order was placed; of a pickup: who comes, and the store's address.

    What goes nowhere has no place: then its fields are empty.
    """

    name: str
    phone: str
    region_code: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    detail: str = ""


class PickupPlace(BaseModel):
    """The store at which an order is fetched, as it was when the order was placed. Its address is the receiver's."""

    store_id: str
    name: str
    phone: str | None = None
    latitude: int | None = None
    """Micro-degrees, GCJ-02; as ``longitude``."""
    longitude: int | None = None


class ByNumber(GlobalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_number"
        projection = KeysOnlyProjection()

    number = UnicodeAttribute(hash_key=True)


class ByPhone(GlobalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_phone"
        projection = KeysOnlyProjection()

    phone = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByDay(GlobalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex["Order"]):
    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    status_day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Order(Table):
    """An order, under its buyer: another buyer's key simply does not find it.

    Indexes hold keys only: an order changes often, its keys rarely.
    """

    class Meta:
        table_name = table_name("orders")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    number = UnicodeAttribute()
    day = UnicodeAttribute()
    """Business day of placing, ``2026-11-24``."""
    status = EnumAttribute(OrderStatus)
    status_day = UnicodeAttribute()
    """``status#day``: what staff look through. Changes with the status, always by :func:`moved`."""
    phone = UnicodeAttribute()
    placed_at = TimeAttribute()
    pay_by = TimeAttribute()
    paid_at = TimeAttribute(null=True)
    processing_at = TimeAttribute(null=True)
    shipped_at = TimeAttribute(null=True)
    complete_by = TimeAttribute(null=True)
    """When a shipped order completes by itself, unless a parcel is on its way or in trouble."""
    completed_at = TimeAttribute(null=True)
    canceled_at = TimeAttribute(null=True)
    cancel_reason = UnicodeAttribute(null=True)
    goods_amount = FenAttribute()
    discount_amount = FenAttribute()
    freight_amount = FenAttribute()
    payable_amount = FenAttribute()
    paid_amount = FenAttribute(default=0)
    lines = DocumentAttribute[list[PricedLine]](list[PricedLine], sparse=True)
    adjustments = DocumentAttribute[list[Adjustment]](list[Adjustment], sparse=True)
    holds = DocumentAttribute[list[str]](list[str])
    fulfillment = EnumAttribute(Fulfillment, default=Fulfillment.PARCEL)
    receiver = DocumentAttribute[Receiver](Receiver)
    place = DocumentAttribute[PickupPlace](PickupPlace, null=True)
    """Where it is fetched; only of a pickup."""
    remark = UnicodeAttribute(null=True)
    memo = UnicodeAttribute(null=True)
    flag = EnumAttribute(Flag, null=True)
    source = UnicodeAttribute(null=True)
    payment_id = UnicodeAttribute(null=True)
    """The payment that paid it."""
    payment_count = IntAttribute(default=0)
    """How many payments were begun for it: what names them, see trade/payments/models.py."""
    advance = DocumentAttribute[Advance](Advance, null=True)
    """What was paid before there was an order; its payment has it as a part. See docs/algorithms/payment.md."""
    ship_by = TimeAttribute(null=True)
    """Promised to leave by then; null: as soon as the mall always does."""
    refunded_units = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Position of a line → pieces whose money has gone back."""
    refunded_goods_amount = FenAttribute(default=0)
    """What was due for those pieces. Staff may have withheld a part of it: that is not owed later either."""
    refunded_freight_amount = FenAttribute(default=0)
    version = IntAttribute(default=1)
    """Counts staff's edits and price changes."""

    by_number = ByNumber()
    by_phone = ByPhone()
    by_day = ByDay()
    by_status = ByStatus()


class OrderProduct(Table):
    """Which orders hold a product: staff's question, answered without a scan."""

    class Meta:
        table_name = table_name("order_products")

    product_id = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute(range_key=True)
    member_id = UnicodeAttribute()


class TimelineEntry(Table):
    """What happened to an order beside its states: edits by staff, notes of the system."""

    class Meta:
        table_name = table_name("order_timeline")

    order_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    at = TimeAttribute()
    actor = UnicodeAttribute()
    text = UnicodeAttribute()
    changes = DocumentAttribute[list[Change]](list[Change], null=True)
    """Of an edit: what was changed, from what to what."""


class OrderDay(Table):
    """Counters of a business day, sharded so that a rush does not meet on one item."""

    class Meta:
        table_name = table_name("order_days")

    day = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    placed_count = IntAttribute(default=0)
    placed_amount = IntAttribute(default=0)
    paid_count = IntAttribute(default=0)
    paid_amount = IntAttribute(default=0)
    canceled_count = IntAttribute(default=0)
    canceled_amount = IntAttribute(default=0)
    completed_count = IntAttribute(default=0)
    completed_amount = IntAttribute(default=0)


def status_day(status: OrderStatus, day: str) -> str:
    """The key under which staff find orders of a status."""
    return f"{status}#{day}"
