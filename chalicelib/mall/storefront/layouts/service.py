"""Pages: drafted, published as editions, taken back to one; and what of them a buyer sees now."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.errors import DomainError, Invalid
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.models import EVERYWHERE
from chalicelib.mall.storefront.cards import service as cards
from chalicelib.mall.storefront.layouts.errors import EditionNotFound, LayoutMoved, LayoutNotFound
from chalicelib.mall.storefront.layouts.models import DRAFT, KEPT_EDITIONS, LIVE, MALL, Layout, edition_id
from chalicelib.mall.storefront.layouts.schemas import (
    Banner,
    Block,
    BlockView,
    DraftView,
    EditionView,
    EditLayout,
    LayoutView,
    ListEditions,
    Products,
    ProductsView,
)
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.clerks.service import require_served
from chalicelib.mall.stores.errors import NotYourStore, StoreNotFound
from chalicelib.mall.stores.models import StoreKind

KEEP_SECONDS = 10.0

_kept: dict[str, tuple[float, Layout | None]] = {}
"""Scope → what buyers see there. Known stores only, so it is never longer than their list."""


def forget() -> None:
    """Drop what is kept: after a change, and between tests."""
    _kept.clear()


def seen(store_id: str | None) -> LayoutView | None:
    """The page of that store, else the mall's, as it is shown now; None: there is none. At most ten seconds old."""
    known = store_id is not None and any(each.id == store_id for each in stores.directory().visited())
    live = (_live(store_id) if known and store_id else None) or _live(MALL)
    if live is None:
        return None
    return LayoutView(
        store_id=None if live.scope == MALL else live.scope, number=live.number, blocks=list(_shown(live.blocks))
    )


def draft(staff: Staff, scope: str) -> DraftView:
    """The draft as it is. :raises NotYourStore, StoreNotFound, LayoutNotFound:"""
    _require_theirs(staff, scope)
    found = _read(scope)
    if found[DRAFT] is None:
        raise LayoutNotFound()
    return _view(found[DRAFT], found[LIVE])


def edit(staff: Staff, scope: str, asked: EditLayout) -> DraftView:
    """Write the draft whole; buyers see nothing of it yet.

    :raises NotYourStore, StoreNotFound, LayoutMoved: :raises Invalid: a product that does not exist.
    """
    _require_theirs(staff, scope)
    _require_products(asked.blocks)
    found = _read(scope)
    old: Layout | None = found[DRAFT]
    if asked.version != (old.version if old else 0):
        raise LayoutMoved(version=old.version if old else 0)
    made = _item(staff, scope, DRAFT, asked.blocks, old.number if old else 0)
    made.version = asked.version + 1
    with Transaction() as tx:
        _put_draft(tx, made, asked.version)
    return _view(made, found[LIVE])


def publish(staff: Staff, scope: str, version: int) -> DraftView:
    """Buyers see the draft, as its next edition. Published twice, it is one edition.

    :raises NotYourStore, StoreNotFound, LayoutNotFound: :raises LayoutMoved: it is not the draft that was looked at.
    """
    _require_theirs(staff, scope)
    found = _read(scope)
    old: Layout | None = found[DRAFT]
    if old is None:
        raise LayoutNotFound()
    if old.version != version:
        raise LayoutMoved(version=old.version)
    live: Layout | None = found[LIVE]
    if old.is_published and live is not None and live.number == old.number:
        return _view(old, live)
    number = old.number + 1
    made = _item(staff, scope, DRAFT, old.blocks, number)
    made.version, made.is_published = version + 1, True
    live = _item(staff, scope, LIVE, old.blocks, number)
    with Transaction() as tx:
        _put_draft(tx, made, version)
        tx.put(live)
        tx.put(_item(staff, scope, edition_id(number), old.blocks, number))
        if number > KEPT_EDITIONS:
            tx.delete(Layout(scope=scope, id=edition_id(number - KEPT_EDITIONS)))
    forget()
    return _view(made, live)


def restore(staff: Staff, scope: str, number: int) -> DraftView:
    """Buyers see that edition again; the draft stays as it is.

    :raises NotYourStore, StoreNotFound, LayoutNotFound, EditionNotFound:
    """
    _require_theirs(staff, scope)
    found = _read(scope, edition_id(number))
    if found[DRAFT] is None:
        raise LayoutNotFound()
    wanted: Layout | None = found[edition_id(number)]
    if wanted is None:
        raise EditionNotFound()
    live = _item(staff, scope, LIVE, wanted.blocks, number)
    with Transaction() as tx:
        tx.put(live)
    forget()
    return _view(found[DRAFT], live)


def take_down(staff: Staff, scope: str) -> None:
    """Buyers see the mall's page, or none; draft and editions stay. :raises NotYourStore, StoreNotFound:"""
    _require_theirs(staff, scope)
    with Transaction() as tx:
        tx.delete(Layout(scope=scope, id=LIVE))
    forget()


def editions(staff: Staff, scope: str, asked: ListEditions) -> Page[EditionView]:
    """One page of what was published, the newest first. :raises NotYourStore, StoreNotFound:"""
    _require_theirs(staff, scope)
    found, cursor = pages.query(Layout, scope, Layout.id.startswith("e"), limit=asked.limit, cursor=asked.cursor)
    items = [
        EditionView(number=each.number, blocks=each.blocks, published_at=each.at, published_by=each.by)
        for each in found
    ]
    return Page(items=items, cursor=cursor)


def _live(scope: str) -> Layout | None:
    # Real time, not the mall's clock: this is about how long a process keeps a copy.
    kept = _kept.get(scope)
    if kept is None or time.monotonic() - kept[0] > KEEP_SECONDS:
        _kept[scope] = kept = (time.monotonic(), Layout.find(scope, LIVE))
    return kept[1]


def _shown(blocks: Sequence[Block]) -> Iterator[BlockView]:
    now = clock.now()
    shown = [each for each in blocks if each.is_shown(now)]
    known = cards.briefs(dict.fromkeys(id_ for each in shown if isinstance(each, Products) for id_ in each.product_ids))
    for each in shown:
        if isinstance(each, Products):
            items = [known[id_] for id_ in each.product_ids if id_ in known and known[id_].on_sale]
            if items:
                yield ProductsView(title=each.title, style=each.style, items=items)
        elif isinstance(each, Banner):
            slides = [slide for slide in each.slides if slide.is_shown(now)]
            if slides:
                yield each.model_copy(update={"slides": slides})
        else:
            yield each


def _require_theirs(staff: Staff, scope: str) -> None:
    if scope == MALL:
        if not staff.may(EVERYWHERE):
            raise NotYourStore()
        return
    place = stores.find(scope)
    if place is None or place.kind is not StoreKind.STORE:
        raise StoreNotFound()
    require_served(staff, scope)


def _require_products(blocks: Sequence[Block]) -> None:
    wanted = {id_: n for n, each in enumerate(blocks) if isinstance(each, Products) for id_ in each.product_ids}
    unknown = sorted(set(wanted) - set(products.products(wanted))) if wanted else []
    if unknown:
        raise Invalid(errors=[{"field": f"blocks.{wanted[id_]}", "issue": f"no product {id_}"} for id_ in unknown])


def _read(scope: str, *more: str) -> dict[str, Any]:
    ids = [DRAFT, LIVE, *more]
    found = batch_get({Layout: [(scope, each) for each in ids]}, consistent=True)[Layout]
    return {each: found.get((scope, each)) for each in ids}


def _item(staff: Staff, scope: str, id_: str, blocks: Sequence[Block], number: int) -> Layout:
    return Layout(scope=scope, id=id_, blocks=list(blocks), number=number, at=clock.now(), by=staff.staff_id)


def _put_draft(tx: Transaction, made: Layout, version: int) -> None:
    def refuse(stored: dict[str, Any] | None) -> DomainError:
        return LayoutMoved(version=int(stored["version"]["N"]) if stored else 0)

    tx.put(made, only_if=Layout.version == version if version else Layout.id.does_not_exist(), otherwise=refuse)


def _view(found: Layout, live: Layout | None) -> DraftView:
    return DraftView(
        scope=found.scope,
        blocks=found.blocks,
        version=found.version,
        live_number=live.number if live else None,
        is_published=found.is_published,
    )
