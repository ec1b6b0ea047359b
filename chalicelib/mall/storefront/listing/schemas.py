"""How products are asked for, and the list that answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from chalicelib.core.schemas import Fen, Id, PageQuery, Schema
from chalicelib.gateways.search_index.schemas import Sort
from chalicelib.mall.storefront.cards.schemas import ProductCard

Text = Annotated[str, StringConstraints(max_length=1200, strip_whitespace=False)]


class FindProducts(PageQuery):
    """``GET /products``. Filters are joined by "and"; the values of one filter by "or"."""

    keyword: Annotated[str, Field(max_length=200)] = ""
    """What to look for, as typed. Its first 100 characters count."""
    category_id: Id | None = None
    """A category and everything below it."""
    brand_ids: Annotated[list[Id], Field(max_length=50)] = Field(default_factory=list)
    attributes: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    """``name:value``, repeated: values of one name are alternatives."""
    min_amount: Fen | None = None
    max_amount: Fen | None = None
    in_stock: bool = False
    sort: Sort = Sort.RELEVANCE
    facets: bool = False
    """Count brands, categories, attributes and prices over the whole list."""

    @model_validator(mode="after")
    def _pairs(self) -> FindProducts:
        pairs: list[str] = []
        for text in self.attributes:
            if ":" in text:
                pairs.append(text)
            elif pairs:
                # A list in a query string is cut at commas; one inside a value is put back.
                pairs[-1] += "," + text
            else:
                raise ValueError("attributes: name:value")
        self.attributes = pairs
        return self

    def pairs(self) -> dict[str, list[str]]:
        """Attribute name → values asked for."""
        found: dict[str, list[str]] = {}
        for text in self.attributes:
            name, _, value = text.partition(":")
            found.setdefault(name.strip(), []).append(value.strip())
        return found


class FacetValueView(Schema):
    """A value to filter by, and how many products of the list have it."""

    id: str
    name: str
    count: int


class AttributeFacetView(Schema):
    """An attribute to filter by: ``attributes=<name>:<id of a value>``."""

    name: str
    values: list[FacetValueView]


class PriceBandView(Schema):
    """From ``min_amount`` to below ``max_amount`` (null: no end)."""

    min_amount: int
    max_amount: int | None
    count: int


class FacetsView(Schema):
    """Counts over the whole list, frequent ones first."""

    brands: list[FacetValueView]
    categories: list[FacetValueView]
    attributes: list[AttributeFacetView]
    price_bands: list[PriceBandView]


class ProductList(Schema):
    """A part of a list of products. ``cursor`` asks for the next part; it is null at the end."""

    items: list[ProductCard]
    cursor: str | None
    total: int
    """Products in the whole list."""
    facets: FacetsView | None
    """Null unless asked for."""


class BeginTyping(Schema):
    """``GET /products/suggestions``."""

    prefix: Annotated[str, Field(max_length=200)]
    limit: Annotated[int, Field(ge=1, le=20)] = 10


class SuggestionsView(Schema):
    """What the buyer may be about to type."""

    items: list[str]
