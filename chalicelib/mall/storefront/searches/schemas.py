"""History and hot words as they are asked for and seen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, Schema

MAX_PINNED = 20
MAX_BLOCKED = 200


class SearchView(Schema):
    """Something I looked for."""

    text: str
    searched_at: datetime


class SearchesView(Schema):
    """What I looked for, latest first."""

    items: list[SearchView]


class ForgetSearches(Schema):
    """``DELETE /me/searches``: one of them, or without ``text`` all."""

    text: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class HotWordView(Schema):
    """A hot word. ``pinned``: staff put it there."""

    term: str
    pinned: bool


class HotWordsView(Schema):
    """Hot words, in the order to show."""

    items: list[HotWordView]


class EditHotWords(Schema):
    """``PUT /admin/hot-words``: both lists whole."""

    pinned: Annotated[list[Line], Field(max_length=MAX_PINNED)]
    """Shown first, in this order."""
    blocked: Annotated[list[Line], Field(max_length=MAX_BLOCKED)] = Field(default_factory=list)
    """Never shown, however many look for it."""


class CountedWordView(Schema):
    """How many different members looked for a term in the last seven days."""

    term: str
    members: int


class HotWordsEditView(EditHotWords):
    """Hot words as staff see them."""

    counted: list[CountedWordView]
    counted_at: datetime | None
