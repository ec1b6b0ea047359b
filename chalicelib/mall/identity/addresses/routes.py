"""The buyer's address book."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.addresses import service
from chalicelib.mall.identity.addresses.errors import AddressLimitReached
from chalicelib.mall.identity.addresses.schemas import AddressesView, AddressView, SaveAddress
from chalicelib.mall.identity.service import Buyer

api = Api("addresses", title="地址 Addresses")


@api.get("/me/addresses")
def list_addresses(buyer: Buyer) -> AddressesView:
    """List my addresses, the default first, then the newest."""
    return AddressesView(items=[AddressView.of(each) for each in service.addresses_of(buyer.member_id)])


@api.get("/me/addresses/{address_id}")
def show_address(buyer: Buyer, address_id: str) -> AddressView:
    """Show one of my addresses."""
    return AddressView.of(service.address_of(buyer.member_id, address_id))


@api.post("/me/addresses", status=201, raises=[AddressLimitReached])
def add_address(buyer: Buyer, body: SaveAddress) -> AddressView:
    """Add an address.

    At most 20 a member. The first one becomes the default.
    """
    return AddressView.of(service.add(buyer.member_id, body))


@api.put("/me/addresses/{address_id}")
def replace_address(buyer: Buyer, address_id: str, body: SaveAddress) -> AddressView:
    """Write an address anew.

    `is_default` true makes it the only default; false takes that away from it.
    """
    return AddressView.of(service.replace(buyer.member_id, address_id, body))


@api.delete("/me/addresses/{address_id}")
def remove_address(buyer: Buyer, address_id: str) -> None:
    """Remove an address; orders keep their own copy."""
    service.remove(buyer.member_id, address_id)
