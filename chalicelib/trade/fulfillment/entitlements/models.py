"""Tables of entitlements: keys, indexes, states."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

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
from chalicelib.trade.orders.models import Fulfillment


class EntitlementStatus(StrEnum):
    """How far an entitlement is."""

    OPEN = "open"
    USED = "used"
    """Nothing is left of it: handed over, and perhaps refunded in part."""
    EXPIRED = "expired"
    CANCELED = "canceled"


STEPS = Steps(
    {
        EntitlementStatus.OPEN: [
            EntitlementStatus.OPEN,
            EntitlementStatus.USED,
            EntitlementStatus.EXPIRED,
            EntitlementStatus.CANCELED,
        ]
    }
)


class Expiry(StrEnum):
    """What becomes of the money of what nobody fetched in time."""

    REFUND = "refund"
    KEEP = "keep"


class EntitledLine(BaseModel):
    """Pieces of one order line; of a voucher: times. ``line`` is its position in ``Order.lines``, from 0."""

    line: int
    product_id: str
    sku_id: str
    name: str
    spec: str
    quantity: int
    taken: int = 0
    returned: int = 0
    """Of the taken, those that were brought back and refunded: they leave what is still to be fetched alone."""


class TakenLine(BaseModel):
    """Pieces of one order line that were handed over."""

    line: int
    name: str
    spec: str
    quantity: int


class ByMember(GlobalSecondaryIndex["Entitlement"]):
    class Meta:
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByStore(GlobalSecondaryIndex["Entitlement"]):
    class Meta:
        index_name = "by_store"
        projection = KeysOnlyProjection()

    store_status = UnicodeAttribute(hash_key=True)
    expires_at = TimeAttribute(range_key=True)


class Entitlement(Table):
    """A right to fetch or use something at a store, shown by its code: one of a pickup, one of each voucher."""

    class Meta:
        table_name = table_name("entitlements")

    order_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    member_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    kind = EnumAttribute(Fulfillment)
    status = EnumAttribute(EntitlementStatus)
    code = UnicodeAttribute()
    """Twelve digits; never logged."""
    store_id = UnicodeAttribute()
    """Where a pickup is fetched; empty: see ``store_ids``."""
    store_ids: DocumentAttribute[list[str]] = DocumentAttribute(list[str], default=list)
    """Where a voucher is used; none: in every store."""
    store_name = UnicodeAttribute()
    """What the buyer reads of where that is."""
    store_status = UnicodeAttribute()
    """``store#status``: what staff of the store look through. Changes with the status."""
    lines = DocumentAttribute[list[EntitledLine]](list[EntitledLine])
    opened_at = TimeAttribute()
    valid_from = TimeAttribute(null=True)
    """Before this it is good for nothing yet."""
    expires_at = TimeAttribute()
    """From this moment on the code is good for nothing."""
    expiry = EnumAttribute(Expiry)
    """The rule for what is left then, as it was when the order was ready."""
    closed_at = TimeAttribute(null=True)
    version = IntAttribute(default=1)
    """Counts changes: what was decided on it as read is written only if it is still so."""

    by_member = ByMember()
    by_store = ByStore()

    @property
    def taken(self) -> int:
        """Pieces handed over."""
        return sum(line.taken for line in self.lines)


class EntitlementCode(Table):
    """Whose a code is: what makes it unique, and how it is found."""

    class Meta:
        table_name = table_name("entitlement_codes")

    code = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute()
    entitlement_id = UnicodeAttribute()


class ByStoreDay(GlobalSecondaryIndex["Verification"]):
    class Meta:
        index_name = "by_store_day"
        projection = AllProjection()

    store_day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Verification(Table):
    """One hand-over: who, where, when, what. Written with it, never changed."""

    class Meta:
        table_name = table_name("verifications")

    entitlement_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    order_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    member_id = UnicodeAttribute()
    kind = EnumAttribute(Fulfillment)
    store_id = UnicodeAttribute()
    store_day = UnicodeAttribute()
    """``store#day``, the business day."""
    staff_id = UnicodeAttribute()
    staff_name = UnicodeAttribute()
    amount = FenAttribute(default=0)
    """What the pieces cost their buyer; see :func:`verifying.service.worth`."""
    lines = DocumentAttribute[list[TakenLine]](list[TakenLine])
    at = TimeAttribute()

    by_store_day = ByStoreDay()


class StoreDay(Table):
    """Counters of a store's business day."""

    class Meta:
        table_name = table_name("store_days")

    store_id = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    opened_count = IntAttribute(default=0)
    """Orders that became ready to be fetched."""
    verification_count = IntAttribute(default=0)
    piece_count = IntAttribute(default=0)
    """Pieces handed over, and times that vouchers were used."""
    voucher_count = IntAttribute(default=0)
    """Of those, times that vouchers were used."""
    handed_over_amount = IntAttribute(default=0)
    """What all that cost its buyers, fen."""
    expired_count = IntAttribute(default=0)
    redeemed_count = IntAttribute(default=0)
    """What was redeemed at the till, beside entitlements."""
    redeemed_goods_amount = IntAttribute(default=0)
    """What was bought with them, as the till said, fen."""


def store_status(store_id: str, status: EntitlementStatus) -> str:
    """The key under which staff of a store find entitlements."""
    return f"{store_id}#{status}"


def store_day(store_id: str, day: str) -> str:
    """The key under which staff of a store find verifications."""
    return f"{store_id}#{day}"
