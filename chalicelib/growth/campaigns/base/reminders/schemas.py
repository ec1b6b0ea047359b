"""Reminders, in and out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.core.schemas import Schema

Session = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_]+$", examples=["202611281000"])]


class WhichSession(Schema):
    """Of a campaign with sessions: which of them; of any other: nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"session": "202611281000"}]})

    session: Session | None = None


class ReminderState(StrEnum):
    """By the mall's clock."""

    WAITING = "waiting"
    TOLD = "told"
    OFF = "off"
    """It was withdrawn or stopped, or is over. One that is scheduled again waits again."""


class ReminderView(Schema):
    """A reminder of mine."""

    campaign_id: str
    session: str | None
    play: str | None
    title: str | None
    picture: str | None
    state: ReminderState
    starts_at: datetime | None
    """As it is planned now; null: it is not planned."""
    remind_at: datetime | None
    asked_at: datetime
