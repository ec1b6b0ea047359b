"""Counting what is shown: exact, in the transaction that shows or hides it, sharded so that nobody waits."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.storefront.cards.schemas import Rating
from chalicelib.trade.reviews.models import SHARDS, STARS, Review, ReviewCount, ReviewStatus
from chalicelib.trade.reviews.summary.schemas import ReviewSummary, TagCount

Statuses = tuple[ReviewStatus, ReviewStatus | None]
_TAG = "tag#"


def count(tx: Transaction, review: Review, before: Statuses, after: Statuses) -> bool:
    """Add to *tx* what changes in the product's numbers when the parts' statuses change. :returns: whether any does."""
    had, has = _counted(review, *before), _counted(review, *after)
    changes = {name: has.get(name, 0) - had.get(name, 0) for name in {*had, *has}}
    changes = {name: change for name, change in sorted(changes.items()) if change}
    shard = secrets.randbelow(SHARDS)
    numbers = [getattr(ReviewCount, name).add(by) for name, by in changes.items() if not name.startswith(_TAG)]
    if numbers:
        tx.update(ReviewCount(product_id=review.product_id, id=f"#{shard}"), numbers)
    for name, by in changes.items():
        if name.startswith(_TAG):
            row = ReviewCount(product_id=review.product_id, id=f"{name}#{shard}")
            tx.update(row, [ReviewCount.tagged.add(by)])
    return bool(changes)


def count_automatic(tx: Transaction, product_ids: Iterable[str]) -> None:
    """Add to *tx* lines of these products that nobody reviewed. They change no rating."""
    for product_id, number in sorted(Counter(product_ids).items()):
        row = ReviewCount(product_id=product_id, id=f"#{secrets.randbelow(SHARDS)}")
        tx.update(row, [ReviewCount.automatic.add(number)])


def _counted(review: Review, main: ReviewStatus, append: ReviewStatus | None) -> dict[str, int]:
    if main is not ReviewStatus.SHOWN:
        return {}
    found = {"automatic" if review.automatic else f"stars_{review.stars}": 1}
    if review.pictures:
        found["pictures"] = 1
    if append is ReviewStatus.SHOWN:
        found["appended"] = 1
    return found | {f"{_TAG}{tag}": 1 for tag in review.tags}


def of_product(product_id: str) -> ReviewSummary:
    """The numbers of a product's reviews. One read of one partition."""
    rows = list(ReviewCount.query(product_id))
    stars = {each: sum(getattr(row, f"stars_{each}") for row in rows) for each in STARS}
    tags: dict[str, int] = {}
    for row in rows:
        if row.id.startswith(_TAG):
            tag = row.id.removeprefix(_TAG).rpartition("#")[0]
            tags[tag] = tags.get(tag, 0) + row.tagged
    rating = _rating(rows)
    return ReviewSummary(
        count=rating.count,
        average_stars_bps=rating.average_bps,
        good_bps=_share(stars[4] + stars[5], rating.count),
        stars=[stars[each] for each in STARS],
        with_pictures=sum(row.pictures for row in rows),
        appended=sum(row.appended for row in rows),
        automatic=sum(row.automatic for row in rows),
        tags=[TagCount(tag=tag, count=number) for tag, number in sorted(tags.items(), key=_most) if number > 0],
    )


def ratings(product_ids: Iterable[str]) -> Mapping[str, Rating]:
    """How products are rated; those that are not are absent. Registered with the storefront's cards."""
    keys = [(product_id, f"#{shard}") for product_id in product_ids for shard in range(SHARDS)]
    rows: dict[str, list[ReviewCount]] = {}
    for row in batch_get({ReviewCount: keys})[ReviewCount].values():
        rows.setdefault(row.product_id, []).append(row)
    found = {product_id: _rating(of_it) for product_id, of_it in rows.items()}
    return {product_id: rating for product_id, rating in found.items() if rating.count}


def _rating(rows: Sequence[ReviewCount]) -> Rating:
    stars = [sum(getattr(row, f"stars_{each}") for row in rows) for each in STARS]
    total = sum(each * number for each, number in zip(STARS, stars, strict=True))
    return Rating(count=sum(stars), average_bps=_share(total, sum(stars)))


def _share(part: int, whole: int) -> int:
    return (part * 10_000 + whole // 2) // whole if whole else 0


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
