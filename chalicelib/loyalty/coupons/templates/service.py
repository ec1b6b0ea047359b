"""What staff do with templates, and the numbers of each."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, pages, states
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.errors import TemplateEdited, TermsFixed, TooManyCodes, WordTaken
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
from chalicelib.loyalty.coupons.schemas import Terms
from chalicelib.loyalty.coupons.scopes import service as scopes
from chalicelib.loyalty.coupons.templates.schemas import (
    DaysView,
    DayView,
    EditTemplate,
    ListTemplates,
    SetStatus,
    TemplateDetail,
    TemplateFields,
    TemplateNumbers,
    TemplateView,
)

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
    """A draft with all its pieces.

    :raises WordTaken: the word leads to another template. :raises Invalid: it names what is not there.
    """
    scopes.require_segment(fields.segment_id)
    template = Template(
        id=ids.new("cpt"),
        status=TemplateStatus.DRAFT,
        shards=_shards(fields.total),
        codes=0,
        created_at=clock.now(),
        **_stored(fields),
        terms=_whole(fields.terms),
    )
    with Transaction() as tx:
        tx.put(template)
        _set_out(tx, template)
        _claim_word(tx, template)
    return show(template.id)


def edit(template_id: str, asked: EditTemplate) -> TemplateDetail:
    """Change a draft as you like; one that was active keeps its terms and way, and gets more pieces, never fewer.

    :raises TemplateNotFound, TemplateEdited, WordTaken: :raises TermsFixed: its holders were promised otherwise.
    :raises TooManyCodes: more codes than pieces. :raises Invalid: it names what is not there.
    """
    old = service.template_of(template_id, consistent=True)
    if asked.segment_id != old.segment_id:
        scopes.require_segment(asked.segment_id)
    draft = old.status is TemplateStatus.DRAFT
    if not draft:
        _require_kept(old, asked)
    if asked.total < (old.codes or 0):
        raise TooManyCodes(left=0)
    new = Template(id=old.id, status=old.status, created_at=old.created_at, **_stored(asked), codes=old.codes)
    new.terms = _whole(asked.terms) if draft else old.terms
    new.shards = _shards(asked.total) if draft else old.shards
    new.version, new.sold_out = old.version + 1, old.sold_out and asked.total == old.total
    as_read = (Template.version == asked.version) & codes_as_read(old)
    with Transaction() as tx:
        tx.put(new, only_if=as_read, otherwise=TemplateEdited(version=old.version))
        if draft:
            _set_out(tx, new, old.shards)
        else:
            _add(tx, old, asked.total - old.total)
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


def codes_as_read(template: Template) -> Condition:
    """As many single codes as *template* says, and no more, were made or begun."""
    return Template.codes.does_not_exist() if template.codes is None else Template.codes == template.codes


def count(tx: Transaction, template_id: str, cause: str, *actions: Action) -> None:
    """Add to the numbers of a template, today; *cause* spreads them over the shards."""
    shard = zlib.crc32(cause.encode()) % DAY_SHARDS
    tx.update(TemplateDay(template_id=template_id, id=f"{clock.today().isoformat()}#{shard}"), list(actions))


def days(template_id: str, first: date, last: date) -> DaysView:
    """The numbers of some business days, each and in all, one query. :raises TemplateNotFound:"""
    service.template_of(template_id)
    between = TemplateDay.id.between(f"{first.isoformat()}#", f"{last.isoformat()}#~")
    shards = list(TemplateDay.query(template_id, between))
    items = [_day(first + timedelta(days=n), shards) for n in range((last - first).days + 1)]
    return DaysView(items=items, total=TemplateNumbers(**_sums(shards)))


def _day(day: date, shards: Iterable[TemplateDay]) -> DayView:
    return DayView(day=day, **_sums(each for each in shards if each.id.startswith(day.isoformat())))


def _sums(shards: Iterable[TemplateDay]) -> dict[str, int]:
    found = list(shards)
    return {name: sum(getattr(each, name) or 0 for each in found) for name in TemplateNumbers.model_fields}


def _stored(fields: TemplateFields) -> dict[str, Any]:
    values = {name: getattr(fields, name) for name in TemplateFields.model_fields if name != "terms"}
    values["word"] = fields.word.upper() if fields.word else None
    return values


def _whole(terms: Terms) -> Terms:
    return terms.model_copy(update={"scope": scopes.widened(terms.scope)})


def _require_kept(old: Template, asked: EditTemplate) -> None:
    exclude = {"scope": {"below_category_ids"}}
    same = old.terms.model_dump(exclude=exclude) == asked.terms.model_dump(exclude=exclude)
    if not same or asked.way is not old.way or asked.total < old.total:
        raise TermsFixed()


def _set_out(tx: Transaction, template: Template, before: int = 0) -> None:
    """All pieces of a draft, in its shards. *before*: how many shards there were."""
    for shard, pieces in enumerate(_spread(template.total, template.shards)):
        tx.put(TemplateStock(template_id=template.id, shard=f"{shard:02d}", left=pieces))
    for shard in range(template.shards, before):
        tx.delete(TemplateStock(template_id=template.id, shard=f"{shard:02d}"))


def _add(tx: Transaction, template: Template, more: int) -> None:
    for shard, pieces in enumerate(_spread(more, template.shards)):
        if pieces:
            tx.update(TemplateStock(template_id=template.id, shard=f"{shard:02d}"), [TemplateStock.left.add(pieces)])


def _shards(total: int) -> int:
    return max(1, min(MAX_SHARDS, total // PIECES_A_SHARD))


def _spread(pieces: int, shards: int) -> list[int]:
    return [pieces // shards + (shard < pieces % shards) for shard in range(shards)]


def _claim_word(tx: Transaction, template: Template) -> None:
    if template.word:
        code = Code(code=template.word, template_id=template.id)
        tx.put(code, only_if=Code.code.does_not_exist(), otherwise=WordTaken())
