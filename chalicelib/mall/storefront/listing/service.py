"""Lists of products, answered by the search index in this process: no round trip, whatever is asked."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

from pydantic import TypeAdapter

from chalicelib.core import clock, pages
from chalicelib.gateways.search_index import service as search_index
from chalicelib.gateways.search_index import words
from chalicelib.gateways.search_index.schemas import Facets, SearchQuery
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.storefront.cards.schemas import ProductCard
from chalicelib.mall.storefront.listing.schemas import BeginTyping, FacetsView, FindProducts, ProductList
from chalicelib.mall.storefront.searches import service as searches


@cache
def _cards() -> TypeAdapter[list[ProductCard]]:
    return TypeAdapter(list[ProductCard])


def find(query: FindProducts, member_id: str | None) -> ProductList:
    """A part of the list. The first part of a member's keyword search is remembered: one write.

    :raises Invalid: the cursor is of another list. :raises SearchUnavailable:
    """
    scope = "products/" + query.model_dump_json(exclude={"cursor", "limit", "facets"})
    offset = pages.decode(query.cursor, scope) or 0
    result = search_index.open_current().search(
        SearchQuery(
            now=clock.now(),
            keyword=query.keyword,
            category_id=query.category_id,
            brand_ids=tuple(query.brand_ids),
            attributes=tuple((name, tuple(values)) for name, values in query.pairs().items()),
            min_amount=query.min_amount,
            max_amount=query.max_amount,
            in_stock=query.in_stock,
            sort=query.sort,
            offset=offset,
            limit=query.limit,
            facets=query.facets,
        )
    )
    if member_id is not None and query.keyword and query.cursor is None:
        searches.record(member_id, query.keyword, found=result.total > 0)
    return ProductList(
        items=_cards().validate_json("[" + ",".join(result.cards) + "]"),
        cursor=None if result.next_offset is None else pages.encode(result.next_offset, scope),
        total=result.total,
        facets=_facets(result.facets) if result.facets else None,
    )


def suggest(typing: BeginTyping) -> list[str]:
    """Hot words that begin with what was typed, then words and names of products. :raises SearchUnavailable:"""
    start = words.plain(typing.prefix)
    if not start:
        return []
    hot = [each.term for each in searches.hot_words().items if words.plain(each.term).startswith(start)]
    known = search_index.open_current().suggest(typing.prefix, now=clock.now(), limit=typing.limit)
    return list({words.plain(each): each for each in reversed([*hot, *known])}.values())[::-1][: typing.limit]


def _facets(facets: Facets) -> FacetsView:
    view = FacetsView.model_validate(asdict(facets))
    tree, brands = taxonomy.categories(), taxonomy.brands()
    # What staff hide is not offered; a list of its products can still be asked for by who knows its id.
    view.categories = [each for each in view.categories if tree.is_visible(each.id)]
    view.brands = [each for each in view.brands if (brand := brands.get(each.id)) and brand.visible]
    return view
