"""Staff: who works in which store."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.accounts.schemas import StaffView
from chalicelib.mall.identity.staff.errors import BeyondOwnPermissions, StaffChanged, TooManyStores
from chalicelib.mall.stores.clerks import service
from chalicelib.mall.stores.errors import NotYourStore, StoreNotFound

api = Api("clerks", title="门店 Stores (staff)")


@api.get("/admin/stores/{store_id}/staff", permission="staff.read", raises=[StoreNotFound])
def list_clerks(staff: Staff, store_id: str, query: PageQuery) -> Page[StaffView]:
    """List who works in a store. The accounts are gone through page by page: a page may be short or empty."""
    return service.of_store(store_id, query)


@api.put(
    "/admin/stores/{store_id}/staff/{staff_id}",
    permission="staff.write",
    raises=[StoreNotFound, NotYourStore, BeyondOwnPermissions, TooManyStores, StaffChanged],
)
def assign_clerk(staff: Staff, store_id: str, staff_id: str) -> StaffView:
    """Let somebody work in a store: there they may verify what buyers fetch, if their role does."""
    return service.assign(staff, store_id, staff_id)


@api.delete(
    "/admin/stores/{store_id}/staff/{staff_id}",
    permission="staff.write",
    raises=[NotYourStore, BeyondOwnPermissions, StaffChanged],
)
def dismiss_clerk(staff: Staff, store_id: str, staff_id: str) -> StaffView:
    """Let somebody work in a store no longer, from this moment on."""
    return service.dismiss(staff, store_id, staff_id)
