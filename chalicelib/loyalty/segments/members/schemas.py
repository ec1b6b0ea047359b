"""Facts and tags of a member, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.segments.models import MemberFacts, Stage, StageEntry
from chalicelib.loyalty.segments.schemas import TagId


class EditTags(Schema):
    """``POST /admin/members/{member_id}/tags``: on and off, by hand."""

    add: Annotated[list[TagId], Field(max_length=20)] = []
    remove: Annotated[list[TagId], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _no_tag_twice(self) -> Self:
        if {*self.add} & {*self.remove}:
            raise ValueError("a tag is put on or taken off")
        return self


class StageView(Schema):
    """A member's stage and scores since a time."""

    at: datetime
    stage: Stage
    rfm: str | None

    @classmethod
    def of(cls, entry: StageEntry) -> StageView:
        return cls(at=entry.at, stage=entry.stage, rfm=entry.rfm)


class FactsView(Schema):
    """What the mall knows of a member as a customer."""

    member_id: str
    order_count: int
    completed_count: int
    paid_amount: int
    refunded_amount: int
    first_paid_at: datetime | None
    last_paid_at: datetime | None
    stage: Stage | None
    """Null: not looked at yet."""
    rfm: str | None
    """Recency, frequency, monetary from 1 to 5; null: never paid."""
    behavior: dict[str, int]
    """How often they did what rules can ask for: `check_in_count`, `review_count`, `friend_count`, `coupon_count`."""
    stores: list[str]
    """Where they were served last, the newest at the end."""
    hand_tags: list[str]
    """Put on by staff; `tags` has those of segments too."""
    tags: list[str]
    segments: list[str]
    history: list[StageView]
    """The newest changes of stage and scores, newest first."""

    @classmethod
    def of(cls, facts: MemberFacts, history: list[StageEntry]) -> FactsView:
        known = {name: getattr(facts, name) for name in cls.model_fields if name != "history"}
        known |= {"behavior": facts.behavior or {}, "stores": facts.stores or []}
        return cls.model_validate(known | {"history": [StageView.of(each) for each in history]})
