"""Tasks as members see them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.tasks.center.schemas import Kind, Period, TaskReward


class State(StrEnum):
    """How far a member is."""

    DOING = "doing"
    FINISHED = "finished"
    """The reward waits for a tap, or is on its way."""
    CLAIMED = "claimed"


class TaskView(Schema):
    """A task, and how far the member is with it in this period."""

    id: str
    title: str
    text: str | None
    kind: Kind
    page: str | None
    period: Period
    key: str
    """Of the period: `2026-11-24`, `2026-W48`, `2026-11`, `once`."""
    target: int
    count: int
    """Never more than the target."""
    state: State
    reward: TaskReward
    automatic: bool
    ends_at: datetime
    earlier: str | None
    """The key of the period before, if its reward waits for a tap."""


class TaskList(Schema):
    """They are few: no pages."""

    items: list[TaskView]


class ClaimTask(Schema):
    """``POST /me/tasks/{task_id}/claim``."""

    key: Annotated[str, Field(pattern=r"^(once|20[0-9]{2}-[0-9W-]{2,6})$", examples=["2026-11-24"])] | None = None
    """Null: this period."""
