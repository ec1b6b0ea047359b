"""What a scope names, checked when staff write it: a mistyped id would make a coupon that is good for nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chalicelib.core.errors import Invalid
from chalicelib.loyalty.coupons.schemas import Scope
from chalicelib.loyalty.segments.models import MALL as SEGMENTS
from chalicelib.loyalty.segments.models import Segment
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.taxonomy import service as taxonomy

MAX_BELOW = 300
"""Categories below the named ones: each coupon carries them along."""
FIELD = "terms.scope"


def widened(scope: Scope) -> Scope:
    """*scope* with every category below those it names, so that a price step asks no tree.

    :raises Invalid: it names what is not there, or more than :data:`MAX_BELOW` categories in all.
    """
    tree, brands = taxonomy.categories(fresh=True), taxonomy.brands(fresh=True)
    known = products.products({*scope.product_ids, *scope.excluded_product_ids})
    _require("product_ids", "product", scope.product_ids, known)
    _require("excluded_product_ids", "product", scope.excluded_product_ids, known)
    _require("category_ids", "category", scope.category_ids, tree.by_id)
    _require("brand_ids", "brand", scope.brand_ids, brands.by_id)
    below = {each for root in scope.category_ids for each in tree.below(root)} - {*scope.category_ids}
    if len(below) > MAX_BELOW:
        raise _invalid(f"{FIELD}.category_ids", f"more than {MAX_BELOW} categories below: name smaller ones")
    return scope.model_copy(update={"below_category_ids": sorted(below)})


def require_segment(segment_id: str | None) -> None:
    """:raises Invalid: nobody will ever belong to it."""
    if segment_id is not None and Segment.find(SEGMENTS, segment_id, consistent=True) is None:
        raise _invalid("segment_id", "no such segment")


def _require(name: str, what: str, wanted: Iterable[str], known: Collection[str]) -> None:
    unknown = sorted({*wanted} - {*known})
    if unknown:
        raise _invalid(f"{FIELD}.{name}", f"no such {what}: {', '.join(unknown[:10])}")


def _invalid(field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": field, "issue": issue}])
