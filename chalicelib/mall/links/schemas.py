"""Links, in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from chalicelib.core.schemas import Count, Id, Line, PageQuery, Schema
from chalicelib.mall.links.models import CODE_LENGTH, MAX_QUERY, Link, query_of

Page = Annotated[
    str,
    Field(
        max_length=128,
        pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$",
        description="A page of the mini-program: no leading slash, no query.",
        examples=["pages/product/detail"],
    ),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,31}$", examples=["id"])]
Value = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
MAX_DAYS = 92
_RESERVED = {"s", "scene"}


class Target(Schema):
    """Where a link leads."""

    page: Page
    parameters: Annotated[dict[Name, Value], Field(max_length=16, examples=[{"id": "prd_01m85mg28xyz"}])] = Field(
        default_factory=dict
    )

    @field_validator("parameters")
    @classmethod
    def _fits(cls, parameters: dict[str, str]) -> dict[str, str]:
        if taken := _RESERVED & parameters.keys():
            raise ValueError(f"{', '.join(sorted(taken))}: names of our own")
        try:
            query = query_of(parameters, "0" * CODE_LENGTH)
        except UnicodeEncodeError:
            raise ValueError("not text") from None
        if len(query) > MAX_QUERY:
            raise ValueError(f"the query is longer than {MAX_QUERY} characters")
        return parameters


class MakeLink(Target):
    """``POST /links`` and ``POST /admin/links``."""

    channel: Line | None = None
    """How it is spread: a poster, a chat, an advert."""
    campaign_id: Id | None = None


class LinkView(Schema):
    """A link: ``scene`` for a mini-program code, ``path`` to share or open."""

    code: str
    scene: str
    page: str
    parameters: dict[str, str]
    path: str
    sharer_id: str | None
    """The member who shared it; null: the mall."""
    channel: str | None
    campaign_id: str | None

    @classmethod
    def of(cls, link: Link) -> LinkView:
        return cls(
            code=link.code,
            scene=link.scene,
            page=link.page,
            parameters=link.parameters,
            path=link.path,
            sharer_id=link.member_id,
            channel=link.channel,
            campaign_id=link.campaign_id,
        )


class UrlView(Schema):
    """A URL Link: opens the mini-program from outside of WeChat."""

    url: str
    expires_at: datetime


class FindLinks(PageQuery):
    """``GET /admin/links``: of one member, or of one channel."""

    member_id: Id | None = None
    channel: Line | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> FindLinks:
        if (self.member_id is None) == (self.channel is None):
            raise ValueError("give a member_id or a channel")
        return self


class StaffLinkView(LinkView):
    """A link as staff see it in a list."""

    created_at: datetime
    url: UrlView | None

    @classmethod
    def of(cls, link: Link) -> StaffLinkView:
        url = None
        if link.url is not None and link.url_expires_at is not None:
            url = UrlView(url=link.url, expires_at=link.url_expires_at)
        return cls(**LinkView.of(link).model_dump(), created_at=link.created_at, url=url)


class ShowVisits(Schema):
    """``GET /admin/links/{code}``: business days, both included; by default the last thirty."""

    first_day: date | None = None
    last_day: date | None = None

    @model_validator(mode="after")
    def _a_span(self) -> ShowVisits:
        if (self.first_day is None) != (self.last_day is None):
            raise ValueError("first_day and last_day go together")
        if self.first_day and self.last_day and not 0 <= (self.last_day - self.first_day).days < MAX_DAYS:
            raise ValueError(f"between 1 and {MAX_DAYS} days")
        return self


class DayView(Schema):
    """A day of a link. A visitor is a member who came through it for the first time."""

    day: date
    visits: Count
    visitors: Count


class LinkVisitsView(StaffLinkView):
    """A link with its visits. Days without any are left out."""

    days: list[DayView]
    visits: Count
    visitors: Count


class KnownUrlView(UrlView):
    """A URL Link as WeChat knows it."""

    page: str
    query: str
    visits_left_today: int
    """Of all URL Links of the mall together."""
