"""Templates, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field as Bounds
from pydantic import model_validator

from chalicelib.core.schemas import Id, Schema
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type
from chalicelib.growth.notifications.models import Field, MessageTemplate
from chalicelib.growth.notifications.values import service as values

Keyword = Annotated[str, Bounds(pattern=rf"^{values.KEYWORD.pattern}$", examples=["thing1"])]
Name = Annotated[str, Bounds(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$", examples=["product_name"])]
TemplateId = Annotated[
    str, Bounds(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$", examples=["Ab1cD2eF3gH4iJ5kL6mN"])
]
Page = Annotated[str, Bounds(min_length=1, max_length=500, pattern=r"^[A-Za-z0-9_\-/.?=&%{}]+$")]


class SetField(Schema):
    """A keyword of the template and what stands in it: a variable, or a fixed text."""

    keyword: Keyword
    variable: Name | None = None
    text: Annotated[str, Bounds(min_length=1, max_length=40)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> SetField:
        if (self.variable is None) == (self.text is None):
            raise ValueError("give a variable or a text")
        return self


class SetTemplate(Schema):
    """``PUT /admin/notifications/kinds/{kind}``."""

    template_id: TemplateId
    page: Page | None = None
    """Null: the kind's own. ``{order_id}`` and the like stand for what the kind's ``links`` name."""
    fields: Annotated[list[SetField], Bounds(min_length=1, max_length=5)] | None = None
    """Null: what the kind suggests."""
    enabled: bool = True


class FieldView(Schema):
    """A keyword, what stands in it, and what it would look like."""

    keyword: str
    variable: str | None
    text: str | None
    example: str

    @classmethod
    def of(cls, kind: Kind, field: Field) -> FieldView:
        if field.variable is None:
            return cls(keyword=field.keyword, variable=None, text=field.text, example=field.text or "")
        variable = kind.variables[field.variable]
        example = values.fit(field.keyword, variable.example, variable.type)
        return cls(keyword=field.keyword, variable=field.variable, text=None, example=example)


class VariableView(Schema):
    name: str
    type: Type
    label: str


class TemplateView(Schema):
    """How a kind is told."""

    template_id: str
    page: str
    fields: list[FieldView]
    enabled: bool
    updated_at: datetime
    updated_by: str

    @classmethod
    def of(cls, kind: Kind, template: MessageTemplate) -> TemplateView:
        plain = {name: getattr(template, name) for name in ("template_id", "page", "updated_at", "updated_by")}
        # A release may have dropped a variable: what is left is shown, and sent.
        known = [each for each in template.fields if each.variable is None or each.variable in kind.variables]
        fields = [FieldView.of(kind, each) for each in known]
        return cls(**plain, fields=fields, enabled=template.enabled)


class KindView(Schema):
    """A kind of notice: what it can say, what it suggests, and how it is told now (null: it is not)."""

    kind: str
    title: str
    moment: Moment
    page: str
    links: list[str]
    variables: list[VariableView]
    suggested: list[FieldView]
    template: TemplateView | None

    @classmethod
    def of(cls, kind: Kind, template: MessageTemplate | None) -> KindView:
        return cls(
            kind=kind.name,
            title=kind.title,
            moment=kind.moment,
            page=kind.page,
            links=list(kind.links),
            variables=[VariableView(name=n, type=v.type, label=v.label) for n, v in kind.variables.items()],
            suggested=[FieldView.of(kind, Field(keyword=k, variable=v)) for k, v in kind.fields.items()],
            template=TemplateView.of(kind, template) if template else None,
        )


class KindsView(Schema):
    """Every kind of notice."""

    items: list[KindView]


class AskForKinds(Schema):
    """``GET /notifications/templates``."""

    kinds: Annotated[list[Id], Bounds(max_length=20)] = []
    """Just these; none: all."""


class ToAskView(Schema):
    """A template that the mini-program asks the buyer about with ``wx.requestSubscribeMessage``."""

    kind: str
    title: str
    template_id: str
    moment: Moment


class ToAskListView(Schema):
    """What to ask, at which moment. WeChat takes three in one call."""

    items: list[ToAskView]
