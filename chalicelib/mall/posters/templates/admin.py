"""Staff: poster templates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.posters.errors import (
    BuiltInTemplate,
    PictureRefused,
    TemplateChanged,
    TemplateInUse,
    TemplateNotFound,
    TooManyTemplates,
)
from chalicelib.mall.posters.templates import service
from chalicelib.mall.posters.templates.schemas import (
    FindPosterTemplates,
    PosterTemplateDesign,
    PosterTemplateView,
    PosterTemplateViews,
    ReplacePosterTemplate,
    SavePosterTemplate,
    SwitchPosterTemplate,
)
from chalicelib.mall.posters.templates.service import Template

api = Api("poster_templates", title="海报 Posters (staff)")


@api.get("/admin/poster-templates", permission="sharing.read")
def list_templates(staff: Staff, query: FindPosterTemplates) -> PosterTemplateViews:
    """List the templates of a kind, switched off ones too."""
    return PosterTemplateViews(items=[PosterTemplateView(**_shown(each)) for each in service.of_kind(query.kind)])


@api.get("/admin/poster-templates/{template_id}", permission="sharing.read", raises=[TemplateNotFound])
def show_template(staff: Staff, template_id: str) -> PosterTemplateDesign:
    """Show a template with its design: what a new one is begun from."""
    return _whole(template_id)


@api.post("/admin/poster-templates", status=201, permission="sharing.write", raises=[PictureRefused, TooManyTemplates])
def create_template(staff: Staff, body: SavePosterTemplate) -> PosterTemplateDesign:
    """Make a template. Look at a preview first: `POST /admin/posters/preview` takes the same design."""
    return _whole(service.create(body))


@api.put(
    "/admin/poster-templates/{template_id}",
    permission="sharing.write",
    raises=[TemplateNotFound, BuiltInTemplate, TemplateChanged, PictureRefused],
)
def replace_template(staff: Staff, template_id: str, body: ReplacePosterTemplate) -> PosterTemplateDesign:
    """Write a template anew. Posters made from now on look like it; those that exist stay."""
    service.replace_own(template_id, body)
    return _whole(template_id)


@api.patch(
    "/admin/poster-templates/{template_id}", permission="sharing.write", raises=[TemplateNotFound, TemplateInUse]
)
def switch_template(staff: Staff, template_id: str, body: SwitchPosterTemplate) -> PosterTemplateDesign:
    """Switch a template on or off, or make it the default of its kind."""
    service.switch(template_id, body)
    return _whole(template_id)


def _whole(template_id: str) -> PosterTemplateDesign:
    template, design = service.get(template_id)
    return PosterTemplateDesign(**_shown(template), design=design)


def _shown(template: Template) -> dict[str, Any]:
    shown = asdict(template)
    del shown["design_id"]
    return shown
