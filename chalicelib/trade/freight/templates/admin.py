"""Staff: freight templates."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.freight.templates import errors, service
from chalicelib.trade.freight.templates.schemas import (
    EditTemplate,
    RemoveTemplate,
    TemplateFields,
    TemplatesView,
    TemplateView,
)

api = Api("freight_templates", title="运费 Freight (staff)")


@api.get("/admin/freight/templates", permission="settings.read")
def list_templates(staff: Staff) -> TemplatesView:
    """List all freight templates, at most fifty, without their regions."""
    return service.all_templates()


@api.post(
    "/admin/freight/templates",
    status=201,
    permission="settings.write",
    raises=[errors.TemplatesFull, errors.TemplateNameTaken, errors.TemplatesEdited],
)
def create_template(staff: Staff, body: TemplateFields) -> TemplateView:
    """Create a freight template. Products name it by `freight_template_id`."""
    return TemplateView.of(service.create(body))


@api.get("/admin/freight/templates/{template_id}", permission="settings.read", raises=[errors.TemplateNotFound])
def show_template(staff: Staff, template_id: str) -> TemplateView:
    """Show a freight template."""
    return TemplateView.of(service.template(template_id))


@api.put(
    "/admin/freight/templates/{template_id}",
    permission="settings.write",
    raises=[errors.TemplateNotFound, errors.StaleTemplate, errors.TemplateNameTaken, errors.TemplatesEdited],
)
def edit_template(staff: Staff, template_id: str, body: EditTemplate) -> TemplateView:
    """Write a freight template anew. Orders already placed keep their freight."""
    return TemplateView.of(service.edit(template_id, body, body.version))


@api.delete(
    "/admin/freight/templates/{template_id}",
    status=204,
    permission="settings.write",
    raises=[errors.TemplateNotFound, errors.StaleTemplate, errors.TemplateInUse, errors.TemplatesEdited],
)
def delete_template(staff: Staff, template_id: str, query: RemoveTemplate) -> None:
    """Delete a freight template that no product names and that is not the default."""
    service.remove(template_id, query.version)
