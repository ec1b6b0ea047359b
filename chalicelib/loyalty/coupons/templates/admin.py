"""Staff: set out coupons, and see how they go."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.coupons.errors import TemplateEdited, TemplateNotFound, TermsFixed, TooManyCodes, WordTaken
from chalicelib.loyalty.coupons.templates import service
from chalicelib.loyalty.coupons.templates.schemas import (
    AskDays,
    DaysView,
    EditTemplate,
    ListTemplates,
    SetStatus,
    TemplateDetail,
    TemplateFields,
    TemplateView,
)
from chalicelib.mall.identity.service import Staff

api = Api("coupon_templates", title="优惠券 Coupons (staff)")


@api.get("/admin/coupon-templates", permission="coupons.read")
def list_templates(staff: Staff, query: ListTemplates) -> Page[TemplateView]:
    """List templates, newest first."""
    return service.find(query)


@api.post("/admin/coupon-templates", status=201, permission="coupons.write", raises=[WordTaken])
def create_template(staff: Staff, body: TemplateFields) -> TemplateDetail:
    """Make a draft. It gives out nothing before its status is `active`."""
    return service.create(body)


@api.get("/admin/coupon-templates/{template_id}", permission="coupons.read", raises=[TemplateNotFound])
def show_template(staff: Staff, template_id: str) -> TemplateDetail:
    """Show a template with what is left of it."""
    return service.show(template_id)


@api.put(
    "/admin/coupon-templates/{template_id}",
    permission="coupons.write",
    raises=[TemplateNotFound, TemplateEdited, TermsFixed, TooManyCodes, WordTaken],
)
def edit_template(staff: Staff, template_id: str, body: EditTemplate) -> TemplateDetail:
    """Edit a template. Once it was active its terms and way stay, and its total only grows."""
    return service.edit(template_id, body)


@api.post(
    "/admin/coupon-templates/{template_id}/status",
    permission="coupons.write",
    raises=[TemplateNotFound, TemplateEdited],
)
def set_template_status(staff: Staff, template_id: str, body: SetStatus) -> TemplateDetail:
    """Begin, stop or go on to give out coupons. What members hold stays good."""
    return service.set_status(template_id, body)


@api.get("/admin/coupon-templates/{template_id}/days", permission="coupons.read", raises=[TemplateNotFound])
def template_days(staff: Staff, template_id: str, query: AskDays) -> DaysView:
    """Count by day and in all: coupons issued, used, returned, redeemed in stores; what they took off, and off what."""
    return service.days(template_id, query.from_day, query.to_day)
