"""The mapping of kinds to templates, held against what WeChat has. One call, two reads."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.gateways.wechat import messages as wechat
from chalicelib.gateways.wechat.messages import AccountTemplate
from chalicelib.growth.notifications.checkup.schemas import (
    AccountTemplateView,
    Checkup,
    KindCheck,
    Problem,
    ProblemView,
)
from chalicelib.growth.notifications.kinds.service import kind_of
from chalicelib.growth.notifications.models import Field, MessageTemplate
from chalicelib.growth.notifications.templates import service as templates


def check_up() -> Checkup:
    """Every kind that is mapped, with what WeChat would refuse, and every template of the account.

    :raises PartnerUnavailable: WeChat can not be asked.
    """
    mapped = templates.mapped()
    theirs = {each.id: each for each in wechat.templates()}
    checked = [_check(each, theirs.get(each.template_id)) for _, each in sorted(mapped.items())]
    return Checkup(kinds=checked, templates=[_shown(each, mapped.values()) for each in theirs.values()])


def _check(ours: MessageTemplate, theirs: AccountTemplate | None) -> KindCheck:
    problems = [ProblemView(code=Problem.NOT_IN_ACCOUNT)] if theirs is None else _problems(ours, theirs)
    return KindCheck(
        kind=ours.kind,
        template_id=ours.template_id,
        title=theirs.title if theirs else None,
        enabled=ours.enabled,
        problems=problems,
    )


def _problems(ours: MessageTemplate, theirs: AccountTemplate) -> list[ProblemView]:
    fields, found = {each.keyword: each for each in ours.fields}, list[ProblemView]()
    if not theirs.once:
        found.append(ProblemView(code=Problem.LONG_TERM))
    found += [ProblemView(code=Problem.KEYWORD_MISSING, keyword=each) for each in theirs.keywords if each not in fields]
    for keyword, field in fields.items():
        problem = _problem(ours.kind, field, theirs)
        if problem is not None:
            found.append(ProblemView(code=problem, keyword=keyword))
    return found


def _problem(kind: str, field: Field, theirs: AccountTemplate) -> Problem | None:
    if field.keyword not in theirs.keywords:
        return Problem.KEYWORD_UNKNOWN
    if field.variable is not None and field.variable not in kind_of(kind).variables:
        return Problem.VARIABLE_GONE
    words = theirs.words.get(field.keyword)
    return Problem.WORD_UNKNOWN if words and field.text is not None and field.text not in words else None


def _shown(theirs: AccountTemplate, mapped: Iterable[MessageTemplate]) -> AccountTemplateView:
    return AccountTemplateView(
        template_id=theirs.id,
        title=theirs.title,
        keywords=theirs.keywords,
        words=theirs.words,
        kinds=sorted(each.kind for each in mapped if each.template_id == theirs.id),
    )
