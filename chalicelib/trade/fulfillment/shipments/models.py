"""Tables of shipments and parcels: keys, indexes, states."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name


class Delivery(StrEnum):
    """How goods reach the buyer."""

    EXPRESS = "express"
    SAME_CITY = "same_city"
    VIRTUAL = "virtual"
    PICKUP = "pickup"


class ShipmentStatus(StrEnum):
    """How much of a shipment has left."""

    PLANNED = "planned"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    CANCELED = "canceled"


SHIPMENT_STEPS = Steps(
    {
        ShipmentStatus.PLANNED: [ShipmentStatus.PARTLY_SHIPPED, ShipmentStatus.SHIPPED, ShipmentStatus.CANCELED],
        ShipmentStatus.PARTLY_SHIPPED: [ShipmentStatus.PARTLY_SHIPPED, ShipmentStatus.SHIPPED, ShipmentStatus.CANCELED],
    }
)


class ParcelStatus(StrEnum):
    """Where a parcel is, in the mall's own words; couriers' words are translated by tracking."""

    CREATED = "created"
    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNED = "returned"


ENDED = (ParcelStatus.DELIVERED, ParcelStatus.RETURNED)
_MOVING = (
    ParcelStatus.COLLECTED,
    ParcelStatus.IN_TRANSIT,
    ParcelStatus.OUT_FOR_DELIVERY,
    ParcelStatus.EXCEPTION,
)
PARCEL_STEPS = Steps(
    {
        ParcelStatus.CREATED: [*_MOVING, *ENDED],
        # Couriers go back and forth; an end is an end.
        **{source: [*(to for to in _MOVING if to != source), *ENDED] for source in _MOVING},
    }
)


class Trouble(StrEnum):
    """Why staff should look at a parcel."""

    REFUSED = "refused"
    RETURNED = "returned"
    PROBLEM = "problem"
    STUCK = "stuck"


class Purpose(StrEnum):
    """Whose a parcel is. Those of an after-sale are tracked as all others, but say nothing about the order's way."""

    ORDER = "order"
    RETURN = "return"
    """The buyer sends pieces back."""
    REPLACEMENT = "replacement"
    """Pieces for those that came back."""


class ShipmentLine(BaseModel):
    """Pieces of one order line. ``line`` is its position in ``Order.lines``, from 0.

    ``held_quantity``: pieces that must not leave while it is decided whether they are refunded.
    ``withdrawn_quantity``: pieces that were refunded before they left.
    """

    line: int
    product_id: str
    sku_id: str
    name: str
    spec: str
    quantity: int
    shipped_quantity: int = 0
    held_quantity: int = 0
    withdrawn_quantity: int = 0

    @property
    def left(self) -> int:
        """Pieces that have not left, and are not withdrawn."""
        return self.quantity - self.shipped_quantity - self.withdrawn_quantity

    @property
    def free(self) -> int:
        """Pieces that may leave now."""
        return self.left - self.held_quantity


class ParcelLine(BaseModel):
    """Pieces of one order line in a parcel."""

    line: int
    sku_id: str
    name: str
    quantity: int


class ByOrigin(GlobalSecondaryIndex["Shipment"]):
    class Meta:
        index_name = "by_origin"
        projection = KeysOnlyProjection()

    origin_status = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByDue(GlobalSecondaryIndex["Shipment"]):
    """What is still to ship, the most urgent first. Sparse: nothing lies here once all has left."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    open_origin = UnicodeAttribute(hash_key=True)
    ship_by = TimeAttribute(range_key=True)


class Shipment(Table):
    """What one origin (a store or warehouse) sends for one order, in one parcel or several."""

    class Meta:
        table_name = table_name("shipments")

    order_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    member_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    origin_id = UnicodeAttribute()
    delivery = EnumAttribute(Delivery, default=Delivery.EXPRESS)
    status = EnumAttribute(ShipmentStatus)
    origin_status = UnicodeAttribute()
    """``origin#status``: what staff of a place look through. Changes with the status."""
    open_origin = UnicodeAttribute(null=True)
    """The origin, as long as something is left to ship; then absent."""
    lines = DocumentAttribute[list[ShipmentLine]](list[ShipmentLine])
    parcel_count = IntAttribute(default=0)
    planned_at = TimeAttribute()
    ship_by = TimeAttribute()
    """48 hours after payment (setting ``ship_within_hours``), or what the order was promised (``Order.ship_by``)."""
    shipped_at = TimeAttribute(null=True)
    """When the last piece left."""
    version = IntAttribute(default=1)
    """Counts changes: what was decided on a shipment as read is written only if it is still so."""
    print_count = IntAttribute(null=True)
    """How often its packing slip was printed: fulfillment/printing. None before the first time; no change of it."""
    printed_at = TimeAttribute(null=True)
    printed_by = UnicodeAttribute(null=True)
    printed_version = IntAttribute(null=True)
    """The order's version that was printed last."""

    by_origin = ByOrigin()
    by_due = ByDue()

    def is_outdated(self, order_version: int) -> bool:
        """Whether the order was edited since its slip was printed: its receiver above all may be another."""
        return self.printed_version is not None and self.printed_version != order_version

    @property
    def left(self) -> int:
        """Pieces that have not left."""
        return sum(line.left for line in self.lines)


class ByWaybill(GlobalSecondaryIndex["Parcel"]):
    class Meta:
        index_name = "by_waybill"
        projection = KeysOnlyProjection()

    waybill = UnicodeAttribute(hash_key=True)


class ByWatch(GlobalSecondaryIndex["Parcel"]):
    class Meta:
        index_name = "by_watch"
        projection = KeysOnlyProjection()

    watch = UnicodeAttribute(hash_key=True)
    look_at = TimeAttribute(range_key=True)


class ByTrouble(GlobalSecondaryIndex["Parcel"]):
    class Meta:
        index_name = "by_trouble"
        projection = KeysOnlyProjection()

    trouble = EnumAttribute(Trouble, hash_key=True)
    trouble_at = TimeAttribute(range_key=True)


class Parcel(Table):
    """One parcel (or one hand-over without a waybill) of a shipment.

    Shipments write the upper part, tracking the lower one. A parcel of an after-sale lies under its id, so that nobody
    who asks for the order's parcels meets it.
    """

    class Meta:
        table_name = table_name("parcels")

    order_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    purpose = EnumAttribute(Purpose, default=Purpose.ORDER)
    phone_tail = UnicodeAttribute(null=True)
    """Four digits that some couriers ask for; where it is null, those of the order's receiver."""
    shipment_id = UnicodeAttribute()
    member_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    delivery = EnumAttribute(Delivery, default=Delivery.EXPRESS)
    carrier = UnicodeAttribute(null=True)
    """The mall's own code of the courier (``sf``, ``zto``…); only express has one."""
    tracking_number = UnicodeAttribute(null=True)
    waybill = UnicodeAttribute(null=True)
    """``carrier#tracking_number``, what couriers know it by."""
    lines = DocumentAttribute[list[ParcelLine]](list[ParcelLine])
    shipped_at = TimeAttribute()
    corrected_at = TimeAttribute(null=True)
    """When staff last mended the waybill."""
    version = IntAttribute(default=1)
    """Counts corrections of the waybill: tracking of an older number is of no concern."""

    status = EnumAttribute(ParcelStatus, default=ParcelStatus.CREATED)
    status_at = TimeAttribute(null=True)
    """The courier's time of the step that led to the status."""
    delivered_at = TimeAttribute(null=True)
    last_text = UnicodeAttribute(null=True)
    """The newest line of the courier."""
    last_moved_at = TimeAttribute(null=True)
    watch = UnicodeAttribute(null=True)
    """The shard in which the poll finds it; absent when nobody needs to look any more."""
    look_at = TimeAttribute(null=True)
    trouble = EnumAttribute(Trouble, null=True)
    trouble_at = TimeAttribute(null=True)

    by_waybill = ByWaybill()
    by_watch = ByWatch()
    by_trouble = ByTrouble()


class Waybill(Table):
    """Whose a tracking number is: the first order that shipped under it."""

    class Meta:
        table_name = table_name("waybills")

    id = UnicodeAttribute(hash_key=True)
    """``carrier#tracking_number``."""
    order_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    expires_at = IntAttribute()
    """Couriers use numbers again after a year or so."""


def origin_status(origin_id: str, status: ShipmentStatus) -> str:
    """The key under which staff of a place find shipments."""
    return f"{origin_id}#{status}"


def waybill_key(carrier: str, tracking_number: str) -> str:
    """The key of a parcel by what the courier calls it."""
    return f"{carrier}#{tracking_number}"
