"""Where an entitlement is verified, and who may: staff of the store of a pickup, of any store that takes a voucher."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.models import EVERYWHERE
from chalicelib.mall.stores import service as stores
from chalicelib.trade.fulfillment.entitlements.errors import StoreUnclear, WrongStore
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, StoreDay


def serves(staff: Staff, found: Entitlement) -> bool:
    """Whether *staff* work where it is fetched or used."""
    if found.store_id:
        return staff.serves(found.store_id)
    if found.store_ids:
        return any(staff.serves(each) for each in found.store_ids)
    return bool(staff.store_ids) or staff.may(EVERYWHERE)


def require_served(staff: Staff, found: Entitlement) -> None:
    """:raises WrongStore: *staff* do not work where it is fetched or used."""
    if not serves(staff, found):
        raise WrongStore(store_name=found.store_name)


def store_for(staff: Staff, found: Entitlement, named: str | None) -> str:
    """The store in which it is verified: the pickup's, the one named, or the only one that it can be.

    :raises WrongStore: not a store of theirs that takes it. :raises StoreUnclear: it can be several.
    """
    require_served(staff, found)
    if found.store_id:
        return found.store_id
    takes = set(found.store_ids or stores.directory().by_id)
    mine = {each for each in takes if staff.serves(each)}
    if named is not None:
        mine &= {named}
    if not mine:
        raise WrongStore(store_name=found.store_name)
    if len(mine) > 1:
        raise StoreUnclear()
    return mine.pop()


def name_of(found: Entitlement, store_id: str) -> str:
    """What people call the store."""
    if found.store_id == store_id:
        return found.store_name
    known = stores.directory().by_id.get(store_id)
    return known.name if known else store_id


def count(tx: Transaction, store_id: str, at: datetime, *actions: Action) -> None:
    """Add to the numbers of the store's business day of that moment. One write, unless it is no store's."""
    if store_id:  # a voucher is of no store until it is used in one
        tx.update(StoreDay(store_id=store_id, day=clock.business_day(at).isoformat()), list(actions))
