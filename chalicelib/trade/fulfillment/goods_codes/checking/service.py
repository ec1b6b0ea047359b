"""Is the stock of a SKU that is sold as codes what its pool holds? Rule: docs/algorithms/pickup.md."""

from __future__ import annotations

from collections import Counter

from chalicelib.mall.inventory.models import Keeper, Reason, Stock, StockEntry
from chalicelib.trade.fulfillment.goods_codes.models import GoodsCode
from chalicelib.trade.reconciliation.ledgers.service import Mismatch


class CodePools:
    """The stocks that pools of codes keep. Each is the sum of its log; what its log says of the pool are the codes that
    are there, free or given; and no more pieces are for sale than codes are free.
    """

    account = Stock

    def name_of(self, row: Stock) -> str | None:
        return row.key.text if row.keeper is Keeper.CODES else None

    def mismatch(self, row: Stock) -> Mismatch | None:
        """None: stock, log and pool agree. Reads all of the log and of the pool."""
        moves: Counter[Reason] = Counter()
        for entry in StockEntry.query(row.key.text, consistent_read=True):
            moves[entry.reason] += entry.delta
        if Reason.DECLARED not in moves:  # what a campaign has set aside has no pool of its own
            told, logged = {}, {}
        else:
            told = _codes_of(row.sku_id)
            logged = {"codes": moves[Reason.DECLARED] + moves[Reason.POOLED], "free": row.available}
        enough = told.get("free", 0) >= logged.get("free", 0)
        if row.available == moves.total() and told.get("codes") == logged.get("codes") and enough:
            return None
        return Mismatch(balance=row.available, entries_sum=moves.total(), buckets=told, entries_buckets=logged)

    def moved(self, row: Stock) -> Stock | None:
        now = Stock.find(row.owner, row.sku_id, consistent=True)
        as_read = now is not None and (now.available, now.updated_at) == (row.available, row.updated_at)
        return None if as_read else now


def _codes_of(sku_id: str) -> dict[str, int]:
    """How many codes the pool holds, and how many of them nobody has."""
    pool = list(GoodsCode.query(sku_id, consistent_read=True, attributes_to_get=["free_sku_id", "order_id"]))
    free = sum(each.free_sku_id is not None for each in pool)
    return {"codes": free + sum(each.order_id is not None for each in pool), "free": free}
