"""Staff of a store: what waits, what was handed over."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.stores.errors import NotYourStore
from chalicelib.trade.fulfillment.entitlements import errors
from chalicelib.trade.fulfillment.entitlements.desk import service
from chalicelib.trade.fulfillment.entitlements.desk.schemas import (
    AskStoreDays,
    CompareStores,
    ExtendEntitlement,
    ListEntitlements,
    ListVerifications,
    OrderEntitlements,
    StoreDaysView,
    StoreOfDayView,
)
from chalicelib.trade.fulfillment.entitlements.schemas import DeskEntitlementView, VerificationView
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("entitlement_desk", title="核销 Verification (staff)")


@api.get("/admin/entitlements", permission="pickup.read", raises=[NotYourStore])
def list_entitlements(staff: Staff, query: ListEntitlements) -> Page[DeskEntitlementView]:
    """List what waits at a store of mine, the most urgent first; or what was fetched, expired, canceled."""
    return service.waiting(staff, query)


@api.get("/admin/verifications", permission="pickup.read", raises=[NotYourStore])
def list_verifications(staff: Staff, query: ListVerifications) -> Page[VerificationView]:
    """List what a store of mine handed over on a business day, the newest first."""
    return service.handed_over(staff, query)


@api.get("/admin/stores/{store_id}/days", permission="pickup.read", raises=[NotYourStore])
def store_days(staff: Staff, store_id: str, query: AskStoreDays) -> StoreDaysView:
    """Count what a store of mine was given to hand over, handed over, and what was not fetched, per business day."""
    return StoreDaysView(items=service.days(staff, store_id, query.from_day, query.to_day))


@api.get("/admin/store-days", permission="pickup.read")
def compare_stores(staff: Staff, query: CompareStores) -> Page[StoreOfDayView]:
    """Count what each of my stores handed over and redeemed on a business day, and what that cost its buyers."""
    return service.compare(staff, query)


@api.get("/admin/orders/{number}/entitlements", permission="pickup.read", raises=[OrderNotFound])
def entitlements_of_order(staff: Staff, number: str) -> OrderEntitlements:
    """Show what of an order is fetched at a store of mine."""
    return OrderEntitlements(items=service.of_order(staff, number))


@api.post(
    "/admin/orders/{number}/entitlements",
    permission="pickup.verify",
    raises=[
        *(OrderNotFound, errors.WrongStore, errors.EntitlementNotFound),
        *(errors.EntitlementChanged, errors.ExpiryInPast),
    ],
)
def extend_entitlement(staff: Staff, number: str, body: ExtendEntitlement) -> DeskEntitlementView:
    """Give the buyer more time to fetch it."""
    return service.extend(staff, number, body)
