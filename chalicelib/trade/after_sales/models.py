"""Tables of after-sales: keys, indexes, states."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
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


class Kind(StrEnum):
    """What the buyer wants."""

    REFUND_ONLY = "refund_only"
    RETURN_AND_REFUND = "return_and_refund"
    EXCHANGE = "exchange"


class Reason(StrEnum):
    """Why."""

    NOT_WANTED = "not_wanted"
    WRONG_ORDER = "wrong_order"
    NOT_ARRIVED = "not_arrived"
    DAMAGED = "damaged"
    NOT_AS_DESCRIBED = "not_as_described"
    WRONG_GOODS = "wrong_goods"
    MISSING_PIECES = "missing_pieces"
    OTHER = "other"


REASONS = {
    Reason.NOT_WANTED: "不想要了",
    Reason.WRONG_ORDER: "拍错、多拍",
    Reason.NOT_ARRIVED: "未收到货",
    Reason.DAMAGED: "商品破损、质量问题",
    Reason.NOT_AS_DESCRIBED: "与描述不符",
    Reason.WRONG_GOODS: "发错货",
    Reason.MISSING_PIECES: "少件、漏发",
    Reason.OTHER: "其他",
}


SHOPS_FAULT = (
    *(Reason.NOT_ARRIVED, Reason.DAMAGED, Reason.NOT_AS_DESCRIBED),
    *(Reason.WRONG_GOODS, Reason.MISSING_PIECES),
)
"""Who got nothing, or not what was promised, does not pay for its way either."""


class Status(StrEnum):
    """The life of an after-sale. See docs/algorithms/after-sales.md."""

    REQUESTED = "requested"
    """Staff decide."""
    RETURNING = "returning"
    """Agreed: the buyer sends the goods back."""
    SENT = "sent"
    """The goods are on their way back."""
    RECEIVED = "received"
    """The goods are there: staff look at them."""
    REFUNDING = "refunding"
    """The money is on its way; nothing stops it any more."""
    REPLACING = "replacing"
    """Other pieces are to be sent."""
    REFUSED = "refused"
    """The buyer may appeal, once and for some days."""
    APPEALED = "appealed"
    """The owner decides."""
    REFUNDED = "refunded"
    REPLACED = "replaced"
    REJECTED = "rejected"
    """The appeal was refused."""
    CANCELED = "canceled"
    """By the buyer."""
    CLOSED = "closed"
    """The buyer did not send the goods, or their money went back another way."""


_AGREED = [Status.RETURNING, Status.REFUNDING, Status.REFUNDED]
_LOOKED_AT = [Status.REFUNDING, Status.REFUNDED, Status.REPLACING, Status.REFUSED]
STEPS = Steps(
    {
        Status.REQUESTED: [*_AGREED, Status.REFUSED, Status.CANCELED, Status.CLOSED],
        Status.RETURNING: [Status.SENT, Status.RECEIVED, Status.CANCELED, Status.CLOSED],
        Status.SENT: [Status.SENT, Status.RECEIVED, *_LOOKED_AT],
        Status.RECEIVED: _LOOKED_AT,
        Status.REPLACING: [Status.REPLACED, Status.REFUNDING, Status.REFUNDED],
        Status.REFUSED: [Status.APPEALED],
        Status.APPEALED: [*_AGREED, Status.REPLACING, Status.REJECTED, Status.CANCELED, Status.CLOSED],
        Status.REFUNDING: [Status.REFUNDED],
    }
)
OPEN = (
    Status.REQUESTED,
    Status.RETURNING,
    Status.SENT,
    Status.RECEIVED,
    Status.REFUNDING,
    Status.REPLACING,
    Status.APPEALED,
)
"""Somebody has something to do, or money is on its way."""


BUYER, STAFF, SYSTEM = "buyer", "staff", "system"


class Step(BaseModel):
    """One entry of the timeline. ``actor``: ``buyer``, ``system``, or the name of a member of the staff."""

    at: datetime
    status: Status
    actor: str
    text: str = ""


class Piece(BaseModel):
    """So many pieces of an order line, as it was bought. ``line``: its position in the order."""

    line: int
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    quantity: int
    unshipped: int = 0
    """Of them, those that had not left when they were asked for: they do not leave meanwhile."""
    accepted: int = 0
    """Refunded, or replaced."""
    sellable: int = 0
    """Of those that are replaced, the ones that came back as good as new."""


class Contact(BaseModel):
    """Where goods are sent back to."""

    name: str
    phone: str
    address: str


class Replacement(BaseModel):
    """What an exchange gives instead."""

    sku_id: str
    spec: str


class Sending(BaseModel):
    """A parcel of an after-sale: on its way back, or the replacement's."""

    parcel_id: str
    carrier: str
    tracking_number: str
    at: datetime


class ByOrder(GlobalSecondaryIndex["AfterSale"]):
    class Meta:
        index_name = "by_order"
        projection = KeysOnlyProjection()

    order_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByNumber(GlobalSecondaryIndex["AfterSale"]):
    class Meta:
        index_name = "by_number"
        projection = KeysOnlyProjection()

    number = UnicodeAttribute(hash_key=True)


class ByDay(GlobalSecondaryIndex["AfterSale"]):
    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex["AfterSale"]):
    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    status_day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class AfterSale(Table):
    """One application for pieces of one order, under its buyer. Its amounts are decided in the step that refunds."""

    class Meta:
        table_name = table_name("after_sales")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    number = UnicodeAttribute()
    order_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    kind = EnumAttribute(Kind)
    status = EnumAttribute(Status)
    status_day = UnicodeAttribute()
    """See :func:`status_day`. Changes with the status."""
    pieces = DocumentAttribute[list[Piece]](list[Piece])
    reason = EnumAttribute(Reason)
    description = UnicodeAttribute(null=True)
    pictures = DocumentAttribute[list[str]](list[str], default=list)
    phone = UnicodeAttribute(null=True)
    asked_amount = FenAttribute(null=True)
    """The buyer asks for no more than this for the goods."""
    proposed_amount = FenAttribute()
    """What was due, freight included, when it was asked for."""
    by_staff = BooleanAttribute(default=False)
    """Nobody asked for it: staff gave the money back."""
    opened_at = TimeAttribute()
    day = UnicodeAttribute(null=True)
    """Business day of that: what exports walk along, since it never changes."""
    moved_at = TimeAttribute()
    """When it came to its status."""
    due_at = TimeAttribute(null=True)
    """When the present status ends by itself, or staff are told that it lasts too long."""
    overdue_at = TimeAttribute(null=True)
    """Since when a person has to look."""
    appealed_at = TimeAttribute(null=True)
    goods_back = BooleanAttribute(default=False)
    """The shop has had the goods in its hands."""
    return_to: DocumentAttribute[Contact] = DocumentAttribute(Contact, null=True)
    sent_back: DocumentAttribute[Sending] = DocumentAttribute(Sending, null=True)
    replacement: DocumentAttribute[Replacement] = DocumentAttribute(Replacement, null=True)
    replaced_by: DocumentAttribute[Sending] = DocumentAttribute(Sending, null=True)
    goods_amount = FenAttribute(default=0)
    """What was due for the accepted pieces."""
    withheld_amount = FenAttribute(default=0)
    """Of that, what is not paid out: the buyer asked for less, or staff took a damage off."""
    freight_amount = FenAttribute(default=0)
    refund_amount = FenAttribute(default=0)
    """Goods less what is withheld, and freight."""
    refund_id = UnicodeAttribute(null=True)
    """The refund of the payment; None: there was nothing to pay out."""
    steps = DocumentAttribute[list[Step]](list[Step])
    """The timeline; the status table keeps it short."""
    version = IntAttribute(default=1)
    """Counts changes: what was decided on an after-sale as read is written only if it is still so."""

    by_order = ByOrder()
    by_number = ByNumber()
    by_status = ByStatus()
    by_day = ByDay()

    @property
    def units(self) -> dict[int, int]:
        """Line → pieces, all that were asked for."""
        return {piece.line: piece.quantity for piece in self.pieces}

    @property
    def held(self) -> dict[int, int]:
        """Line → pieces that had not left."""
        return {piece.line: piece.unshipped for piece in self.pieces if piece.unshipped}


class AfterSaleBook(Table):
    """What is being asked for of one order. Every application and every refund of pieces goes through it: of two at
    once, one is refused."""

    class Meta:
        table_name = table_name("after_sale_books")

    order_id = UnicodeAttribute(hash_key=True)
    claimed = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Position of a line → pieces of open after-sales."""
    applications = IntAttribute(default=0)
    """How many there ever were."""
    version = IntAttribute(default=0)


def status_day(status: Status, day: str) -> str:
    """The key under which staff find after-sales of a status: the ended ones by business day of their end."""
    return str(status) if status in OPEN else f"{status}#{day}"
