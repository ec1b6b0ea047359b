"""Staff: stores and warehouses."""

from __future__ import annotations

from chalicelib.core import pages
from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.stores import errors, service
from chalicelib.mall.stores.models import PLACE, Store
from chalicelib.mall.stores.schemas import ChooseOrigin, EditStore, RemoveStore, StaffStoreView, StoreFields

api = Api("stores_admin", title="门店 Stores (staff)")


@api.get("/admin/stores", permission="stores.read")
def list_places(staff: Staff, query: PageQuery) -> Page[StaffStoreView]:
    """List all stores and warehouses, the oldest first."""
    found, cursor = pages.query(
        Store, PLACE, limit=query.limit, cursor=query.cursor, newest_first=False, consistent=True
    )
    default = service.default_origin()
    return Page(items=[StaffStoreView.of(each, default) for each in found], cursor=cursor)


@api.post(
    "/admin/stores",
    status=201,
    permission="stores.write",
    raises=[errors.StoresFull, errors.StoreNameTaken, errors.StoresEdited],
)
def create_place(staff: Staff, body: StoreFields) -> StaffStoreView:
    """Create a store or warehouse. The first one that ships parcels becomes the default origin."""
    return _view(service.create(body))


@api.get("/admin/stores/{store_id}", permission="stores.read", raises=[errors.StoreNotFound])
def show_place(staff: Staff, store_id: str) -> StaffStoreView:
    """Show a store or warehouse."""
    found = service.find(store_id)
    if found is None:
        raise errors.StoreNotFound()
    return _view(found)


@api.put(
    "/admin/stores/{store_id}",
    permission="stores.write",
    raises=[
        errors.StoreNotFound,
        errors.StaleStore,
        errors.StoreNameTaken,
        errors.StoresEdited,
        errors.DefaultOriginKept,
    ],
)
def edit_place(staff: Staff, store_id: str, body: EditStore) -> StaffStoreView:
    """Write a store or warehouse anew."""
    return _view(service.edit(store_id, body, body.version))


@api.delete(
    "/admin/stores/{store_id}",
    status=204,
    permission="stores.write",
    raises=[errors.StoreNotFound, errors.StaleStore, errors.StoresEdited, errors.DefaultOriginKept],
)
def delete_place(staff: Staff, store_id: str, query: RemoveStore) -> None:
    """Delete a place made by mistake. One that has sent parcels is deactivated: shipments keep its id."""
    service.remove(store_id, query.version)


@api.put(
    "/admin/stores/default-origin",
    permission="stores.write",
    raises=[errors.StoreNotFound, errors.NotAnOrigin, errors.StoresEdited],
)
def choose_default_origin(staff: Staff, body: ChooseOrigin) -> StaffStoreView:
    """Choose where parcels leave from unless somebody says otherwise."""
    return _view(service.choose_origin(body.store_id))


def _view(found: Store) -> StaffStoreView:
    return StaffStoreView.of(found, service.default_origin())
