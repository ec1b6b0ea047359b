"""The ways of fulfillment: what each reads, where the goods go. Concept: docs/algorithms/pickup.md.

Checkout asks the way that the buyer chose, and knows none by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.errors import Invalid
from chalicelib.core.tables import Key, Table
from chalicelib.mall.catalog.products.models import ProductKind
from chalicelib.mall.identity.addresses.models import Address
from chalicelib.mall.stores.models import PLACE, Store
from chalicelib.trade.cart.schemas import Trouble
from chalicelib.trade.checkout.errors import (
    AddressNotFound,
    FulfillmentUnfit,
    LinesInvalid,
    StoreNotForPickup,
    TooManyVouchers,
)
from chalicelib.trade.checkout.schemas import Preview
from chalicelib.trade.orders.models import Fulfillment, PickupPlace, Receiver
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Quote

MAX_VOUCHERS = 20


@dataclass(frozen=True)
class Destination:
    """Where the order goes: what is stored with it."""

    receiver: Receiver
    place: PickupPlace | None = None


class Way(Protocol):
    """One way of fulfillment."""

    kind: ProductKind
    """What can be had in this way."""
    carried: bool
    """Whether somebody carries it, for freight."""
    required: tuple[str, ...]
    """What a buyer must say to place an order; a preview may do without."""

    def needs(self, member_id: str, asked: Preview) -> Mapping[type[Table], list[Key]]:
        """What to read, as far as it was said."""

    def destination(self, member_id: str, asked: Preview, found: Found) -> Destination | None:
        """Where it goes; None: the buyer has not said it yet. May refuse."""


class ByParcel:
    """To an address of the buyer's."""

    kind = ProductKind.GOODS
    carried = True
    required: tuple[str, ...] = ("address_id",)

    def needs(self, member_id: str, asked: Preview) -> Mapping[type[Table], list[Key]]:
        return {Address: [(member_id, asked.address_id)]} if asked.address_id else {}

    def destination(self, member_id: str, asked: Preview, found: Found) -> Destination | None:
        """:raises AddressNotFound: it is not theirs, or does not exist."""
        if asked.address_id is None:
            return None
        address: Address | None = found[Address].get((member_id, asked.address_id))
        if address is None:
            raise AddressNotFound()
        return Destination(_at(address, address.name, address.phone))


class ByPickup:
    """The buyer fetches it at a store: it goes to the person who comes, at the store's address."""

    kind = ProductKind.GOODS
    carried = False
    required: tuple[str, ...] = ("store_id", "contact")

    def needs(self, member_id: str, asked: Preview) -> Mapping[type[Table], list[Key]]:
        return {Store: [(PLACE, asked.store_id)]} if asked.store_id else {}

    def destination(self, member_id: str, asked: Preview, found: Found) -> Destination | None:
        """:raises StoreNotForPickup: no such store, it is not active, or hands out nothing."""
        if asked.store_id is None:
            return None
        store: Store | None = found[Store].get((PLACE, asked.store_id))
        if store is None or not store.is_visited or not store.pickup:
            raise StoreNotForPickup()
        name, phone = (asked.contact.name, asked.contact.phone) if asked.contact else ("", "")
        place = PickupPlace(
            store_id=store.id, name=store.name, phone=store.phone, latitude=store.latitude, longitude=store.longitude
        )
        return Destination(_at(store, name, phone), place)


class OnScreen:
    """The buyer reads it in the mini program (vouchers, codes): it goes nowhere."""

    carried = False
    required: tuple[str, ...] = ("contact",)

    def __init__(self, kind: ProductKind) -> None:
        self.kind = kind

    def needs(self, member_id: str, asked: Preview) -> Mapping[type[Table], list[Key]]:
        return {}

    def destination(self, member_id: str, asked: Preview, found: Found) -> Destination | None:
        if asked.contact is None:
            return None
        return Destination(Receiver(name=asked.contact.name, phone=asked.contact.phone))


WAYS: Mapping[Fulfillment, Way] = {
    Fulfillment.PARCEL: ByParcel(),
    Fulfillment.PICKUP: ByPickup(),
    Fulfillment.VOUCHER: OnScreen(ProductKind.VOUCHER),
    Fulfillment.CODE: OnScreen(ProductKind.CODE),
}


def require_said(asked: Preview) -> None:
    """Refuse an order of which something is not said that its way needs. :raises Invalid:"""
    missing = [name for name in WAYS[asked.fulfillment].required if getattr(asked, name) is None]
    if missing:
        issue = f"required for {asked.fulfillment}"
        raise Invalid(errors=[{"field": name, "issue": issue} for name in missing])


def require_fit(asked: Preview, quote: Quote) -> None:
    """Refuse what can not be had in the way that was chosen.

    :raises FulfillmentUnfit: :raises TooManyVouchers: more than one transaction gives.
    :raises LinesInvalid: a voucher whose time is over already.
    """
    way = WAYS[asked.fulfillment]
    unfit = [line for line in quote.lines if line.kind is not way.kind]
    if unfit:
        raise FulfillmentUnfit(lines=[{"sku_id": line.sku_id, "kind": line.kind} for line in unfit])
    if way.kind is not ProductKind.GOODS and sum(line.quantity for line in quote.lines) > MAX_VOUCHERS:
        raise TooManyVouchers(limit=MAX_VOUCHERS)
    vouchers = [line for line in quote.lines if line.voucher is not None]
    ends = [(line, line.voucher.valid_until) for line in vouchers if line.voucher]
    if over := [line for line, end in ends if end is not None and end <= quote.at]:
        raise LinesInvalid(lines=[{"sku_id": line.sku_id, "reason": Trouble.UNLISTED} for line in over])


def _at(where: Address | Store, name: str, phone: str) -> Receiver:
    return Receiver(
        name=name,
        phone=phone,
        region_code=where.district_code,
        province=where.province,
        city=where.city,
        district=where.district,
        detail=where.detail,
    )
