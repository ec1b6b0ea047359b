"""Staff: make and fetch single codes."""

from __future__ import annotations

from chalicelib.core.api import Api, RawResponse
from chalicelib.loyalty.coupons.codes import service
from chalicelib.loyalty.coupons.codes.schemas import Batches, BatchView, MakeBatch, SheetQuery
from chalicelib.loyalty.coupons.errors import InvalidCode, NotClaimable, TemplateEdited, TemplateNotFound, TooManyCodes
from chalicelib.mall.identity.service import Staff

api = Api("coupon_codes_admin", title="优惠券 Coupons (staff)")


@api.post(
    "/admin/coupon-templates/{template_id}/codes",
    status=201,
    permission="coupons.write",
    raises=[TemplateNotFound, NotClaimable, TooManyCodes, TemplateEdited],
)
def make_codes(staff: Staff, template_id: str, body: MakeBatch) -> BatchView:
    """Make single codes, each good for one coupon. They are made in the background; `made` tells how far it is."""
    return service.make_batch(template_id, body)


@api.get("/admin/coupon-templates/{template_id}/codes", permission="coupons.read")
def list_batches(staff: Staff, template_id: str) -> Batches:
    """List the batches of single codes of a template."""
    return Batches(items=service.batches(template_id))


@api.get("/admin/coupon-codes/{batch_id}", permission="coupons.write", raises=[InvalidCode])
def download_codes(staff: Staff, batch_id: str, query: SheetQuery) -> RawResponse:
    """Download codes as CSV, with who has used them."""
    text = "\ufeff" + service.sheet(batch_id, query.start, query.count)
    headers = {"Content-Disposition": f'attachment; filename="coupon-codes-{batch_id}.csv"'}
    return RawResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
