"""The card: what a list shows of a product. It is stored in the search index as JSON."""

from __future__ import annotations

from pydantic import ConfigDict

from chalicelib.core.schemas import Schema


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
