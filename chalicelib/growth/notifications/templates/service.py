"""Templates that staff map to kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from chalicelib.core import clock
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds.schemas import Kind, Type, Value
from chalicelib.growth.notifications.kinds.service import kind_of, kinds
from chalicelib.growth.notifications.models import Field, MessageTemplate
from chalicelib.growth.notifications.templates.schemas import (
    KindsView,
    KindView,
    SetTemplate,
    ToAskListView,
    ToAskView,
)
from chalicelib.growth.notifications.values import service as values


def show() -> KindsView:
    """Every kind, and how it is told."""
    found = mapped()
    return KindsView(items=[KindView.of(kind, found.get(name)) for name, kind in sorted(kinds.items())])


def to_ask(names: Sequence[str]) -> ToAskListView:
    """Templates of the kinds that are told; of *names* only, if there are any."""
    items = [
        ToAskView(kind=name, title=kinds[name].title, template_id=each.template_id, moment=kinds[name].moment)
        for name, each in sorted(mapped().items())
        if each.enabled and (not names or name in names)
    ]
    return ToAskListView(items=items)


def known_ids() -> set[str]:
    """The ids of all templates that are mapped."""
    return {each.template_id for each in mapped().values()}


def set_template(name: str, wanted: SetTemplate, staff_id: str) -> KindView:
    """Map a kind to a template.

    :raises KindNotFound: :raises Invalid: a field or the page does not fit the kind.
    """
    kind = kind_of(name)
    fields = [Field(**each.model_dump()) for each in wanted.fields or ()]
    fields = fields or [Field(keyword=keyword, variable=variable) for keyword, variable in kind.fields.items()]
    errors = [*_unfit(kind, fields), *_unknown_links(kind, wanted.page or kind.page)]
    if errors:
        raise Invalid(errors=errors)
    template = MessageTemplate(
        kind=name,
        template_id=wanted.template_id,
        page=wanted.page or kind.page,
        fields=fields,
        enabled=wanted.enabled,
        updated_at=clock.now(),
        updated_by=staff_id,
    )
    with Transaction() as tx:
        tx.put(template)
    return KindView.of(kind, template)


def render(kind: Kind, template: MessageTemplate, given: Mapping[str, Value]) -> dict[str, str]:
    """What goes to WeChat: keyword → value that fits."""
    data = {}
    for field in template.fields:
        variable = kind.variables.get(field.variable or "")
        if field.text is not None:
            data[field.keyword] = field.text
        else:
            value = given.get(field.variable or "", "")
            data[field.keyword] = values.fit(field.keyword, value, variable.type if variable else Type.TEXT)
    return data


def page_of(template: MessageTemplate, links: Mapping[str, str]) -> str:
    """The page that the message opens."""
    page: str = template.page
    for name, value in links.items():
        page = page.replace(f"{{{name}}}", quote(value, safe=""))
    return page


def mapped() -> dict[str, MessageTemplate]:
    """Kind → its template, of all kinds that have one."""
    found = batch_get({MessageTemplate: list(kinds)})[MessageTemplate]
    return {each.kind: each for each in found.values()}


def _unfit(kind: Kind, fields: Sequence[Field]) -> list[dict[str, str]]:
    errors = [
        {"field": f"fields.{n}.{'text' if each.variable is None else 'variable'}", "issue": issue}
        for n, each in enumerate(fields)
        if (issue := _issue(kind, each))
    ]
    if len({each.keyword for each in fields}) < len(fields):
        errors.append({"field": "fields", "issue": "a keyword stands twice"})
    return errors


def _issue(kind: Kind, field: Field) -> str:
    wanted = values.type_of(field.keyword)
    if field.text is not None:
        if wanted not in values.FIXED:
            return f"{wanted} takes a variable"
        return "" if values.fit(field.keyword, field.text) == field.text else f"breaks WeChat's rule of {wanted}"
    variable = kind.variables.get(field.variable or "")
    if variable is None:
        return f"{kind.name} has no such variable"
    return "" if variable.type in values.TAKES[wanted] else f"{wanted} can not take a {variable.type}"


def _unknown_links(kind: Kind, page: str) -> list[dict[str, str]]:
    for name in kind.links:
        page = page.replace(f"{{{name}}}", "")
    return [{"field": "page", "issue": f"only {', '.join(kind.links)}"}] if "{" in page or "}" in page else []
