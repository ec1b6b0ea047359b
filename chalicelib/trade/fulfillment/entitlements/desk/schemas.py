"""What staff of a store ask."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Id, Moment, PageQuery, Schema
from chalicelib.trade.fulfillment.entitlements.models import EntitlementStatus
from chalicelib.trade.fulfillment.entitlements.schemas import DeskEntitlementView

MAX_DAYS = 92


class ListEntitlements(PageQuery):
    """``GET /admin/entitlements``: what waits at a store (what is over first comes first), or of another status."""

    store_id: Id
    status: EntitlementStatus = EntitlementStatus.OPEN


class ListVerifications(PageQuery):
    """``GET /admin/verifications``: what a store handed over on a business day; without a day, today."""

    store_id: Id
    day: date | None = None


class AskStoreDays(Schema):
    """``GET /admin/stores/{store_id}/days``."""

    from_day: date
    to_day: date

    @model_validator(mode="after")
    def _bounded(self) -> AskStoreDays:
        if not 0 <= (self.to_day - self.from_day).days < MAX_DAYS:
            raise ValueError(f"from_day to to_day is 1 to {MAX_DAYS} days")
        return self


class StoreDayView(Schema):
    """What one business day brought a store."""

    day: date
    opened_count: int
    """Orders that became ready to be fetched."""
    verification_count: int
    piece_count: int
    """Pieces handed over, and times that vouchers were used."""
    voucher_count: int
    """Of those, times that vouchers were used."""
    handed_over_amount: int
    """What all that cost its buyers, fen."""
    expired_count: int
    """Orders that were not fetched in time, or not all of them."""
    redeemed_count: int
    """What was redeemed at the till, beside entitlements."""
    redeemed_goods_amount: int
    """What was bought with them, as the till said, fen."""


class StoreDaysView(Schema):
    items: list[StoreDayView]


class CompareStores(PageQuery):
    """``GET /admin/store-days``; without a day, today."""

    day: date | None = None


class StoreOfDayView(StoreDayView):
    """A store on a business day."""

    store_id: str
    store_name: str


class ExtendEntitlement(Schema):
    """``POST /admin/orders/{number}/entitlements``: more time to fetch it."""

    entitlement_id: Id
    expires_at: Annotated[Moment, Field(examples=["2026-12-08T02:00:00Z"])]
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    """The version that staff looked at: refused if it changed since."""


class OrderEntitlements(Schema):
    """``GET /admin/orders/{number}/entitlements``."""

    items: list[DeskEntitlementView]
