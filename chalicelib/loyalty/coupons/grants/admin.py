"""Staff: give coupons to many members."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.coupons.grants import service
from chalicelib.loyalty.coupons.grants.schemas import GrantView, ListGrants, MakeGrant
from chalicelib.mall.identity.service import Staff

api = Api("coupon_grants", title="优惠券 Coupons (staff)")


@api.post("/admin/coupon-grants", status=201, permission="coupons.write", raises=[TemplateNotFound, TemplateOver])
def make_grant(staff: Staff, body: MakeGrant) -> GrantView:
    """Give one coupon each to members by id, or to everybody of a segment, in the background; nobody gets two."""
    return service.make(body, staff.staff_id)


@api.get("/admin/coupon-grants", permission="coupons.read")
def list_grants(staff: Staff, query: ListGrants) -> Page[GrantView]:
    """List grants and how far they are."""
    return service.find(query)
