"""Places: read whole and kept for some seconds; changed one change at a time."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from typing import Any

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import DomainError
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.regions.service import place
from chalicelib.mall.stores.errors import (
    DefaultOriginKept,
    NotAnOrigin,
    StaleStore,
    StoreNameTaken,
    StoreNotFound,
    StoresEdited,
    StoresFull,
)
from chalicelib.mall.stores.hours import service as hours
from chalicelib.mall.stores.models import DEFAULT_ORIGIN, MAX_STORES, PLACE, Directory, Store, StoreEdition
from chalicelib.mall.stores.schemas import ListStores, StoreFields, StoreView

KEEP_SECONDS = 10.0
EARTH_METERS = 6_371_009
_FAR = 10**9

_kept: tuple[float, Directory] | None = None


def default_origin() -> str:
    """The id of the place that parcels leave from unless somebody says otherwise; "default" while none is defined."""
    edition = StoreEdition.find("edition", "edition", consistent=True)
    return (edition.default_origin_id if edition else None) or DEFAULT_ORIGIN


def find(store_id: str) -> Store | None:
    """The place, active or not, this moment."""
    return Store.find(PLACE, store_id, consistent=True)


def directory() -> Directory:
    """All places, as they were at most ten seconds ago. Read anew only when the list was changed since."""
    global _kept
    # Real time, not the mall's clock: this is about how long a process keeps a copy.
    kept, now = _kept, time.monotonic()
    if kept is None:
        _kept = kept = (now, load())
    elif now - kept[0] > KEEP_SECONDS:
        # Each change of the list makes a new edition: while it is the same, the list is.
        same = _edition().number == kept[1].edition.number
        _kept = kept = (now, kept[1] if same else load())
    return kept[1]


def forget() -> None:
    """Drop what is kept: after a change, and between tests."""
    global _kept
    _kept = None


def load() -> Directory:
    """All places, this moment. The edition is read first: who changes the list meanwhile makes our write fail."""
    edition = _edition()
    return Directory(edition, Store.query(PLACE, consistent_read=True))


def stores_near(asked: ListStores) -> Page[StoreView]:
    """Active stores, the nearest first when a position is given, else in staff's order. No read, or one."""
    point = asked.point
    found = [
        (_rank(each, point), each)
        for each in directory().visited()
        if asked.city_code in (None, each.city_code) and asked.pickup in (None, each.pickup)
    ]
    found.sort(key=lambda each: each[0])
    scope = f"stores/{point}/{asked.city_code}/{asked.pickup}"
    if (after := pages.decode(asked.cursor, scope)) is not None:
        found = [each for each in found if each[0] > after]
    part = found[: asked.limit]
    cursor = pages.encode(part[-1][0], scope) if len(found) > len(part) else None
    return Page(items=[seen(each, point) for _, each in part], cursor=cursor)


def store(store_id: str) -> Store:
    """An active store. :raises StoreNotFound: no such, or buyers do not see it."""
    found = directory().by_id.get(store_id)
    if found is None or not found.is_visited:
        raise StoreNotFound()
    return found


def seen(each: Store, point: tuple[int, int] | None) -> StoreView:
    """A store as somebody at *point* (micro-degrees) sees it at this moment."""
    open_now = hours.is_open(each.hours, each.closed_on, clock.now()) if each.hours else None
    return StoreView.of(each, open_now=open_now, distance=distance(each, point))


def distance(each: Store, point: tuple[int, int] | None) -> int | None:
    """Meters on the great circle from *point* (micro-degrees) to the store; None when one of them is not known."""
    if point is None or each.latitude is None or each.longitude is None:
        return None
    north, east = (math.radians(degrees / 1_000_000) for degrees in point)
    to_north, to_east = math.radians(each.latitude / 1_000_000), math.radians(each.longitude / 1_000_000)
    chord = (
        math.sin((to_north - north) / 2) ** 2
        + math.cos(north) * math.cos(to_north) * math.sin((to_east - east) / 2) ** 2
    )
    return round(2 * EARTH_METERS * math.asin(min(1.0, math.sqrt(chord))))


def create(fields: StoreFields) -> Store:
    """A new place. The first origin is the default one.

    :raises StoresFull, StoreNameTaken, StoresEdited: :raises Invalid: no such region.
    """
    known = load()
    if len(known.by_id) >= MAX_STORES:
        raise StoresFull(limit=MAX_STORES)
    _require_free(known, fields.name, None)
    made = _store(ids.new("sto"), fields, None)
    with Transaction() as tx:
        tx.put(made, only_if=Store.id.does_not_exist(), otherwise=StoresEdited())
        _next_edition(tx, known, _default_with(known, made))
    forget()
    return made


def edit(store_id: str, fields: StoreFields, version: int) -> Store:
    """Write a place anew.

    :raises StoreNotFound, StaleStore, StoreNameTaken, StoresEdited:
    :raises DefaultOriginKept: it would be one no more. :raises Invalid: no such region.
    """
    known = load()
    old = _require(known, store_id, version)
    _require_free(known, fields.name, store_id)
    made = _store(store_id, fields, old)
    if store_id == known.edition.default_origin_id and not made.is_origin:
        raise DefaultOriginKept()
    with Transaction() as tx:
        tx.put(made, only_if=Store.version == version, otherwise=_stale)
        _next_edition(tx, known, _default_with(known, made))
    forget()
    return made


def remove(store_id: str, version: int) -> None:
    """Delete a place. :raises StoreNotFound, StaleStore, StoresEdited, DefaultOriginKept:"""
    known = load()
    gone = _require(known, store_id, version)
    if store_id == known.edition.default_origin_id:
        raise DefaultOriginKept()
    with Transaction() as tx:
        tx.delete(gone, only_if=Store.version == version, otherwise=_stale)
        _next_edition(tx, known, known.edition.default_origin_id)
    forget()


def choose_origin(store_id: str) -> Store:
    """Make a place the one default origin. :raises StoreNotFound, NotAnOrigin, StoresEdited:"""
    known = load()
    chosen = known.by_id.get(store_id)
    if chosen is None:
        raise StoreNotFound()
    if not chosen.is_origin:
        raise NotAnOrigin()
    if known.edition.default_origin_id != store_id:
        with Transaction() as tx:
            _next_edition(tx, known, store_id)
        forget()
    return chosen


def _edition() -> StoreEdition:
    return StoreEdition.find("edition", "edition", consistent=True) or StoreEdition(number=0)


def _rank(each: Store, point: tuple[int, int] | None) -> list[Any]:
    """A list, as a cursor gives it back."""
    away = distance(each, point)
    return [0 if point is None else _FAR if away is None else away, each.sort, each.id]


def _require(known: Directory, store_id: str, version: int) -> Store:
    found = known.by_id.get(store_id)
    if found is None:
        raise StoreNotFound()
    if found.version != version:
        raise StaleStore(version=found.version)
    return found


def _require_free(known: Directory, name: str, store_id: str | None) -> None:
    holder = known.named(name)
    if holder is not None and holder.id != store_id:
        raise StoreNameTaken(name=name)


def _store(store_id: str, fields: StoreFields, old: Store | None) -> Store:
    now = clock.now()
    decided = fields.model_dump(include=set(StoreFields.model_fields), exclude={"district_code", "hours"})
    return Store(
        id=store_id,
        hours=fields.hours,
        version=old.version + 1 if old else 1,
        created_at=old.created_at if old else now,
        updated_at=now,
        **asdict(place(fields.district_code, "district_code")),
        **decided,
    )


def _default_with(known: Directory, made: Store) -> str | None:
    chosen = known.edition.default_origin_id
    return made.id if chosen is None and made.is_origin else chosen


def _next_edition(tx: Transaction, known: Directory, default_origin_id: str | None) -> None:
    number = known.edition.number
    tx.put(
        StoreEdition(number=number + 1, default_origin_id=default_origin_id),
        only_if=StoreEdition.number == number if number else StoreEdition.number.does_not_exist(),
        otherwise=StoresEdited(),
    )


def _stale(stored: dict[str, Any] | None) -> DomainError:
    return StaleStore(version=int(stored["version"]["N"])) if stored else StoreNotFound()
