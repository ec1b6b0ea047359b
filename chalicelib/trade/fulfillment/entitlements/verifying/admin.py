"""Staff of a store: look a code up, hand over."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.entitlements import errors
from chalicelib.trade.fulfillment.entitlements.schemas import DeskEntitlementView
from chalicelib.trade.fulfillment.entitlements.verifying import service
from chalicelib.trade.fulfillment.entitlements.verifying.schemas import LookUp, VerifiedView, Verify
from chalicelib.trade.orders.errors import OrderChanged

api = Api("verifying", title="核销 Verification (staff)")


@api.post(
    "/admin/verifications/lookup",
    permission="pickup.verify",
    raises=[errors.EntitlementNotFound, errors.WrongStore],
)
def look_up(staff: Staff, body: LookUp) -> DeskEntitlementView:
    """Show what a scanned or typed code is good for, at the caller's own store. Changes nothing."""
    return service.look_up(staff, body)


@api.post(
    "/admin/verifications",
    status=201,
    permission="pickup.verify",
    raises=[
        *(errors.EntitlementNotFound, errors.WrongStore, errors.EntitlementUsed, errors.EntitlementExpired),
        *(errors.EntitlementCanceled, errors.EntitlementChanged, errors.MoreThanLeft, OrderChanged, KeyReused),
        *(errors.EntitlementNotYet, errors.StoreUnclear),
    ],
)
def verify(staff: Staff, body: Verify, key: IdempotencyKey) -> VerifiedView:
    """Hand over what a code is good for: all that is left, or the pieces named. The last piece completes the order."""
    return service.verify(staff, body, key)
