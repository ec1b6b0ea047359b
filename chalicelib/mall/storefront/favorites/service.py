"""Liking products. A favorite and the product's number change together, so the number is exact."""

from __future__ import annotations

import secrets
from itertools import islice

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.storefront.cards import service as cards
from chalicelib.mall.storefront.favorites.errors import AlreadySo
from chalicelib.mall.storefront.favorites.models import SHARDS, Favorite, FavoriteCount
from chalicelib.mall.storefront.favorites.schemas import FavoriteState, FavoriteView

EXPORTED = 200


def add(member_id: str, product_id: str) -> FavoriteState:
    """Like a product; again changes nothing. :raises ProductNotFound: :raises Unauthorized: the account is closed."""
    products.product(product_id)
    try:
        with Transaction() as tx:
            members.require_active(tx, member_id)
            tx.put(
                Favorite(member_id=member_id, product_id=product_id, added_at=clock.now()),
                only_if=Favorite.product_id.does_not_exist(),
                otherwise=AlreadySo(),
            )
            _count(tx, product_id, 1)
    except AlreadySo:
        pass
    return FavoriteState(favorite=True, count=count(product_id))


def remove(member_id: str, product_id: str) -> FavoriteState:
    """Like it no more; again changes nothing."""
    try:
        with Transaction() as tx:
            _remove(tx, member_id, product_id)
    except AlreadySo:
        pass
    return FavoriteState(favorite=False, count=count(product_id))


def state(member_id: str, product_id: str) -> FavoriteState:
    """Whether the member likes the product, and how many do."""
    found = Favorite.find(member_id, product_id)
    return FavoriteState(favorite=found is not None, count=count(product_id))


def count(product_id: str) -> int:
    """How many members like a product."""
    return sum(row.members for row in FavoriteCount.query(product_id))


def mine(member_id: str, limit: int, cursor: str | None) -> Page[FavoriteView]:
    """The member's favorites, newest first. Products that are no more are left out."""
    found, rest = pages.query(Favorite.by_added, member_id, limit=limit, cursor=cursor)
    known = cards.briefs(each.product_id for each in found)
    items = [
        FavoriteView(added_at=each.added_at, product=known[each.product_id])
        for each in found
        if each.product_id in known
    ]
    return Page[FavoriteView](items=items, cursor=rest)


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest favorites, for the copy of their personal data. Registered with identity."""
    newest = Favorite.by_added.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [{"product_id": each.product_id, "added_at": each.added_at.isoformat()} for each in islice(newest, EXPORTED)]


def forget(member_id: str) -> None:
    """A closed account likes nothing. Running it twice does no harm."""
    for each in Favorite.query(member_id, attributes_to_get=["member_id", "product_id"]):
        remove(member_id, each.product_id)


def merge(member_id: str, from_member_id: str) -> None:
    """What one member liked another likes now; what both liked counts once. Running it twice does no harm."""
    for each in Favorite.query(from_member_id):
        moved = Favorite(member_id=member_id, product_id=each.product_id, added_at=each.added_at)
        try:
            with Transaction() as tx:
                tx.put(moved, only_if=Favorite.product_id.does_not_exist(), otherwise=AlreadySo())
                tx.delete(each)
        except AlreadySo:
            remove(from_member_id, each.product_id)


def _remove(tx: Transaction, member_id: str, product_id: str) -> None:
    tx.delete(
        Favorite(member_id=member_id, product_id=product_id),
        only_if=Favorite.product_id.exists(),
        otherwise=AlreadySo(),
    )
    _count(tx, product_id, -1)


def _count(tx: Transaction, product_id: str, by: int) -> None:
    row = FavoriteCount(product_id=product_id, shard=str(secrets.randbelow(SHARDS)))
    tx.update(row, [FavoriteCount.members.add(by)])
