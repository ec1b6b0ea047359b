"""What changes a stock. Algorithm and promise: docs/algorithms/stock.md.

Every function that is given ``tx`` adds two writes for each stock it touches: the conditional change of the
number, and the log entry, put if absent, which is ledger and guard in one. ``ref`` is the id of the cause (an
order, an adjustment...). One transaction may touch a stock once: add up the quantities of a key before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Otherwise, Transaction
from chalicelib.mall.inventory.errors import (
    AlreadyBooked,
    AlreadyDeclared,
    OutOfStock,
    StockKept,
    StockMoved,
    StockNotFound,
    StockTooLarge,
)
from chalicelib.mall.inventory.models import (
    LOW,
    MAX_STOCK,
    Keeper,
    LowStock,
    Reason,
    Stock,
    StockEntry,
    StockKey,
    entry_id,
)

Key = StockKey | tuple[str, str]


def take(tx: Transaction, key: Key, quantity: int, ref: str) -> None:
    """Take *quantity* pieces for *ref*; all of them or nothing.

    :raises OutOfStock: there are fewer, or there is no such stock. :raises AlreadyBooked: *ref* took before.
    """
    key = _checked(key, quantity)
    _change(
        tx,
        key,
        -quantity,
        Reason.TAKEN,
        ref,
        only_if=Stock.available >= quantity,
        otherwise=OutOfStock(sku_id=key.sku_id),
    )


def give_back(tx: Transaction, key: Key, quantity: int, ref: str) -> None:
    """Put back what *ref* (the order, the after-sale) took; once for each ref.

    :raises AlreadyBooked: it was given back before.
    """
    key = _checked(key, quantity)
    _change(tx, key, quantity, Reason.GIVEN_BACK, ref, only_if=Stock.available.exists(), otherwise=StockNotFound())


def declare(tx: Transaction, key: Key, quantity: int, *, keeper: Keeper | None = None) -> None:
    """Make the stock of a new SKU, once; three writes when it is low from the start.

    :param keeper: who says how many there are; null: staff.
    :raises AlreadyDeclared: it exists; its number is left alone.
    """
    key = StockKey(*key)
    if not 0 <= quantity <= MAX_STOCK:
        raise ValueError(f"{quantity} pieces can not be declared")
    now = clock.now()
    stock = Stock(owner=key.owner, sku_id=key.sku_id, available=quantity, keeper=keeper, updated_at=now)
    tx.put(stock, only_if=Stock.owner.does_not_exist(), otherwise=AlreadyDeclared(sku_id=key.sku_id))
    if stock.is_low:
        tx.put(LowStock(kind=LOW, stock=key.text, since_at=now))
    _log(tx, key, quantity, Reason.DECLARED, ids.new("dcl"))


def adjust(
    tx: Transaction,
    key: Key,
    delta: int,
    reason: Reason,
    ref: str,
    note: str | None = None,
    *,
    keeper: Keeper | None = None,
) -> None:
    """Change the number by *delta*, because its keeper (null: staff) found it so. Never below zero.

    :raises OutOfStock: fewer than ``-delta`` are there. :raises StockNotFound, StockTooLarge:
    :raises StockKept: it is not *keeper* who keeps it.
    """
    key = StockKey(*key)
    enough = Stock.available >= -delta if delta < 0 else Stock.available <= MAX_STOCK - delta
    refusal = OutOfStock(sku_id=key.sku_id) if delta < 0 else StockTooLarge(sku_id=key.sku_id)

    def refuse(old: dict[str, Any] | None) -> DomainError:
        return _not_kept_by(keeper, old) or refusal

    _change(tx, key, delta, reason, ref, only_if=enough & _kept_by(keeper), otherwise=refuse, note=note)


def count(tx: Transaction, key: Key, counted: int, seen: int, ref: str, note: str | None = None) -> None:
    """Set the number to *counted*, if it is still *seen*.

    :raises StockMoved: pieces came or went meanwhile. :raises StockKept: staff do not keep it.
    """

    def refuse(old: dict[str, Any] | None) -> DomainError:
        return _not_kept_by(None, old) or StockMoved(available=int((old or {})["available"]["N"]))

    unmoved = (Stock.available == seen) & _kept_by(None)
    _change(tx, StockKey(*key), counted - seen, Reason.COUNTED, ref, only_if=unmoved, otherwise=refuse, note=note)


def set_aside(tx: Transaction, key: Key, to: Key, quantity: int, ref: str) -> None:
    """Move pieces from *key* to *to* (a campaign's own stock, made if it is not there). Four writes.

    :raises OutOfStock: *key* has fewer.
    """
    set_aside_among(tx, key, {StockKey(*to): quantity}, ref)


def set_aside_among(
    tx: Transaction, key: Key, shares: Mapping[StockKey, int], ref: str, *, keeper: Keeper | None = None
) -> None:
    """Move pieces from *key* to several stocks, each its share: two writes, and two for each.

    :param keeper: of *key*: staff change those stocks no more than the one they come from. :raises OutOfStock:
    """
    for to, quantity in shares.items():
        _checked(to, quantity)
    whole = sum(shares.values())
    enough = Stock.available >= whole
    key = StockKey(*key)
    _change(tx, key, -whole, Reason.SET_ASIDE, ref, only_if=enough, otherwise=OutOfStock(sku_id=key.sku_id))
    for to, quantity in shares.items():
        _change(tx, to, quantity, Reason.SET_ASIDE, ref, keeper=keeper)


def release(tx: Transaction, key: Key, to: Key, quantity: int, ref: str) -> None:
    """Move what a campaign (*key*) did not sell back to the product (*to*). :raises OutOfStock: it has fewer."""
    release_all(tx, {StockKey(*key): quantity}, to, ref)


def release_all(tx: Transaction, shares: Mapping[StockKey, int], to: Key, ref: str) -> None:
    """Move pieces from several stocks of a campaign back to the product. :raises OutOfStock: one has fewer."""
    for key, quantity in shares.items():
        _change(
            tx,
            _checked(key, quantity),
            -quantity,
            Reason.RELEASED,
            ref,
            only_if=Stock.available >= quantity,
            otherwise=OutOfStock(sku_id=key.sku_id),
        )
    _change(tx, StockKey(*to), sum(shares.values()), Reason.RELEASED, ref)


def stocks(keys: Iterable[Key], *, consistent: bool = False) -> dict[StockKey, Stock]:
    """Stocks by key in one round trip per 100; unknown ones are absent."""
    found = batch_get({Stock: [StockKey(*key) for key in keys]}, consistent=consistent)[Stock]
    return {StockKey(*key): stock for key, stock in found.items()}


def keepers(keys: Iterable[Key]) -> dict[StockKey, Keeper]:
    """Who says how many there are, of those where it is not staff. One read."""
    return {key: stock.keeper for key, stock in stocks(keys).items() if stock.keeper is not None}


def watch(tx: Transaction, keys: Iterable[Key]) -> None:
    """Bring the low-stock list up to date for these stocks: at most one write each, none if nothing crossed."""
    wanted = [StockKey(*key) for key in dict.fromkeys(keys)]
    found = batch_get({Stock: list(wanted), LowStock: [(LOW, key.text) for key in wanted]}, consistent=True)
    for key in wanted:
        stock, listed = found[Stock].get(key), found[LowStock].get((LOW, key.text))
        if stock is not None and stock.is_low and listed is None:
            tx.put(LowStock(kind=LOW, stock=key.text, since_at=clock.now()))
        elif listed is not None and (stock is None or not stock.is_low):
            tx.delete(listed)


def _kept_by(keeper: Keeper | None) -> Condition:
    return Stock.keeper == keeper if keeper else Stock.keeper.does_not_exist()


def _not_kept_by(keeper: Keeper | None, stored: dict[str, Any] | None) -> DomainError | None:
    if not stored:
        return StockNotFound()
    found = stored.get("keeper", {}).get("S")
    return None if found == keeper else StockKept(keeper=found)


def _change(
    tx: Transaction,
    key: StockKey,
    delta: int,
    reason: Reason,
    ref: str,
    *,
    only_if: Condition | None = None,
    otherwise: Otherwise | None = None,
    note: str | None = None,
    keeper: Keeper | None = None,
) -> None:
    # The entry first: a repeat must be told that it is one, not that the stock is gone.
    _log(tx, key, delta, reason, ref, note)
    tx.update(
        Stock(owner=key.owner, sku_id=key.sku_id),
        [
            Stock.available.add(delta),
            Stock.updated_at.set(clock.now()),
            *([Stock.keeper.set(keeper)] if keeper else []),
        ],
        only_if=only_if,
        otherwise=otherwise,
    )


def _log(tx: Transaction, key: StockKey, delta: int, reason: Reason, ref: str, note: str | None = None) -> None:
    entry = StockEntry(
        stock=key.text, id=entry_id(ref, reason), delta=delta, reason=reason, ref=ref, note=note, at=clock.now()
    )
    tx.put(entry, only_if=StockEntry.id.does_not_exist(), otherwise=AlreadyBooked(sku_id=key.sku_id))


def _checked(key: Key, quantity: int) -> StockKey:
    if quantity <= 0:
        raise ValueError(f"{quantity} pieces can not be moved")
    return StockKey(*key)
