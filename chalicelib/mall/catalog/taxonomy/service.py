"""Categories and brands: read whole and kept for some seconds; changed one change at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.catalog.taxonomy.errors import (
    BrandInUse,
    BrandNotFound,
    CategoryInUse,
    CategoryMisplaced,
    CategoryNotFound,
    CodeTaken,
    NameTaken,
    TaxonomyEdited,
    TaxonomyFull,
)
from chalicelib.mall.catalog.taxonomy.events import TaxonomyChanged
from chalicelib.mall.catalog.taxonomy.models import (
    MAX_BRANDS,
    MAX_CATEGORIES,
    MAX_DEPTH,
    Brand,
    Brands,
    Category,
    Kind,
    TaxonomyEdition,
    Tree,
)
from chalicelib.mall.catalog.taxonomy.schemas import BrandFields, CategoryFields

T = TypeVar("T")
KEEP_SECONDS = 10.0

_kept: dict[Kind, tuple[float, Any]] = {}
_lock = Lock()


def categories(*, fresh: bool = False) -> Tree:
    """The tree. As it was at most ten seconds ago, or *fresh*, this moment."""
    return _read(Kind.CATEGORY, load_tree, fresh)


def brands(*, fresh: bool = False) -> Brands:
    """The brands. As they were at most ten seconds ago, or *fresh*, this moment."""
    return _read(Kind.BRAND, load_brands, fresh)


def forget() -> None:
    """Drop what is kept: after a change, and between tests."""
    with _lock:
        _kept.clear()


def load_tree() -> Tree:
    """The tree, this moment. The edition is read first: whoever changes the tree meanwhile makes our write fail."""
    edition = _edition(Kind.CATEGORY)
    return Tree(edition, Category.query(Kind.CATEGORY.value, consistent_read=True))


def load_brands() -> Brands:
    """The brands, this moment."""
    edition = _edition(Kind.BRAND)
    return Brands(edition, Brand.query(Kind.BRAND.value, consistent_read=True))


def plan_category(tree: Tree, fields: CategoryFields, old: Category | None) -> Category | None:
    """The category that *fields* make of *old* (None: a new one) in *tree*; None when nothing changes.

    :raises CategoryMisplaced, NameTaken, CodeTaken, TaxonomyFull: it would not fit.
    """
    if old is not None and CategoryFields.of(old) == fields:
        return None
    if old is None and len(tree.by_id) >= MAX_CATEGORIES:
        raise TaxonomyFull(limit=MAX_CATEGORIES)
    _check_place(tree, fields, old)
    for each in tree.children(fields.parent_id):
        if each.name == fields.name and (old is None or each.id != old.id):
            raise NameTaken(name=fields.name)
    if fields.code and (holder := tree.by_code(fields.code)) and (old is None or holder.id != old.id):
        raise CodeTaken(code=fields.code)
    return Category(id=old.id if old else ids.new("cat"), updated_at=clock.now(), **fields.model_dump())


def plan_brand(known: Brands, fields: BrandFields, old: Brand | None) -> Brand | None:
    """The brand that *fields* make of *old*; None when nothing changes. :raises NameTaken, CodeTaken, TaxonomyFull:"""
    if old is not None and BrandFields.of(old) == fields:
        return None
    if old is None and len(known.by_id) >= MAX_BRANDS:
        raise TaxonomyFull(limit=MAX_BRANDS)
    for each in known.by_id.values():
        if old is not None and each.id == old.id:
            continue
        if each.name == fields.name:
            raise NameTaken(name=fields.name)
        if fields.code and each.code == fields.code:
            raise CodeTaken(code=fields.code)
    return Brand(id=old.id if old else ids.new("brd"), updated_at=clock.now(), **fields.model_dump())


def write(tx: Transaction, known: Tree | Brands, changed: Category | Brand) -> None:
    """Add *changed*, planned on *known*, to *tx*: one change a transaction. :raises TaxonomyEdited:"""
    tx.put(changed)
    _next_edition(tx, known)


def save_category(fields: CategoryFields, category_id: str | None = None) -> Category:
    """Make or edit a category. :raises CategoryNotFound: and what :func:`plan_category` raises."""
    tree = load_tree()
    old = tree.get(category_id)
    if category_id is not None and old is None:
        raise CategoryNotFound()
    return _save(tree, plan_category(tree, fields, old), old)


def save_brand(fields: BrandFields, brand_id: str | None = None) -> Brand:
    """Make or edit a brand. :raises BrandNotFound: and what :func:`plan_brand` raises."""
    known = load_brands()
    old = known.get(brand_id)
    if brand_id is not None and old is None:
        raise BrandNotFound()
    return _save(known, plan_brand(known, fields, old), old)


def remove_category(category_id: str) -> None:
    """Remove an empty category. :raises CategoryNotFound, CategoryInUse: it has sub-categories or products."""
    tree = load_tree()
    category = tree.get(category_id)
    if category is None:
        raise CategoryNotFound()
    if tree.children(category_id) or any(True for _ in Product.by_category.query(category_id, limit=1)):
        raise CategoryInUse()
    _remove(tree, category)


def remove_brand(brand_id: str) -> None:
    """Remove a brand that no product bears. :raises BrandNotFound, BrandInUse:"""
    known = load_brands()
    brand = known.get(brand_id)
    if brand is None:
        raise BrandNotFound()
    if any(True for _ in Product.by_brand.query(brand_id, limit=1)):
        raise BrandInUse()
    _remove(known, brand)


def _check_place(tree: Tree, fields: CategoryFields, old: Category | None) -> None:
    if fields.parent_id is None:
        above = 0
    else:
        above = len(tree.path(fields.parent_id))
        if above == 0 or (old is not None and fields.parent_id in tree.below(old.id)):
            raise CategoryMisplaced(max_depth=MAX_DEPTH)
    if above + (tree.height(old.id) if old else 1) > MAX_DEPTH:
        raise CategoryMisplaced(max_depth=MAX_DEPTH)


def _save(known: Tree | Brands, changed: T | None, old: T | None) -> T:
    if changed is None:
        assert old is not None
        return old
    assert isinstance(changed, (Category, Brand))
    with Transaction() as tx:
        write(tx, known, changed)
    forget()
    return changed


def _remove(known: Tree | Brands, gone: Category | Brand) -> None:
    with Transaction() as tx:
        tx.delete(gone)
        _next_edition(tx, known)
    forget()


def _next_edition(tx: Transaction, known: Tree | Brands) -> None:
    tx.put(
        TaxonomyEdition(id=known.kind.value, number=known.edition + 1),
        only_if=TaxonomyEdition.number == known.edition if known.edition else TaxonomyEdition.number.does_not_exist(),
        otherwise=TaxonomyEdited(),
    )
    tx.emit(TaxonomyChanged(kind=known.kind))


def _edition(kind: Kind) -> int:
    found = TaxonomyEdition.find("edition", kind.value, consistent=True)
    return found.number if found else 0


def _read(kind: Kind, load: Callable[[], T], fresh: bool) -> T:
    # Real time, not the mall's clock: this is about how long a process keeps a copy.
    kept = _kept.get(kind)
    if fresh or kept is None or time.monotonic() - kept[0] > KEEP_SECONDS:
        kept = (time.monotonic(), load())
        with _lock:
            _kept[kind] = kept
    found: T = kept[1]
    return found
