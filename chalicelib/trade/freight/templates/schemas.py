"""Freight templates, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Count, Line, Schema
from chalicelib.mall.identity.regions.schemas import RegionCode
from chalicelib.trade.freight.rates.schemas import Charging, Rates, RegionRates
from chalicelib.trade.freight.templates.models import FreightTemplate

MAX_REGIONS = 3_500


class TemplateFields(Schema):
    """What staff decide of a template. The narrowest region that names a district counts; each code stands once."""

    name: Line
    charging: Charging
    rules: Annotated[list[RegionRates], Field(max_length=100)] = Field(default_factory=list)
    default_rule: Rates | None
    """Of the regions that nothing names; null: no delivery there."""
    no_delivery: Annotated[list[RegionCode], Field(max_length=MAX_REGIONS)] = Field(default_factory=list)
    """Nothing goes there, but for narrower regions that a rule names."""

    @model_validator(mode="after")
    def _each_region_once(self) -> TemplateFields:
        codes = self.codes()
        if len(codes) > MAX_REGIONS:
            raise ValueError(f"at most {MAX_REGIONS} regions")
        seen: set[str] = set()
        twice = sorted({code for code in codes if code in seen or seen.add(code)})  # type: ignore[func-returns-value]
        if twice:
            raise ValueError(f"regions that stand twice: {', '.join(twice[:10])}")
        if self.default_rule is None and not self.rules:
            raise ValueError("it would deliver nowhere")
        return self

    def codes(self) -> list[str]:
        """Every region that is named."""
        return [*self.no_delivery, *(code for rule in self.rules for code in rule.regions)]


class EditTemplate(TemplateFields):
    """``PUT /admin/freight/templates/{template_id}``: the template whole, as it shall be."""

    version: Count
    """The version that was read: another one is stored → refused."""


class RemoveTemplate(Schema):
    """``DELETE /admin/freight/templates/{template_id}``."""

    version: Count


class TemplateView(Schema):
    """A template as staff see it."""

    id: str
    name: str
    charging: Charging
    rules: list[RegionRates]
    default_rule: Rates | None
    no_delivery: list[str]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, template: FreightTemplate) -> TemplateView:
        return cls(**{name: getattr(template, name) for name in cls.model_fields})


class TemplateRow(Schema):
    """A template in the list: without its regions."""

    id: str
    name: str
    charging: Charging
    is_default: bool
    version: int
    updated_at: datetime


class TemplatesView(Schema):
    """All templates, the oldest first. The flat rule is not among them."""

    items: list[TemplateRow]
