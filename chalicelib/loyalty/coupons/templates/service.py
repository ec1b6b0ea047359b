"""What staff do with templates, and the numbers of each."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, pages, states
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.errors import TemplateEdited, TermsFixed, WordTaken
from chalicelib.loyalty.coupons.models import (
    MALL,
    MAX_SHARDS,
    TEMPLATE_STEPS,
    Code,
    Template,
    TemplateDay,
    TemplateStatus,
    TemplateStock,
)
from chalicelib.loyalty.coupons.schemas import Scope, Terms
from chalicelib.loyalty.coupons.templates.schemas import (
    DayView,
    EditTemplate,
    ListTemplates,
    SetStatus,
    TemplateDetail,
    TemplateFields,
    TemplateView,
)
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.models import Tree

DAY_SHARDS = 8
PIECES_A_SHARD = 50


def find(asked: ListTemplates) -> Page[TemplateView]:
    """Templates, newest first."""
    condition = None if asked.status is None else Template.status == asked.status
    found, cursor = pages.query(Template, MALL, limit=asked.limit, cursor=asked.cursor, filter_condition=condition)
    return Page[TemplateView](items=[TemplateView.of(each) for each in found], cursor=cursor)


def show(template_id: str) -> TemplateDetail:
    """:raises TemplateNotFound:"""
    template = service.template_of(template_id, consistent=True)
    left = sum(each.left for each in TemplateStock.query(template_id, consistent_read=True))
    return TemplateDetail(**TemplateView.of(template).model_dump(), left=left)


def create(fields: TemplateFields) -> TemplateDetail:
    """A draft with all its pieces. :raises WordTaken: the word leads to another template."""
    shards = max(1, min(MAX_SHARDS, fields.total // PIECES_A_SHARD))
    template = Template(
        id=ids.new("cpt"),
        status=TemplateStatus.DRAFT,
        shards=shards,
        created_at=clock.now(),
        **_stored(fields),
    )
    with Transaction() as tx:
        tx.put(template)
        for shard, pieces in enumerate(_spread(fields.total, shards)):
            tx.put(TemplateStock(template_id=template.id, shard=f"{shard:02d}", left=pieces))
        _claim_word(tx, template)
    return show(template.id)


def edit(template_id: str, asked: EditTemplate) -> TemplateDetail:
    """Change a draft as you like; one that was active keeps its terms and way, and gets more pieces, never fewer.

    :raises TemplateNotFound, TemplateEdited, WordTaken: :raises TermsFixed: its holders were promised otherwise.
    """
    old = service.template_of(template_id, consistent=True)
    stored = _stored(asked)
    if old.status is not TemplateStatus.DRAFT:
        _require_kept(old, asked, stored["terms"])
    new = Template(id=old.id, status=old.status, shards=old.shards, created_at=old.created_at, **stored)
    more = asked.total - old.total
    new.version, new.sold_out = old.version + 1, old.sold_out and more == 0
    with Transaction() as tx:
        tx.put(new, only_if=Template.version == asked.version, otherwise=TemplateEdited(version=old.version))
        _stock(tx, old, more)
        if old.word != new.word:
            if old.word:
                tx.delete(Code(code=old.word))
            _claim_word(tx, new)
    return show(template_id)


def set_status(template_id: str, asked: SetStatus) -> TemplateDetail:
    """Begin to give out coupons, stop, go on. What members hold stays good.

    :raises TemplateNotFound: :raises TemplateEdited: edited meanwhile, or there is no such step.
    """
    old = service.template_of(template_id, consistent=True)
    edited = TemplateEdited(version=old.version)
    if not TEMPLATE_STEPS.allows(old.status, asked.status):
        raise edited
    with Transaction() as tx:
        states.move(
            tx,
            Template(shop=MALL, id=template_id),
            Template.status,
            TEMPLATE_STEPS,
            asked.status,
            Template.version.set(asked.version + 1),
            also=Template.version == asked.version,
            otherwise=edited,
        )
    return show(template_id)


def count(tx: Transaction, template_id: str, cause: str, *actions: Action) -> None:
    """Add to the numbers of a template, today; *cause* spreads them over the shards."""
    shard = zlib.crc32(cause.encode()) % DAY_SHARDS
    tx.update(TemplateDay(template_id=template_id, id=f"{clock.today().isoformat()}#{shard}"), list(actions))


def days(template_id: str, first: date, last: date) -> list[DayView]:
    """The numbers of some business days, one query. :raises TemplateNotFound:"""
    service.template_of(template_id)
    between = TemplateDay.id.between(f"{first.isoformat()}#", f"{last.isoformat()}#~")
    shards = list(TemplateDay.query(template_id, between))
    return [_day(first + timedelta(days=n), shards) for n in range((last - first).days + 1)]


def _day(day: date, shards: Iterable[TemplateDay]) -> DayView:
    mine = [each for each in shards if each.id.startswith(day.isoformat())]
    names = [name for name in DayView.model_fields if name != "day"]
    return DayView(day=day, **{name: sum(getattr(each, name) or 0 for each in mine) for name in names})


def _stored(fields: TemplateFields) -> dict[str, Any]:
    values = {name: getattr(fields, name) for name in TemplateFields.model_fields}
    values["terms"] = _with_categories_below(fields.terms)
    values["word"] = fields.word.upper() if fields.word else None
    return values


def _with_categories_below(terms: Terms) -> Terms:
    """The categories below the named ones are written down: a price step asks no tree."""
    tree = taxonomy.categories()
    roots = terms.scope.category_ids
    below = [each for each in tree.by_id if each not in roots and set(_above(tree, each)) & set(roots)]
    scope = Scope(**terms.scope.model_dump(exclude={"below_category_ids"}), below_category_ids=below[:1000])
    return terms.model_copy(update={"scope": scope})


def _above(tree: Tree, category_id: str) -> Iterator[str]:
    parent = tree.by_id[category_id].parent_id
    while parent is not None:
        yield parent
        parent = tree.by_id[parent].parent_id


def _require_kept(old: Template, asked: EditTemplate, terms: Terms) -> None:
    exclude = {"scope": {"below_category_ids"}}
    same = old.terms.model_dump(exclude=exclude) == terms.model_dump(exclude=exclude)
    if not same or asked.way is not old.way or asked.total < old.total:
        raise TermsFixed()


def _stock(tx: Transaction, old: Template, more: int) -> None:
    """More pieces, or, of a draft, another number."""
    if more == 0:
        return
    changes = _spread(more, old.shards) if more > 0 else [-each for each in _spread(-more, old.shards)]
    for shard, change in enumerate(changes):
        if change:
            tx.update(
                TemplateStock(template_id=old.id, shard=f"{shard:02d}"),
                [TemplateStock.left.add(change)],
                only_if=TemplateStock.left >= -change,
                otherwise=TemplateEdited(version=old.version),
            )


def _spread(pieces: int, shards: int) -> list[int]:
    return [pieces // shards + (shard < pieces % shards) for shard in range(shards)]


def _claim_word(tx: Transaction, template: Template) -> None:
    if template.word:
        code = Code(code=template.word, template_id=template.id)
        tx.put(code, only_if=Code.code.does_not_exist(), otherwise=WordTaken())
