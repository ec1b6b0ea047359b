"""Which templates there are, which one is taken, and how staff change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.tables import Key, Table, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.posters.designs import service as designs
from chalicelib.mall.posters.designs.schemas import Design, Picture, PosterKind
from chalicelib.mall.posters.errors import (
    BuiltInTemplate,
    TemplateChanged,
    TemplateInUse,
    TemplateNotFound,
    TooManyTemplates,
)
from chalicelib.mall.posters.pictures.service import check_url
from chalicelib.mall.posters.templates.models import TEAM, PosterDesign, PosterShelf, PosterTemplate
from chalicelib.mall.posters.templates.schemas import ReplacePosterTemplate, SavePosterTemplate, SwitchPosterTemplate

MAX_OWN = 40

Found = Mapping[type[Table], Mapping[Key, Any]]


@dataclass(frozen=True)
class Template:
    """A template, built in or own. ``version`` 0: nothing of it was ever saved."""

    id: str
    kind: PosterKind
    name: str
    design_id: str
    width: int
    height: int
    built_in: bool
    enabled: bool = True
    default: bool = False
    version: int = 0
    updated_at: datetime | None = None


def of_kind(kind: PosterKind) -> list[Template]:
    """Every template of a kind, built-in ones first: a query and a read."""
    rows = {row.id: row for row in PosterTemplate.query(TEAM, consistent_read=True) if row.kind is kind}
    default = _default_id(kind, PosterShelf.find(kind, consistent=True))
    own = [_own(row) for row in rows.values() if row.design_id]
    found = [_built_in(each, rows.get(each.id)) for each in designs.built_in().values() if each.kind is kind] + own
    return [replace(each, default=each.id == default) for each in found]


def needs(kind: PosterKind, template_id: str | None) -> dict[type[Table], Iterable[Key]]:
    """What :func:`chosen` wants to be read, with others' reads in one round trip."""
    wanted: dict[type[Table], Iterable[Key]] = {PosterShelf: [kind.value]}
    return wanted | ({PosterTemplate: [(TEAM, template_id)]} if template_id else {})


def chosen(found: Found, kind: PosterKind, template_id: str | None) -> Template:
    """The template of that id, or the default of its kind. :raises TemplateNotFound:"""
    default = _default_id(kind, found[PosterShelf].get(kind.value))
    wanted = template_id or default
    if wanted is None:
        raise TemplateNotFound()
    row = found[PosterTemplate].get((TEAM, wanted)) if template_id else _row(wanted)
    template = _template(wanted, row)
    if template is None or template.kind is not kind or not template.enabled:
        raise TemplateNotFound()
    return template


def get(template_id: str) -> tuple[Template, Design]:
    """A template whole, as it is this moment. :raises TemplateNotFound:"""
    row = PosterTemplate.find(TEAM, template_id, consistent=True)
    template = _template(template_id, row)
    design = design_of(template.design_id) if template else None
    if template is None or design is None:
        raise TemplateNotFound()
    shelf = PosterShelf.find(template.kind, consistent=True)
    return replace(template, default=_default_id(template.kind, shelf) == template.id), design


def design_of(design_id: str) -> Design | None:
    """The design of that digest."""
    for each in designs.built_in().values():
        if designs.digest(each.design) == design_id:
            return each.design
    stored = PosterDesign.find(design_id)
    return stored.design if stored else None


def create(asked: SavePosterTemplate) -> str:
    """A new template; its id.

    :raises PictureRefused: the design names a picture that no poster may use.
    :raises TooManyTemplates: the kind has :data:`MAX_OWN` own ones.
    """
    check_pictures(asked.design)
    row = PosterTemplate(id=ids.new("ptp"), kind=asked.kind, version=1, **_fields(asked))
    with Transaction() as tx:
        tx.put(row)
        _keep(tx, asked.design)
        tx.update(
            PosterShelf(kind=asked.kind),
            [PosterShelf.own_count.add(1)],
            only_if=PosterShelf.own_count.does_not_exist() | (PosterShelf.own_count < MAX_OWN),
            otherwise=TooManyTemplates(limit=MAX_OWN),
        )
    return row.id


def replace_own(template_id: str, asked: ReplacePosterTemplate) -> None:
    """Write a template anew. Posters that exist keep their look; the next ones have the new one.

    :raises TemplateNotFound, BuiltInTemplate, TemplateChanged, PictureRefused:
    """
    if template_id in designs.built_in():
        raise BuiltInTemplate()
    row = PosterTemplate.find(TEAM, template_id, consistent=True)
    if row is None or row.kind is not asked.kind:
        raise TemplateNotFound()
    check_pictures(asked.design)
    changes = [getattr(PosterTemplate, name).set(value) for name, value in _fields(asked).items()]
    with Transaction() as tx:
        tx.update(
            PosterTemplate(team=TEAM, id=template_id),
            [*changes, PosterTemplate.version.add(1)],
            only_if=PosterTemplate.version == asked.version,
            otherwise=TemplateChanged(),
        )
        if row.design_id != designs.digest(asked.design):
            _keep(tx, asked.design)


def switch(template_id: str, asked: SwitchPosterTemplate) -> None:
    """Switch a template on or off, or make it its kind's default.

    :raises TemplateNotFound: there is none. :raises TemplateInUse: the default is not switched off, and what is off
        is not made the default.
    """
    row = PosterTemplate.find(TEAM, template_id, consistent=True)
    template = _template(template_id, row)
    if template is None:
        raise TemplateNotFound()
    with Transaction() as tx:
        if asked.enabled is not None:
            _enable(tx, template, row, asked.enabled)
        if asked.default:
            if asked.enabled is None:
                on = PosterTemplate.enabled == True  # noqa: E712
                off_never = PosterTemplate.id.does_not_exist() if template.built_in else on
                tx.check(PosterTemplate(team=TEAM, id=template.id), only_if=on | off_never, otherwise=TemplateInUse())
            tx.update(PosterShelf(kind=template.kind), [PosterShelf.default_id.set(template.id)])


def keep_draft(tx: Transaction, design: Design, expires_at: int) -> None:
    """Add to *tx*: a design that is only looked at, until seconds *expires_at*. What is kept for good stays so."""
    if design_of(designs.digest(design)) is None:
        tx.put(PosterDesign(id=designs.digest(design), design=design, expires_at=expires_at))


def check_pictures(design: Design) -> None:
    """:raises PictureRefused: a picture of the design is where none may come from."""
    for layer in design.layers:
        if isinstance(layer, Picture) and layer.url:
            check_url(layer.url)


def _enable(tx: Transaction, template: Template, row: PosterTemplate | None, enabled: bool) -> None:
    actions = [PosterTemplate.enabled.set(enabled), PosterTemplate.updated_at.set(clock.now())]
    if row is None:
        actions += [PosterTemplate.kind.set(template.kind), PosterTemplate.name.set(template.name)]
        actions += [PosterTemplate.version.set(0)]
    tx.update(PosterTemplate(team=TEAM, id=template.id), actions)
    if enabled:
        return
    first = _default_id(template.kind, None)
    free = PosterShelf.default_id != template.id
    # Where staff chose none, the first built-in one is the default.
    free &= PosterShelf.default_id.exists() if template.id == first else free
    if template.id != first:
        free |= PosterShelf.default_id.does_not_exist()
    tx.check(PosterShelf(kind=template.kind), only_if=free, otherwise=TemplateInUse())


def _keep(tx: Transaction, design: Design) -> None:
    tx.put(PosterDesign(id=designs.digest(design), design=design))


def _fields(asked: SavePosterTemplate) -> dict[str, Any]:
    return {
        "name": asked.name,
        "design_id": designs.digest(asked.design),
        "width": asked.design.width,
        "height": asked.design.height,
        "updated_at": clock.now(),
    }


def _default_id(kind: PosterKind, shelf: PosterShelf | None) -> str | None:
    if shelf is not None and shelf.default_id:
        return shelf.default_id
    return next((each.id for each in designs.built_in().values() if each.kind is kind), None)


def _row(template_id: str) -> PosterTemplate | None:
    # A built-in default is never switched off, so there is nothing to read.
    if template_id in designs.built_in():
        return None
    found = batch_get({PosterTemplate: [(TEAM, template_id)]})[PosterTemplate]
    return found.get((TEAM, template_id))


def _template(template_id: str, row: PosterTemplate | None) -> Template | None:
    known = designs.built_in().get(template_id)
    if known is not None:
        return _built_in(known, row)
    return _own(row) if row is not None else None


def _built_in(known: designs.BuiltIn, row: PosterTemplate | None) -> Template:
    return Template(
        id=known.id,
        kind=known.kind,
        name=known.name,
        design_id=designs.digest(known.design),
        width=known.design.width,
        height=known.design.height,
        built_in=True,
        enabled=row is None or row.enabled,
        updated_at=row.updated_at if row else None,
    )


def _own(row: PosterTemplate) -> Template:
    return Template(
        id=row.id,
        kind=row.kind,
        name=row.name,
        design_id=row.design_id or "",
        width=row.width,
        height=row.height,
        built_in=False,
        enabled=row.enabled,
        version=row.version,
        updated_at=row.updated_at,
    )
