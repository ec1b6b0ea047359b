"""Taking a piece, and putting it back; each done at most once, whatever is repeated.

Algorithm: docs/algorithms/flash-sale.md, "The counter".
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.errors import DomainError
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import write_alone
from chalicelib.growth.campaigns.flash_sale.errors import SoldOut
from chalicelib.growth.campaigns.flash_sale.lots.service import Lot
from chalicelib.growth.campaigns.flash_sale.memory.service import FRESH, Kept, sold_out
from chalicelib.growth.campaigns.flash_sale.models import Counter, parse_holder

KEEP = timedelta(days=30)
_left: Kept[int] = Kept(FRESH)


class _Unchanged(DomainError):
    """The condition did not hold. ``mine``: because it was done before. Never leaves this module."""

    code = "counter_unchanged"

    def __init__(self, mine: bool) -> None:
        super().__init__()
        self.mine = mine


def take(lot: Lot, holder: str) -> str:
    """A piece for *holder*; again, the same piece. :returns: the owner of its stock. :raises SoldOut:"""
    home = lot.home(parse_holder(holder)[0])
    if _take_from(lot, home, holder):
        return lot.stock_owner(home)
    rows = rows_of([lot])
    left = {shard: _left_in(rows, lot, shard) for shard in range(lot.shards)}
    mine = [shard for shard in left if holder in _holders(rows.get(lot.counter_id(shard)))]
    full = [shard for shard, pieces in left.items() if pieces > 0]
    random.shuffle(full)
    for shard in [*mine, *full]:
        if shard in mine or _take_from(lot, shard, holder):
            return lot.stock_owner(shard)
    sold_out.put(lot.id, True)
    raise SoldOut()


def put_back(counter_id: str, holder: str) -> None:
    """What *holder* took is for others again; again, nothing."""
    actions = [Counter.left.add(1), Counter.holders.delete({holder})]
    try:
        write_alone(
            Counter(id=counter_id), actions, only_if=Counter.holders.contains(holder), otherwise=_Unchanged(True)
        )
    except _Unchanged:
        return


def rows_of(lots: Iterable[Lot]) -> Mapping[str, Counter]:
    """The counters that there are, by id, this moment."""
    keys = [lot.counter_id(shard) for lot in lots for shard in range(lot.shards)]
    return batch_get({Counter: keys}, consistent=True)[Counter] if keys else {}  # type: ignore[return-value]


def left_of(lots: Iterable[Lot]) -> dict[str, int]:
    """What is left of lots, by their ids: for people to look at, some seconds old at most."""
    wanted = {each.id: each for each in lots}
    known = {key: found for key in wanted if (found := _left.find(key)) is not None}
    unknown = [lot for key, lot in wanted.items() if key not in known]
    rows = rows_of(unknown)
    for lot in unknown:
        known[lot.id] = _left.put(lot.id, sum(_left_in(rows, lot, shard) for shard in range(lot.shards)))
    return known


def left_by_shard(lot: Lot) -> dict[int, int]:
    """What each shard of the lot has, this moment."""
    rows = rows_of([lot])
    return {shard: _left_in(rows, lot, shard) for shard in range(lot.shards)}


def _left_in(rows: Mapping[str, Counter], lot: Lot, shard: int) -> int:
    row = rows.get(lot.counter_id(shard))
    left: int = lot.pieces_of(shard) if row is None else row.left
    return left


def _holders(row: Counter | None) -> set[str]:
    return (row.holders if row is not None else None) or set()


def _take_from(lot: Lot, shard: int, holder: str) -> bool:
    """Whether *holder* has a piece of the shard now."""

    def refuse(old: dict[str, Any] | None) -> DomainError:
        return _Unchanged(mine=holder in (old or {}).get("holders", {}).get("SS", []))

    there = Counter.left.does_not_exist() | (Counter.left >= 1)
    actions = [
        Counter.left.set((Counter.left | lot.pieces_of(shard)) - 1),
        Counter.holders.add({holder}),
        Counter.expires_at.set(expiry(lot.ends_at)),
    ]
    try:
        write_alone(
            Counter(id=lot.counter_id(shard)),
            actions,
            only_if=there & ~Counter.holders.contains(holder),
            otherwise=refuse,
        )
    except _Unchanged as unchanged:
        return unchanged.mine
    return True


def expiry(ends_at: datetime) -> int:
    """Until when the counter of a session is kept."""
    return int((ends_at + KEEP).timestamp())
