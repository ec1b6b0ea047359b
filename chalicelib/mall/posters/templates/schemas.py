"""Templates as staff and buyers see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Line, Schema
from chalicelib.mall.posters.designs.schemas import Design, PosterKind

MAX_DESIGN = 16_000


class FindPosterTemplates(Schema):
    kind: PosterKind = PosterKind.PRODUCT


class SavePosterTemplate(Schema):
    """``POST /admin/poster-templates``."""

    kind: PosterKind
    name: Line
    design: Design

    @model_validator(mode="after")
    def _not_too_large(self) -> SavePosterTemplate:
        if len(self.design.model_dump_json(exclude_defaults=True)) > MAX_DESIGN:
            raise ValueError(f"a design has at most {MAX_DESIGN} characters")
        return self


class ReplacePosterTemplate(SavePosterTemplate):
    """``PUT /admin/poster-templates/{template_id}``: ``version`` is the one that was read. The kind stays."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]


class SwitchPosterTemplate(Schema):
    """``PATCH /admin/poster-templates/{template_id}``: what is null stays."""

    enabled: bool | None = None
    default: Annotated[bool, Field(description="Only true: another default takes it away.")] | None = None

    @model_validator(mode="after")
    def _something(self) -> SwitchPosterTemplate:
        if self.enabled is None and self.default is None:
            raise ValueError("nothing to change")
        if self.default is False or (self.default and self.enabled is False):
            raise ValueError("make another template the default")
        return self


class PosterTemplateCard(Schema):
    """A template that a buyer may choose."""

    id: str
    name: str
    width: int
    height: int
    default: bool


class PosterTemplateCards(Schema):
    items: list[PosterTemplateCard]


class PosterTemplateView(PosterTemplateCard):
    kind: PosterKind
    built_in: bool
    enabled: bool
    version: int
    """Counts edits; 0 for a built-in one."""
    updated_at: datetime | None


class PosterTemplateViews(Schema):
    """All of a kind: built-in ones first."""

    items: list[PosterTemplateView]


class PosterTemplateDesign(PosterTemplateView):
    """A template whole."""

    design: Design
