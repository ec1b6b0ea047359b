"""The counter, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from chalicelib.core.schemas import Id, Schema
from chalicelib.trade.checkout.schemas import MAX_ORDER_LINES
from chalicelib.trade.fulfillment.entitlements.schemas import QR_PREFIX, DeskEntitlementView, VerificationView
from chalicelib.trade.fulfillment.entitlements.service import CODE_DIGITS

MAX_SCANNED = 64


def _digits(scanned: object) -> object:
    """What was scanned or typed, without the QR code's prefix, spaces and hyphens."""
    if not isinstance(scanned, str) or len(scanned) > MAX_SCANNED:
        return scanned
    return scanned.strip().removeprefix(QR_PREFIX).replace(" ", "").replace("-", "")


VerificationCode = Annotated[
    str,
    BeforeValidator(_digits),
    Field(
        pattern=rf"^[0-9]{{{CODE_DIGITS}}}$",
        description="Typed or scanned: twelve digits, or what the QR code says.",
        examples=["siyu-verify:402917748105"],
    ),
]


class LookUp(Schema):
    """``POST /admin/verifications/lookup``."""

    verification_code: VerificationCode


class TakePieces(Schema):
    """So many pieces of a line of the order."""

    line: Annotated[int, Field(ge=0, lt=MAX_ORDER_LINES)]
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class Verify(LookUp):
    """``POST /admin/verifications``."""

    lines: Annotated[list[TakePieces], Field(min_length=1, max_length=MAX_ORDER_LINES)] | None = None
    """What is handed over; without it, everything that is left; of a voucher one time."""
    store_id: Id | None = None
    """Where a voucher is used, if whoever verifies works in several of its stores."""

    @field_validator("lines")
    @classmethod
    def _each_once(cls, lines: list[TakePieces] | None) -> list[TakePieces] | None:
        if lines and len({each.line for each in lines}) != len(lines):
            raise ValueError("name each line once")
        return lines


class VerifiedView(Schema):
    """What was handed over, and what is left."""

    verification: VerificationView
    entitlement: DeskEntitlementView
