"""Freight templates: kept by the process until their edition changes; changed one change at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError, Invalid
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.regions import service as regions
from chalicelib.trade.freight.models import MALL, FreightRule
from chalicelib.trade.freight.rates.service import Tariff
from chalicelib.trade.freight.templates.errors import (
    StaleTemplate,
    TemplateInUse,
    TemplateNameTaken,
    TemplateNotFound,
    TemplatesEdited,
    TemplatesFull,
)
from chalicelib.trade.freight.templates.models import MAX_TEMPLATES, TEMPLATE, FreightTemplate
from chalicelib.trade.freight.templates.schemas import TemplateFields, TemplateRow, TemplatesView

_kept: tuple[int, Mapping[str, Tariff]] = (0, {})


def tariffs(edition: int) -> Mapping[str, Tariff]:
    """The templates by id, of *edition* or newer. Reads only when this process has kept an older one."""
    global _kept
    kept = _kept
    if kept[0] < edition:
        # The edition is read first: templates newer than what they are called are read again, never taken for good.
        found, stored = _load()
        _kept = kept = (found.edition, {each.id: each.tariff() for each in stored.values()})
    return kept[1]


def forget() -> None:
    """Drop what is kept: after a change, and between tests."""
    global _kept
    _kept = (0, {})


def knows(template_id: str) -> bool:
    """Whether there is such a template. Catalog asks, when a product names one."""
    return template_id in _kept[1] or FreightTemplate.find(TEMPLATE, template_id, consistent=True) is not None


def require(tx: Transaction, template_id: str) -> None:
    """Add to *tx*: nothing of it happens unless there is such a template. :raises TemplateNotFound: (at commit)"""
    tx.check(FreightTemplate(id=template_id), only_if=FreightTemplate.id.exists(), otherwise=TemplateNotFound())


def template(template_id: str) -> FreightTemplate:
    """The template. :raises TemplateNotFound:"""
    found = FreightTemplate.find(TEMPLATE, template_id, consistent=True)
    if found is None:
        raise TemplateNotFound()
    return found


def all_templates() -> TemplatesView:
    """Every template, in short."""
    rule, stored = _load()
    names = ("id", "name", "charging", "version", "updated_at")
    return TemplatesView(
        items=[
            TemplateRow(**{name: getattr(each, name) for name in names}, is_default=each.id == rule.default_template_id)
            for each in stored.values()
        ]
    )


def create(fields: TemplateFields) -> FreightTemplate:
    """A new template.

    :raises TemplatesFull, TemplateNameTaken, TemplatesEdited: :raises Invalid: no such region.
    """
    rule, stored = _load()
    if len(stored) >= MAX_TEMPLATES:
        raise TemplatesFull(limit=MAX_TEMPLATES)
    made = _template(ids.new("frt"), fields, stored, None)
    with Transaction() as tx:
        tx.put(made, only_if=FreightTemplate.id.does_not_exist(), otherwise=TemplatesEdited())
        _next_edition(tx, rule)
    forget()
    return made


def edit(template_id: str, fields: TemplateFields, version: int) -> FreightTemplate:
    """Write a template anew; the next preview is priced by it.

    :raises TemplateNotFound, StaleTemplate, TemplateNameTaken, TemplatesEdited: :raises Invalid: no such region.
    """
    rule, stored = _load()
    old = _require(stored, template_id, version)
    made = _template(template_id, fields, stored, old)
    with Transaction() as tx:
        tx.put(made, only_if=FreightTemplate.version == version, otherwise=_stale)
        _next_edition(tx, rule)
    forget()
    return made


def remove(template_id: str, version: int) -> None:
    """Delete a template that nothing uses. A product that names it in the same moment travels by the default.

    :raises TemplateNotFound, StaleTemplate, TemplateInUse, TemplatesEdited:
    """
    rule, stored = _load()
    gone = _require(stored, template_id, version)
    if rule.default_template_id == template_id or any(
        True for _ in Product.by_freight_template.query(template_id, limit=1)
    ):
        raise TemplateInUse()
    not_default = FreightRule.default_template_id.does_not_exist() | (FreightRule.default_template_id != template_id)
    with Transaction() as tx:
        tx.delete(gone, only_if=FreightTemplate.version == version, otherwise=_stale)
        _next_edition(tx, rule, also=not_default)
    forget()


def _load() -> tuple[FreightRule, dict[str, FreightTemplate]]:
    rule = FreightRule.find(MALL, consistent=True) or FreightRule(id=MALL)
    return rule, {each.id: each for each in FreightTemplate.query(TEMPLATE, consistent_read=True)}


def _require(stored: Mapping[str, FreightTemplate], template_id: str, version: int) -> FreightTemplate:
    found = stored.get(template_id)
    if found is None:
        raise TemplateNotFound()
    if found.version != version:
        raise StaleTemplate(version=found.version)
    return found


def _template(
    template_id: str, fields: TemplateFields, stored: Mapping[str, FreightTemplate], old: FreightTemplate | None
) -> FreightTemplate:
    known = regions.names()
    if unknown := [code for code in fields.codes() if code not in known]:
        raise Invalid(errors=[{"field": "rules", "issue": f"no such region: {', '.join(unknown[:10])}"}])
    if any(each.name == fields.name and each.id != template_id for each in stored.values()):
        raise TemplateNameTaken(name=fields.name)
    now = clock.now()
    return FreightTemplate(
        id=template_id,
        name=fields.name,
        charging=fields.charging,
        rules=fields.rules,
        default_rule=fields.default_rule,
        no_delivery=fields.no_delivery,
        version=old.version + 1 if old else 1,
        created_at=old.created_at if old else now,
        updated_at=now,
    )


def _next_edition(tx: Transaction, rule: FreightRule, also: Condition | None = None) -> None:
    """Each change of the templates names the edition it was made on: names stay unique, the limit holds."""
    unchanged: Condition = FreightRule.edition == rule.edition
    if rule.edition == 0:
        unchanged = unchanged | FreightRule.edition.does_not_exist()
    tx.update(
        FreightRule(id=MALL),
        [FreightRule.edition.set(rule.edition + 1)],
        only_if=unchanged if also is None else unchanged & also,
        otherwise=TemplatesEdited(),
    )


def _stale(stored: dict[str, Any] | None) -> DomainError:
    return StaleTemplate(version=int(stored["version"]["N"])) if stored else TemplateNotFound()
