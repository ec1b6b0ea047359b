"""Entitlements as buyers and staff see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.schemas import Schema
from chalicelib.trade.fulfillment.entitlements.models import (
    Entitlement,
    EntitlementStatus,
    Expiry,
    TakenLine,
    Verification,
)
from chalicelib.trade.fulfillment.entitlements.service import left_of
from chalicelib.trade.orders.models import Fulfillment, Order

QR_PREFIX = "siyu-verify:"
"""In front of the code in a QR code, so that a scanner of the staff's takes no other one for it."""


class EntitledLineView(Schema):
    """Pieces of an order line; of a voucher: times. ``line`` is its position in the order, from 0."""

    line: int
    sku_id: str
    name: str
    spec: str
    quantity: int
    taken: int
    """Handed over."""
    returned: int
    """Of them, brought back and refunded."""
    left: int
    """Still to be handed over: neither handed over nor refunded."""


class TakenLineView(Schema):
    line: int
    name: str
    spec: str
    quantity: int

    @classmethod
    def of(cls, line: TakenLine) -> TakenLineView:
        return cls(**line.model_dump())


class HandedOverView(Schema):
    """One hand-over, as the buyer sees it."""

    at: datetime
    lines: list[TakenLineView]

    @classmethod
    def of(cls, verification: Verification) -> HandedOverView:
        return cls(at=verification.at, lines=[TakenLineView.of(line) for line in verification.lines])


class EntitlementCard(Schema):
    """What can be fetched, where, until when."""

    id: str
    order_id: str
    order_number: str
    kind: Fulfillment
    status: EntitlementStatus
    """`open` is not enough: after `expires_at` it is good for nothing."""
    store_id: str
    """Where a pickup is fetched; empty of a voucher."""
    store_ids: list[str]
    """Where a voucher is used; none: in every store."""
    store_name: str
    lines: list[EntitledLineView]
    opened_at: datetime
    valid_from: datetime | None
    expires_at: datetime
    expiry: Expiry
    """What becomes of the money of what is left then."""
    closed_at: datetime | None

    @classmethod
    def known(cls, found: Entitlement, order: Order) -> dict[str, object]:
        """What every view of it says."""
        left = left_of(order, found) if is_good(found) else {}
        own = {name: getattr(found, name) for name in EntitlementCard.model_fields if name != "lines"}
        lines = [
            EntitledLineView(left=left.get(line.line, 0), **line.model_dump(exclude={"product_id"}))
            for line in found.lines
        ]
        return {**own, "lines": lines}


class EntitlementView(EntitlementCard):
    """An entitlement as its buyer sees it. The code is there while it is good for something."""

    code: str | None
    qr_content: str | None
    """What the QR code says that staff scan."""
    history: list[HandedOverView]

    @classmethod
    def of(cls, found: Entitlement, order: Order, history: Sequence[Verification]) -> EntitlementView:
        code = found.code if is_good(found) else None
        return cls.model_validate(
            {
                **cls.known(found, order),
                "code": code,
                "qr_content": QR_PREFIX + code if code else None,
                "history": [HandedOverView.of(each) for each in history],
            }
        )


class DeskEntitlementView(EntitlementCard):
    """An entitlement as staff see it: who comes for it, never its code. ``version`` goes along with a change."""

    receiver_name: str
    phone_ending: str
    """The last four digits, to ask for."""
    version: int

    @classmethod
    def of(cls, found: Entitlement, order: Order) -> DeskEntitlementView:
        to = order.receiver
        more = {"receiver_name": to.name, "phone_ending": to.phone[-4:], "version": found.version}
        return cls.model_validate({**cls.known(found, order), **more})


class VerificationView(Schema):
    """One hand-over, as staff see it."""

    id: str
    entitlement_id: str
    order_id: str
    order_number: str
    kind: Fulfillment
    store_id: str
    staff_id: str
    staff_name: str
    lines: list[TakenLineView]
    at: datetime

    @classmethod
    def of(cls, verification: Verification) -> VerificationView:
        own = {name: getattr(verification, name) for name in cls.model_fields if name != "lines"}
        return cls(**own, lines=[TakenLineView.of(line) for line in verification.lines])


def is_good(found: Entitlement) -> bool:
    """Whether something can be fetched with it at this moment, as far as its status and time go."""
    return found.status is EntitlementStatus.OPEN and clock.now() < found.expires_at
