"""The tags that buyers choose among."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.trade.reviews.models import MALL, ReviewTags
from chalicelib.trade.reviews.tags.schemas import SetTags

DEFAULT = ["质量好", "和描述一致", "物流快", "包装好", "性价比高"]


def all_of_them() -> list[str]:
    """The tags now; :data:`DEFAULT` while staff set none."""
    found = ReviewTags.find(MALL)
    return found.tags if found is not None else list(DEFAULT)


def put(asked: SetTags) -> None:
    """Set the tags. Reviews keep those that they have."""
    with Transaction() as tx:
        tx.put(ReviewTags(shop=MALL, tags=list(dict.fromkeys(asked.tags))))
