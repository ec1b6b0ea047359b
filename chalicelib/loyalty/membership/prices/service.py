"""What a level pays, and what it may buy. Rules: docs/algorithms/membership.md, "Prices"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from chalicelib.core import pages
from chalicelib.core.money import apply_bps
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import LevelNotFound
from chalicelib.loyalty.membership.levels.service import ladder_of, level_of
from chalicelib.loyalty.membership.models import MALL, ExclusiveProduct, LadderRow, Membership
from chalicelib.loyalty.membership.prices.schemas import (
    ExclusiveView,
    ListExclusives,
    MemberPrices,
    MemberPriceView,
    SetExclusive,
    SkuPrice,
)
from chalicelib.loyalty.membership.schemas import Ladder, Level
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.catalog.taxonomy import service as taxonomy

MEMBER = "member"
"""The name of a SKU's own price for members."""


def price_of(amount: int, prices: Mapping[str, int], level: Level, *, excluded: bool) -> int | None:
    """What *level* pays for a unit that costs *amount*; None: it has no price of its own for it.

    :param prices: the SKU's further prices. :param excluded: no level's discount is for this product.
    """
    own = prices.get(MEMBER) if level.benefits.member_prices else None
    if own is not None:
        return own if own < amount else None
    reduced = amount if excluded else apply_bps(amount, level.benefits.discount_bps)
    return reduced if reduced < amount else None


def excluded_categories(ladder: Ladder) -> Collection[str]:
    """The categories that no discount is for, with all below them. From the process's copy of the tree."""
    if not ladder.excluded_category_ids:
        return ()
    tree = taxonomy.categories()
    return {each for named in ladder.excluded_category_ids for each in (named, *tree.below(named))}


def is_excluded(ladder: Ladder, categories: Collection[str], product_id: str, category_id: str) -> bool:
    """Whether no level's discount is for the product. :param categories: :func:`excluded_categories`"""
    return product_id in ladder.excluded_product_ids or category_id in categories


def required(ladder: Ladder, exclusive: ExclusiveProduct | None) -> Level | None:
    """The level from which on a product may be bought; None: by everybody. Of a level that is gone: the highest."""
    if exclusive is None:
        return None
    number = ladder.position(exclusive.level)
    return ladder.levels[number] if number >= 0 else ladder.levels[-1]


def may_buy(ladder: Ladder, level: Level, wanted: Level | None) -> bool:
    """Whether members of *level* may buy what is for *wanted* and above."""
    return wanted is None or ladder.position(level.id) >= ladder.position(wanted.id)


def shown(member_id: str, product_ids: Sequence[str]) -> MemberPrices:
    """What the products cost the member, for lists and pages; unknown ones are left out. One round trip."""
    wanted: dict[Any, Any] = {Membership: [member_id], LadderRow: [MALL]}
    found = batch_get({**wanted, Product: product_ids, ExclusiveProduct: product_ids})
    ladder = ladder_of(found[LadderRow].get(MALL))
    level = ladder.level(level_of(found[Membership].get(member_id), ladder))
    categories = excluded_categories(ladder)
    items = []
    for product_id in dict.fromkeys(product_ids):
        product: Product | None = found[Product].get(product_id)
        if product is not None:
            excluded = is_excluded(ladder, categories, product.id, product.category_id)
            exclusive = required(ladder, found[ExclusiveProduct].get(product_id))
            items.append(_view(product, level, exclusive, excluded, may_buy(ladder, level, exclusive)))
    return MemberPrices(level=level.id, items=items)


def _view(product: Product, level: Level, exclusive: Level | None, excluded: bool, may: bool) -> MemberPriceView:
    prices = [(sku.id, price_of(sku.price_amount, sku.prices, level, excluded=excluded)) for sku in product.skus]
    return MemberPriceView(
        product_id=product.id,
        skus=[SkuPrice(sku_id=sku_id, amount=amount) for sku_id, amount in prices if amount is not None],
        exclusive_level=exclusive.id if exclusive is not None else None,
        exclusive_level_name=exclusive.name if exclusive is not None else None,
        may_buy=may,
    )


def set_exclusive(product_id: str, asked: SetExclusive) -> ExclusiveView:
    """From which level on the product may be bought; null: by everybody.

    :raises LevelNotFound: the ladder has no such level, or not any more. :raises ProductNotFound:
    """
    product = products.product(product_id)
    stored = LadderRow.find(MALL, consistent=True)
    if asked.level is not None and ladder_of(stored).position(asked.level) < 0:
        raise LevelNotFound()
    with Transaction() as tx:
        if asked.level is None:
            tx.delete(ExclusiveProduct(product_id=product.id))
        else:
            tx.put(ExclusiveProduct(product_id=product.id, level=asked.level))
            # Not while the level goes from under it.
            unmoved = LadderRow.version == stored.version if stored else LadderRow.shop.does_not_exist()
            tx.check(LadderRow(shop=MALL), only_if=unmoved, otherwise=LevelNotFound())
    return ExclusiveView(product_id=product.id, level=asked.level)


def exclusives(asked: ListExclusives) -> Page[ExclusiveView]:
    """The products that are for a level and those above it."""
    found, rest = pages.query(ExclusiveProduct.by_level, asked.level, limit=asked.limit, cursor=asked.cursor)
    items = [ExclusiveView(product_id=each.product_id, level=each.level) for each in found]
    return Page[ExclusiveView](items=items, cursor=rest)


def is_in_use(level_id: str) -> bool:
    """Whether products are for that level and those above it."""
    return any(True for _ in ExclusiveProduct.by_level.query(level_id, limit=1))
