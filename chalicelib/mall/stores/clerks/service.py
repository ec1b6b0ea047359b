"""Who works in which store. The accounts are identity's, and carry it; here is what may be given to whom."""

from __future__ import annotations

from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.accounts import service as accounts
from chalicelib.mall.identity.staff.accounts.schemas import StaffView
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.errors import NotYourStore, StoreNotFound
from chalicelib.mall.stores.models import StoreKind


def of_store(store_id: str, query: PageQuery) -> Page[StaffView]:
    """One page of the staff's accounts, those of the store only: a page may be short, and not be the last.

    :raises StoreNotFound: no such store.
    """
    _require(store_id)
    found, cursor = accounts.accounts(query)
    return Page(items=[StaffView.of(each) for each in found if store_id in each.store_ids], cursor=cursor)


def assign(staff: Staff, store_id: str, staff_id: str) -> StaffView:
    """Let somebody work in a store. :raises StoreNotFound: :raises NotYourStore: nobody gives what is not theirs.

    :raises NotFound, BeyondOwnPermissions, TooManyStores, StaffChanged: the account.
    """
    _require(store_id)
    require_served(staff, store_id)
    return StaffView.of(accounts.place_in(staff, staff_id, store_id, works=True))


def dismiss(staff: Staff, store_id: str, staff_id: str) -> StaffView:
    """Let somebody work there no longer, also when the store is gone.

    :raises NotYourStore: :raises NotFound, BeyondOwnPermissions, StaffChanged: the account.
    """
    require_served(staff, store_id)
    return StaffView.of(accounts.place_in(staff, staff_id, store_id, works=False))


def require_served(staff: Staff, store_id: str) -> None:
    """:raises NotYourStore: they do not work there, nor everywhere."""
    if not staff.serves(store_id):
        raise NotYourStore()


def _require(store_id: str) -> None:
    found = stores.find(store_id)
    if found is None or found.kind is not StoreKind.STORE:
        raise StoreNotFound()
