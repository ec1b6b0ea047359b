"""Scopes of campaigns that do not name SKUs: the coupons' language, with the categories below written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.loyalty.coupons.schemas import Scope
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.trade.pricing.service import Quote

MAX_BELOW = 200


def widened(settings: Mapping[str, Any]) -> dict[str, Any]:
    """*settings* with every category below those of their ``scope``: a price step asks no tree.

    :raises Invalid: the categories named have more than :data:`MAX_BELOW` below them.
    """
    scope = Scope.model_validate(settings["scope"])
    roots = set(scope.category_ids)
    if not roots:
        return dict(settings)
    tree = taxonomy.categories()
    below = sorted({each for root in roots for each in tree.below(root)} - roots)
    if len(below) > MAX_BELOW:
        issue = f"more than {MAX_BELOW} categories below: name smaller ones"
        raise Invalid(errors=[{"field": "settings.scope.category_ids", "issue": issue}])
    return {**settings, "scope": scope.model_copy(update={"below_category_ids": below}).model_dump(mode="json")}


def covered(quote: Quote, settings: Mapping[str, Any], amounts: Sequence[int]) -> list[int]:
    """*amounts* of the lines that the scope is for, zero elsewhere and for what was given."""
    scope = Scope.model_validate(settings["scope"])
    return [
        amount if not line.given and scope.covers(line.product_id, line.category_id, line.brand_id) else 0
        for line, amount in zip(quote.lines, amounts, strict=True)
    ]
