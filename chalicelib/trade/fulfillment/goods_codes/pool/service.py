"""Uploading codes and counting them. A SKU's stock is what the pool holds and nobody was promised.

No code is ever logged, nor shown to staff. Algorithm: docs/algorithms/pickup.md, "Goods that are codes".
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core import clock, ids
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product, ProductKind
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.events import StockChanged
from chalicelib.mall.inventory.models import Keeper, Reason, StockKey
from chalicelib.trade.fulfillment.goods_codes.errors import CodesChanged, NotSoldAsCodes
from chalicelib.trade.fulfillment.goods_codes.events import CodesAdded, SellingEnds
from chalicelib.trade.fulfillment.goods_codes.models import CodeWait, GoodsCode
from chalicelib.trade.fulfillment.goods_codes.schemas import PoolView, UploadCodes, UploadedView
from chalicelib.trade.fulfillment.goods_codes.sealing import service as sealing

AT_ONCE = 90
COUNTED = 1_000


def upload(product_id: str, asked: UploadCodes) -> UploadedView:
    """Add codes to the pool of a SKU, and as many pieces to its stock. Those that are free or given are left alone, so
    that a file may come twice; one that was withdrawn is back.

    :raises ProductNotFound, NotSoldAsCodes, CodesOff, CodeUnreadable, StockTooLarge:
    :raises Invalid: the time to sell is over. :raises CodesChanged: upload again.
    """
    if asked.sell_until is not None and asked.sell_until <= clock.now():
        raise Invalid(errors=[{"field": "sell_until", "issue": "is over"}])
    key = stock_key(product_id, asked.sku_id)
    fingerprints = sealing.Fingerprints()
    wanted = {fingerprints.of(asked.sku_id, code): code for code in asked.secret_codes}
    known = batch_get({GoodsCode: [(asked.sku_id, each) for each in wanted]}, consistent=True)[GoodsCode]
    fresh = [
        (id_, code)
        for id_, code in wanted.items()
        if (asked.sku_id, id_) not in known or known[(asked.sku_id, id_)].withdrawn_at is not None
    ]
    for start in range(0, len(fresh), AT_ONCE):
        _add(key, asked, fresh[start : start + AT_ONCE])
    return UploadedView(added=len(fresh), known=len(wanted) - len(fresh))


def pools(product_id: str) -> list[PoolView]:
    """What is left of each SKU. :raises ProductNotFound: :raises NotSoldAsCodes:"""
    product = _sold_as_codes(product_id)
    there = inventory.stocks(product.stock_keys(), consistent=True)
    return [
        PoolView(
            sku_id=key.sku_id,
            available=there[key].available if key in there else 0,
            free_count=sum(1 for _ in GoodsCode.by_free.query(key.sku_id, limit=COUNTED)),
            waiting_count=sum(1 for _ in CodeWait.query(key.sku_id, limit=COUNTED, consistent_read=True)),
        )
        for key in product.stock_keys()
    ]


def stock_key(product_id: str, sku_id: str) -> StockKey:
    """The stock of a SKU that is sold as codes. :raises ProductNotFound: :raises NotSoldAsCodes:"""
    if _sold_as_codes(product_id).sku(sku_id) is None:
        raise NotSoldAsCodes()
    return StockKey(product_id, sku_id)


def change_stock(tx: Transaction, key: StockKey, codes: int) -> None:
    """The pool has so many codes more, or less, and the stock with it. Three writes.

    :raises OutOfStock: (at commit) fewer are promised to nobody. :raises StockTooLarge, StockKept:
    """
    inventory.adjust(tx, key, codes, Reason.POOLED, ids.new("cdp"), keeper=Keeper.CODES)
    tx.emit(StockChanged(owner=key.owner, sku_id=key.sku_id))


def _add(key: StockKey, asked: UploadCodes, codes: Sequence[tuple[str, str]]) -> None:
    with Transaction() as tx:
        for id_, code in codes:
            item = GoodsCode(
                sku_id=key.sku_id,
                id=id_,
                sealed=sealing.seal_code(code, key.sku_id, id_),
                key_id=sealing.current(),
                free_sku_id=key.sku_id,
                uploaded_at=clock.now(),
                sell_until=asked.sell_until,
            )
            absent = GoodsCode.id.does_not_exist() | GoodsCode.withdrawn_at.exists()
            tx.put(item, only_if=absent, otherwise=CodesChanged())
        change_stock(tx, key, len(codes))
        tx.emit(CodesAdded(sku_id=key.sku_id))
        if asked.sell_until is not None:
            tx.emit(SellingEnds(product_id=key.owner, sku_id=key.sku_id), at=asked.sell_until)


def _sold_as_codes(product_id: str) -> Product:
    product = products.product(product_id, consistent=True)
    if product.kind is not ProductKind.CODE:
        raise NotSoldAsCodes()
    return product
