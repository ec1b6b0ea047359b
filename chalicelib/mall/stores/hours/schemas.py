"""Opening hours: stored as they are written."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from chalicelib.core.schemas import Schema

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
Opens = Annotated[str, Field(pattern=rf"^{_TIME}$", examples=["09:00"])]
Closes = Annotated[str, Field(pattern=rf"^({_TIME}|24:00)$", examples=["21:30"])]
A_DAY = 24 * 60


class Span(Schema):
    """From ``opens`` until before ``closes``; at or before ``opens`` means on the next day."""

    opens: Opens
    closes: Closes

    @model_validator(mode="after")
    def _not_empty(self) -> Span:
        if self.opens == self.closes:
            raise ValueError("all day is 00:00 to 24:00")
        return self

    @property
    def minutes(self) -> tuple[int, int]:
        """Begin and end in minutes from the day's midnight; the end may lie in the next day."""
        begin, end = _minute(self.opens), _minute(self.closes)
        return begin, end if end > begin else end + A_DAY


Spans = Annotated[list[Span], Field(max_length=4)]


class OpeningHours(Schema):
    """The spans of each weekday; none: closed."""

    monday: Spans
    tuesday: Spans
    wednesday: Spans
    thursday: Spans
    friday: Spans
    saturday: Spans
    sunday: Spans

    @field_validator("*")
    @classmethod
    def _in_order(cls, spans: list[Span]) -> list[Span]:
        ordered = sorted(spans, key=lambda span: span.minutes)
        if any(before.minutes[1] > after.minutes[0] for before, after in pairwise(ordered)):
            raise ValueError("spans of a day do not overlap")
        return ordered

    def of(self, weekday: int) -> list[Span]:
        """The spans of a weekday, Monday 0."""
        spans: list[Span] = getattr(self, WEEKDAYS[weekday])
        return spans


WEEKDAYS = tuple(OpeningHours.model_fields)


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
