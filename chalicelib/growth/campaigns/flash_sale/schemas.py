"""What staff set of a flash sale."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core import clock
from chalicelib.core.schemas import Day, Fen, Schema

MAX_SESSIONS = 24
MAX_PIECES = 10_000
SessionId = Annotated[str, Field(pattern=r"^[0-9]{12}$", examples=["202611281000"])]
"""Its day and time in the business zone."""


class Session(Schema):
    """A session (场次)."""

    day: Day
    """Business day on which it begins."""
    time: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["10:00"])]
    minutes: Annotated[int, Field(ge=1, le=1440)]

    @property
    def id(self) -> str:
        return f"{self.day:%Y%m%d}{self.time.replace(':', '')}"

    @property
    def starts_at(self) -> datetime:
        return clock.at_time(self.day, time.fromisoformat(self.time))

    @property
    def ends_at(self) -> datetime:
        """The first moment at which it no longer runs."""
        return self.starts_at + timedelta(minutes=self.minutes)


class FlashSaleSettings(Schema):
    """Sessions, and what a ticket is good for."""

    sessions: Annotated[list[Session], Field(min_length=1, max_length=MAX_SESSIONS)]
    hold_minutes: Annotated[int, Field(ge=1, le=30)] = 5
    """How long a ticket keeps its piece."""
    tries: Annotated[int, Field(ge=1, le=5)] = 2
    """Tickets that a member may take of a SKU in a session, those not used and those of canceled orders included."""

    @model_validator(mode="after")
    def _apart(self) -> FlashSaleSettings:
        ordered = sorted(self.sessions, key=lambda each: each.starts_at)
        if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(ordered)):
            raise ValueError("sessions of a campaign do not overlap")
        return self


class Allotment(Schema):
    """What a SKU brings to one session."""

    session: SessionId
    pieces: Annotated[int, Field(ge=1, le=MAX_PIECES)]
    unit_amount: Fen | None = None
    """Its price in this session; null: the item's."""


class FlashSaleTerms(Schema):
    """In which sessions a SKU takes part. Its ``stock`` is the sum of their pieces."""

    sessions: Annotated[list[Allotment], Field(min_length=1, max_length=MAX_SESSIONS)]

    @model_validator(mode="after")
    def _each_once(self) -> FlashSaleTerms:
        if len({each.session for each in self.sessions}) != len(self.sessions):
            raise ValueError("name each session once")
        return self
