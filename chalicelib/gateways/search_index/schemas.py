"""What goes into an index, what is asked of it, what it answers, and the port in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

MAX_HITS = 5_000
"""How deep a list can be paged: nobody reads on, and each page costs what lies before it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A product as search knows it. Amounts are fen, times aware.

    :param card: JSON text that a list shows; stored and given back as it is, never looked into.
    :param categories: (id, name) from the root to the product's own category.
    :param attributes: (name, value); what a buyer may filter by.
    :param price_amount: the cheapest SKU's.
    :param listed_at: "newest" sorts by it. ``list_at`` and ``unlist_at`` bound when the product may be seen.
    :param rating_bps: 10,000 is the best; 0 is unrated.
    """

    id: str
    name: str
    card: str
    price_amount: int
    listed_at: datetime
    summary: str = ""
    keywords: tuple[str, ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
    brand: tuple[str, str] | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    sales: int = 0
    rating_bps: int = 0
    in_stock: bool = True
    list_at: datetime | None = None
    unlist_at: datetime | None = None


class Sort(StrEnum):
    """The order of a list. Equal ones are ordered by id. Without a keyword, relevance is popularity."""

    RELEVANCE = "relevance"
    SALES = "sales"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NEWEST = "newest"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a buyer looks for. Any text is allowed anywhere: it is capped, cut into words and never parsed.

    :param category_id: any node of the tree; its descendants are included.
    :param brand_ids: any of them.
    :param attributes: (name, values): every name must match, with any of its values.
    :param min_amount: at least, :param max_amount: at most (fen, inclusive).
    """

    now: datetime
    keyword: str = ""
    category_id: str | None = None
    brand_ids: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    min_amount: int | None = None
    max_amount: int | None = None
    in_stock: bool = False
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 20
    facets: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet, and how many of the hits have it."""

    id: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class AttributeFacet:
    """The values of one attribute among the hits."""

    name: str
    values: list[FacetValue]


@dataclass(frozen=True, slots=True)
class PriceBand:
    """Hits from ``min_amount`` to below ``max_amount`` (None: no upper end)."""

    min_amount: int
    max_amount: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts over all hits, not only over the page. Frequent ones first."""

    brands: list[FacetValue] = field(default_factory=list)
    categories: list[FacetValue] = field(default_factory=list)
    attributes: list[AttributeFacet] = field(default_factory=list)
    price_bands: list[PriceBand] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of hits: their cards, and where the next page begins (None at the end)."""

    cards: list[str]
    total: int
    next_offset: int | None = None
    facets: Facets | None = None


class SearchIndex(Protocol):
    """The port: what the storefront needs of whatever searches."""

    def search(self, query: SearchQuery) -> SearchResult:
        """One page of hits. Never raises for what the query says."""

    def suggest(self, prefix: str, *, now: datetime, limit: int = 10) -> list[str]:
        """Words and names that begin with *prefix*, frequent first. Never raises for what *prefix* says."""

    def close(self) -> None:
        """It is not asked any more; searches under way still finish."""
