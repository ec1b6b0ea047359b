"""The card: what a list shows of a product. It is stored in the search index as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict

from chalicelib.core.schemas import Schema


@dataclass(frozen=True, slots=True)
class Rating:
    """What buyers think of a product: how many reviews, and their stars in 1/10,000 (48,750 is 4.875)."""

    count: int
    average_bps: int


class ProductCard(Schema):
    """A product in a list. Price and stock may be a minute old; the product's page and the cart read them live."""

    # A new release meets cards of an index that the old one built: what it does not know is ignored,
    # and every field added later needs a default.
    model_config = ConfigDict(extra="ignore")

    id: str
    name: str
    summary: str | None
    picture: str | None
    price_amount: int
    """The cheapest SKU's, fen."""
    price_max_amount: int
    market_price_amount: int | None
    """What the cheapest SKU is said to cost elsewhere, fen."""
    sold_quantity: int
    in_stock: bool
    category_id: str
    brand_id: str | None
    review_count: int = 0
    average_stars_bps: int = 0
    """Stars in 1/10,000: 48,750 is 4.875. 0: no reviews yet."""


class Brief(Schema):
    """A product in a list of one's own, as it is this moment."""

    id: str
    name: str
    picture: str | None
    price_amount: int
    """The cheapest SKU's, fen."""
    on_sale: bool
    """False: it can not be bought now; its page is not found."""
