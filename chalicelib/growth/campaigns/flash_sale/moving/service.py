"""Staff add pieces to a lot, or take unsold ones out. docs/algorithms/flash-sale.md, "More, and fewer"."""

from __future__ import annotations

from collections.abc import Mapping

from pynamodb.expressions.condition import Condition

from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.errors import PiecesGone
from chalicelib.growth.campaigns.flash_sale.counters import service as counters
from chalicelib.growth.campaigns.flash_sale.lots.service import Lot
from chalicelib.growth.campaigns.flash_sale.models import Counter

AT_ONCE = 30
"""Shards that one transaction serves: three writes each."""


def shares(lot: Lot, delta: int) -> dict[str, int]:
    """More pieces go to the emptiest shards, fewer come from the fullest: owner of the stock → pieces. One read.

    :raises PiecesGone: so many shards together have fewer that nobody holds.
    """
    left = counters.left_by_shard(lot)
    if delta > 0:
        chosen = sorted(left, key=lambda shard: (left[shard], shard))[: min(AT_ONCE, delta)]
        whole, rest = divmod(delta, len(chosen))
        return {lot.stock_owner(shard): whole + (n < rest) for n, shard in enumerate(chosen)}
    wanted, taken = -delta, {}
    for shard in sorted(left, key=lambda shard: -left[shard])[:AT_ONCE]:
        if pieces := min(left[shard], wanted):
            taken[lot.stock_owner(shard)] = pieces
            wanted -= pieces
    if wanted:
        raise PiecesGone()
    return taken


def recount(tx: Transaction, lot: Lot, delta: int, changed: Mapping[str, int]) -> None:
    """The counters change with the stocks beside them, in one transaction.

    :raises PiecesGone: (at commit) somebody got a ticket for one of them.
    """
    for shard in range(lot.shards):
        pieces = changed.get(lot.stock_owner(shard), 0)
        if not pieces:
            continue
        began_with = lot.pieces_of(shard)
        there: Condition = Counter.left >= pieces
        if began_with >= pieces:
            there = there | Counter.left.does_not_exist()
        now_left = Counter.left | began_with
        tx.update(
            Counter(id=lot.counter_id(shard)),
            [
                Counter.left.set(now_left + pieces if delta > 0 else now_left - pieces),
                Counter.expires_at.set(counters.expiry(lot.ends_at)),
            ],
            only_if=None if delta > 0 else there,
            otherwise=None if delta > 0 else PiecesGone(),
        )
