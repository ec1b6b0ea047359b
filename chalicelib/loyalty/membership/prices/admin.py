"""Staff: products for some levels only."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.membership.errors import LevelNotFound
from chalicelib.loyalty.membership.prices import service
from chalicelib.loyalty.membership.prices.schemas import ExclusiveView, ListExclusives, SetExclusive
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Staff

api = Api("exclusive_products", title="会员等级 Membership (staff)")


@api.get("/admin/exclusive-products", permission="membership.read")
def list_exclusives(staff: Staff, query: ListExclusives) -> Page[ExclusiveView]:
    """List the products that are for a level and those above it."""
    return service.exclusives(query)


@api.put(
    "/admin/exclusive-products/{product_id}",
    permission="membership.write",
    raises=[ProductNotFound, LevelNotFound],
)
def set_exclusive(staff: Staff, product_id: str, body: SetExclusive) -> ExclusiveView:
    """Let a product be bought from a level on; null: by everybody again."""
    return service.set_exclusive(product_id, body)
