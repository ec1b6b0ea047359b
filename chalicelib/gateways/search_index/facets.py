"""Facets: what to count over the hits, and reading the counts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from chalicelib.gateways.search_index.building import SEPARATOR
from chalicelib.gateways.search_index.schemas import AttributeFacet, Facets, FacetValue, PriceBand

_BANDS = (0, 5_000, 10_000, 20_000, 50_000, 100_000)  # fen
_MAX_ATTRIBUTES = 12
_MAX_VALUES = 20

AGGREGATIONS: dict[str, Any] = {
    "brands": {"terms": {"field": "brand_facet", "size": 50}},
    "categories": {"terms": {"field": "category_facet", "size": 100}},
    "attributes": {"terms": {"field": "attribute_facet", "size": 300}},
    "prices": {
        "range": {
            "field": "price",
            "ranges": [
                {"from": low} if high is None else {"from": low, "to": high}
                for low, high in zip(_BANDS, (*_BANDS[1:], None), strict=True)
            ],
        }
    },
}


def read_facets(counted: dict[str, Any]) -> Facets:
    """The answer to :data:`AGGREGATIONS`."""
    return Facets(
        brands=_values(counted["brands"]),
        categories=_values(counted["categories"]),
        attributes=_attributes(_values(counted["attributes"])),
        price_bands=_bands(counted["prices"]),
    )


def _values(terms: dict[str, Any]) -> list[FacetValue]:
    found = []
    for bucket in terms["buckets"]:
        value_id, _, name = bucket["key"].partition(SEPARATOR)
        found.append(FacetValue(value_id, name, bucket["doc_count"]))
    return sorted(found, key=lambda value: (-value.count, value.id))


def _attributes(pairs: list[FacetValue]) -> list[AttributeFacet]:
    grouped: dict[str, list[FacetValue]] = defaultdict(list)
    for pair in pairs:
        grouped[pair.id].append(FacetValue(pair.name, pair.name, pair.count))
    by_use = sorted(grouped.items(), key=lambda item: (-sum(value.count for value in item[1]), item[0]))
    return [AttributeFacet(name, values[:_MAX_VALUES]) for name, values in by_use[:_MAX_ATTRIBUTES]]


def _bands(ranges: dict[str, Any]) -> list[PriceBand]:
    found = []
    for bucket in ranges["buckets"]:
        if bucket["doc_count"]:
            high = bucket.get("to")
            found.append(
                PriceBand(int(bucket.get("from", 0)), None if high is None else int(high), bucket["doc_count"])
            )
    return sorted(found, key=lambda band: band.min_amount)
