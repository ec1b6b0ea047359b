"""Keeping the search index up to date: changes are marked, and a job that runs each minute makes the next version."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from itertools import islice

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError
from chalicelib.core.transaction import MAX_WRITES, Transaction
from chalicelib.gateways.search_index import service as search_index
from chalicelib.gateways.search_index.errors import IndexMoved
from chalicelib.gateways.search_index.schemas import Document
from chalicelib.mall.storefront.cards import service as cards
from chalicelib.mall.storefront.indexing.models import EVERYTHING, SHARDS, TAXONOMY, SearchChange

log = logging.getLogger(__name__)

AT_ONCE = 5_000
"""Changes that one run takes up; an import's rest is for the next minute."""


class _MarkedAgain(DomainError):
    code = "marked_again"


def mark(tx: Transaction, product_ids: Iterable[str]) -> None:
    """The next index shall read these products again: one small write each. Marking twice is harmless."""
    for product_id in dict.fromkeys(product_ids):
        partition = f"pending#{secrets.randbelow(SHARDS)}"
        tx.put(SearchChange(partition=partition, product_id=product_id, mark=ids.new("chg"), marked_at=clock.now()))


def mark_all(product_ids: Iterable[str]) -> None:
    """As :func:`mark`, of as many as there are, in transactions of its own."""
    wanted = list(dict.fromkeys(product_ids))
    for start in range(0, len(wanted), MAX_WRITES):
        with Transaction() as tx:
            mark(tx, wanted[start : start + MAX_WRITES])


def ask_rebuild() -> None:
    """The next run of the job shall read the whole catalog."""
    with Transaction() as tx:
        mark(tx, [EVERYTHING])


def refresh() -> dict[str, object]:
    """Publish the marked changes. Nothing is lost: a mark is cleared only after the index that holds its change.

    :returns: what was done, for the log.
    """
    base = search_index.published()
    changes = _pending(AT_ONCE)
    changed = {each.product_id for each in changes}
    if base is None or EVERYTHING in changed:
        return rebuild()
    if not changed and base.format == search_index.FORMAT:
        return {"changes": 0}
    known = {each.id: each for each in search_index.load_documents(base)}
    updated = _apply(changed, known)
    version = base.version
    if updated != known or base.format != search_index.FORMAT:
        try:
            version = search_index.publish(updated.values(), replaces=base)
        except IndexMoved:
            return {"changes": len(changed), "overtaken": True}
    _clear(changes)
    return {"changes": len(changed), "products": len(updated), "version": version}


def rebuild() -> dict[str, object]:
    """Read the whole catalog and publish it.

    :returns: what was done, for the log.
    """
    changes = _pending()
    base = search_index.published()
    everything = cards.all_documents()
    try:
        version = search_index.publish(everything.values(), replaces=base)
    except IndexMoved:
        return {"rebuilt": False, "overtaken": True}
    _clear(changes)
    return {"rebuilt": True, "products": len(everything), "version": version}


def _apply(changed: set[str], known: dict[str, Document]) -> dict[str, Document]:
    updated = cards.reclassified(known.values()) if TAXONOMY in changed else dict(known)
    fresh = cards.documents(changed - {TAXONOMY})
    for product_id in changed:
        updated.pop(product_id, None)
    return updated | fresh


def _pending(limit: int | None = None) -> list[SearchChange]:
    partitions = [SearchChange.query(f"pending#{shard}", consistent_read=True) for shard in range(SHARDS)]
    return [change for found in partitions for change in islice(found, limit and limit // SHARDS)]


def _clear(changes: list[SearchChange]) -> None:
    for start in range(0, len(changes), MAX_WRITES):
        part = changes[start : start + MAX_WRITES]
        try:
            _delete(part)
        except _MarkedAgain:
            for change in part:
                _delete_unless_marked_again(change)


def _delete(changes: list[SearchChange]) -> None:
    with Transaction() as tx:
        for change in changes:
            tx.delete(change, only_if=SearchChange.mark == change.mark, otherwise=_MarkedAgain())


def _delete_unless_marked_again(change: SearchChange) -> None:
    try:
        _delete([change])
    except _MarkedAgain:
        log.info("changed while the index was built", extra={"product_id": change.product_id})
