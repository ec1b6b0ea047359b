"""Remembering what members looked at: one conditional write a view, at most one a minute for a product."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from itertools import islice

from chalicelib.core import clock
from chalicelib.core.transaction import write_alone
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.storefront.cards import service as cards
from chalicelib.mall.storefront.history.errors import ViewedLately
from chalicelib.mall.storefront.history.models import BrowseHistory
from chalicelib.mall.storefront.history.schemas import HistoryView, ViewedProduct

KEEP = timedelta(days=90)
APART = timedelta(minutes=1)
MOST = 100
_READ = 1_000


def record(member_id: str, product_id: str) -> None:
    """The member looks at a product: one write, none if they did within the last minute.

    :raises ProductNotFound: there is no such product.
    """
    products.product(product_id)
    now = clock.now()
    with contextlib.suppress(ViewedLately):
        write_alone(
            BrowseHistory(member_id=member_id, product_id=product_id),
            [BrowseHistory.viewed_at.set(now), BrowseHistory.expires_at.set(int((now + KEEP).timestamp()))],
            only_if=BrowseHistory.viewed_at.does_not_exist() | (BrowseHistory.viewed_at <= now - APART),
            otherwise=ViewedLately(),
        )


def mine(member_id: str) -> HistoryView:
    """The newest :data:`MOST` products of the last 90 days, newest first; what is beyond is deleted on the way."""
    found = _newest_first(member_id)
    _delete(found[MOST:])
    known = cards.briefs(each.product_id for each in found[:MOST])
    items = [
        ViewedProduct(viewed_at=each.viewed_at, product=known[each.product_id])
        for each in found[:MOST]
        if each.product_id in known
    ]
    return HistoryView(items=items)


def forget(member_id: str, product_id: str | None = None) -> None:
    """Forget one product, or all. Running it twice does no harm."""
    if product_id is not None:
        BrowseHistory(member_id=member_id, product_id=product_id).delete()
        return
    _delete(list(BrowseHistory.query(member_id, attributes_to_get=["member_id", "product_id"])))


def export(member_id: str) -> list[dict[str, object]]:
    """What is kept, for the copy of the member's personal data. Registered with identity."""
    newest = _newest_first(member_id)[:MOST]
    return [{"product_id": each.product_id, "viewed_at": each.viewed_at.isoformat()} for each in newest]


def merge(member_id: str, from_member_id: str) -> None:
    """What one member looked at another did; of two views the later one stays. Running it twice does no harm."""
    for each in _newest_first(from_member_id)[:MOST]:
        later = BrowseHistory.viewed_at.does_not_exist() | (BrowseHistory.viewed_at < each.viewed_at)
        with contextlib.suppress(ViewedLately):
            write_alone(
                BrowseHistory(member_id=member_id, product_id=each.product_id),
                [BrowseHistory.viewed_at.set(each.viewed_at), BrowseHistory.expires_at.set(each.expires_at)],
                only_if=later,
                otherwise=ViewedLately(),
            )
    forget(from_member_id)


def _newest_first(member_id: str) -> list[BrowseHistory]:
    oldest = clock.now() - KEEP  # a row lives on for a while after its time
    found = [each for each in islice(BrowseHistory.query(member_id, limit=_READ), _READ) if each.viewed_at > oldest]
    return sorted(found, key=lambda each: each.viewed_at, reverse=True)


def _delete(rows: list[BrowseHistory]) -> None:
    if rows:
        with BrowseHistory.batch_write() as batch:
            for each in rows:
                batch.delete(each)
