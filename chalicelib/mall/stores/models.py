"""Places: one partition, few enough to be read whole; and the one item that their changes go through."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.mall.stores.hours.schemas import OpeningHours

MAX_STORES = 1_000
PLACE = "place"
DEFAULT_ORIGIN = "default"
"""Where parcels leave from while no place is defined."""


class StoreKind(StrEnum):
    """What a place is for. A store may ship parcels too; a warehouse does nothing else."""

    STORE = "store"
    WAREHOUSE = "warehouse"


class Store(Table):
    """A store or warehouse. Region codes and names as in an address: names stay when a region is renamed."""

    class Meta:
        table_name = table_name("stores")

    kind_of_item = UnicodeAttribute(hash_key=True, default=PLACE)
    id = UnicodeAttribute(range_key=True)
    kind = EnumAttribute(StoreKind)
    name = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    province_code = UnicodeAttribute()
    city_code = UnicodeAttribute()
    district_code = UnicodeAttribute()
    province = UnicodeAttribute()
    city = UnicodeAttribute()
    district = UnicodeAttribute()
    detail = UnicodeAttribute()
    latitude = IntAttribute(null=True)
    """Micro-degrees, GCJ-02; as ``longitude``."""
    longitude = IntAttribute(null=True)
    hours: DocumentAttribute[OpeningHours] = DocumentAttribute(OpeningHours, null=True)
    closed_on: DocumentAttribute[list[date]] = DocumentAttribute(list[date])
    pickup = BooleanAttribute(default=False)
    ships_parcels = BooleanAttribute(default=False)
    active = BooleanAttribute(default=True)
    sort = IntAttribute(default=0)
    version = IntAttribute(default=1)
    created_at = TimeAttribute()
    updated_at = TimeAttribute()

    @property
    def is_origin(self) -> bool:
        """Whether parcels may leave from here."""
        return self.active and self.ships_parcels

    @property
    def is_visited(self) -> bool:
        """Whether buyers see it."""
        return self.active and self.kind is StoreKind.STORE


class StoreEdition(Table):
    """How often the list was changed, and its default origin. Each change names the edition it was made on."""

    class Meta:
        table_name = table_name("stores")

    kind_of_item = UnicodeAttribute(hash_key=True, default="edition")
    id = UnicodeAttribute(range_key=True, default="edition")
    number = IntAttribute()
    default_origin_id = UnicodeAttribute(null=True)


class Directory:
    """All places at one edition, in staff's order."""

    def __init__(self, edition: StoreEdition, stores: Iterable[Store]) -> None:
        self.edition = edition
        self.by_id = {each.id: each for each in sorted(stores, key=lambda each: (each.sort, each.id))}

    def named(self, name: str) -> Store | None:
        """The place of that name."""
        return next((each for each in self.by_id.values() if each.name == name), None)

    def visited(self) -> list[Store]:
        """What buyers may see."""
        return [each for each in self.by_id.values() if each.is_visited]
