"""Places, in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from chalicelib.core.schemas import Count, Id, Line, PageQuery, Schema
from chalicelib.mall.identity.addresses.schemas import Detail
from chalicelib.mall.identity.regions.schemas import RegionCode
from chalicelib.mall.stores.hours.schemas import OpeningHours
from chalicelib.mall.stores.models import Store, StoreKind

Latitude = Annotated[
    int, Field(ge=-90_000_000, le=90_000_000, description="Micro-degrees, GCJ-02.", examples=[31230416])
]
Longitude = Annotated[
    int, Field(ge=-180_000_000, le=180_000_000, description="Micro-degrees, GCJ-02.", examples=[121473701])
]
Phone = Annotated[
    str,
    Field(
        max_length=24,
        pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,6})?|[48]00-?[0-9]{3}-?[0-9]{4}|\+[0-9]{6,15})$",
        description="A mobile, landline or 400 number, or `+` and an international one.",
        examples=["021-62000000"],
    ),
]
Sort = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class Position(Schema):
    """Where somebody is: both or neither."""

    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _a_pair(self) -> Position:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        return self

    @property
    def point(self) -> tuple[int, int] | None:
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


class StoreFields(Position):
    """What staff decide of a place. Province and city follow from the code; names are filled in."""

    kind: StoreKind
    name: Line
    phone: Phone | None = None
    district_code: RegionCode
    """The deepest region: a county, or a city or province without counties."""
    detail: Detail
    hours: OpeningHours | None = None
    """Null: nobody said."""
    closed_on: Annotated[list[date], Field(max_length=100)] = Field(default_factory=list)
    """Business days on which it does not open."""
    pickup: bool = False
    """Buyers may fetch parcels here."""
    ships_parcels: bool = False
    """Parcels leave from here."""
    active: bool = True
    sort: Sort = 0
    """Smaller comes first."""

    @field_validator("closed_on")
    @classmethod
    def _in_order(cls, days: list[date]) -> list[date]:
        if any(not 2000 <= day.year < 2100 for day in days):
            raise ValueError("days of this century")
        return sorted(set(days))

    @model_validator(mode="after")
    def _what_a_warehouse_is(self) -> StoreFields:
        if self.kind is StoreKind.WAREHOUSE and (self.pickup or not self.ships_parcels):
            raise ValueError("a warehouse ships parcels and is not visited")
        return self


class EditStore(StoreFields):
    """``PUT /admin/stores/{store_id}``: the place whole, as it shall be."""

    version: Count
    """The version that was read: another one is stored → refused."""


class RemoveStore(Schema):
    """``DELETE /admin/stores/{store_id}``."""

    version: Count


class ChooseOrigin(Schema):
    """``PUT /admin/stores/default-origin``."""

    store_id: Id


class ListStores(Position, PageQuery):
    """``GET /stores``. With a position: the nearest first."""

    city_code: RegionCode | None = None
    pickup: bool | None = None


class Where(Schema):
    """A place as everybody sees it."""

    id: str
    name: str
    phone: str | None
    province_code: str
    city_code: str
    district_code: str
    province: str
    city: str
    district: str
    detail: str
    latitude: int | None
    longitude: int | None
    hours: OpeningHours | None
    closed_on: list[date]
    pickup: bool


class StoreView(Where):
    """A store as buyers see it."""

    open_now: bool | None
    """Null: nobody said when it opens."""
    distance_meters: int | None
    """From the given position; null without one."""

    @classmethod
    def of(cls, store: Store, *, open_now: bool | None, distance: int | None) -> StoreView:
        known = {name: getattr(store, name) for name in Where.model_fields}
        return cls(**known, open_now=open_now, distance_meters=distance)


class StaffStoreView(Where):
    """A place as staff see it."""

    kind: StoreKind
    ships_parcels: bool
    is_default_origin: bool
    active: bool
    sort: int
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, store: Store, default_origin_id: str | None) -> StaffStoreView:
        own = {"is_default_origin"}
        known = {name: getattr(store, name) for name in cls.model_fields if name not in own}
        return cls(**known, is_default_origin=store.id == default_origin_id)
