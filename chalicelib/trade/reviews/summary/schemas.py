"""The numbers of a product's reviews."""

from __future__ import annotations

from chalicelib.core.schemas import Schema


class TagCount(Schema):
    """How many reviews have a tag."""

    tag: str
    count: int


class ReviewSummary(Schema):
    """What buyers think of a product, in numbers."""

    count: int
    """Reviews that buyers wrote and everybody sees."""
    average_stars_bps: int
    """Stars in 1/10,000: 48,750 is 4.875. 0: nobody has written one."""
    good_bps: int
    """The share of four and five stars, in 1/10,000."""
    stars: list[int]
    """How many gave one star, two, … five."""
    with_pictures: int
    appended: int
    automatic: int
    """Orders whose buyers said nothing; no part of the numbers above."""
    tags: list[TagCount]
    """The most frequent first."""
