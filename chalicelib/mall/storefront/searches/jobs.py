"""Hot words on a clock."""

from __future__ import annotations

from chalicelib.core.jobs import job
from chalicelib.mall.storefront.searches import service


@job("count_hot_words")
def count_hot_words() -> object:
    """Each hour."""
    return service.count_hot_words()
