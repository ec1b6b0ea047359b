"""Check-in, in and out."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.rewards.schemas import Reward

MAX_DAYS = 31
Step = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Some = Annotated[int, Field(ge=0, le=MAX_DAYS)]


class WhenMissed(StrEnum):
    """What a missed day does to the cycle."""

    RESTART = "restart"
    """The next day is step 1: a day's number is its streak."""
    GO_ON = "go_on"
    """Nothing: a day's number is how many days one has in all."""


class WhenOver(StrEnum):
    """What follows the last step."""

    AGAIN = "again"
    STOP = "stop"
    """No step before a day was missed; with `go_on`, none any more."""


class StepReward(Schema):
    """What a step of the cycle gives beside the daily reward."""

    step: Step
    reward: Reward


class Rules(Schema):
    """How check-in works."""

    enabled: bool = False
    cycle_days: Step = 7
    when_missed: WhenMissed = WhenMissed.RESTART
    when_over: WhenOver = WhenOver.AGAIN
    daily: Reward = Reward()
    """What each day gives."""
    steps: Annotated[list[StepReward], Field(max_length=MAX_DAYS)] = []
    make_up_days: Some = 7
    """So far back a missed day can be mended; 0: never."""
    make_up_per_month: Some = 3
    """So many days can be mended in a month…"""
    free_per_month: Some = 1
    """…and so many of them without a card."""
    make_up_earns: bool = False
    """Whether a made-up day gives the daily reward."""
    card_points: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """What a card costs; 0: they are not sold."""
    remind_hour: Annotated[int, Field(ge=9, le=20)] = 20
    """When those who asked for it are reminded, in the hours of the business day: nobody is told at night."""

    @model_validator(mode="after")
    def _steps_fit(self) -> Rules:
        named = [each.step for each in self.steps]
        if len(set(named)) < len(named) or max(named, default=0) > self.cycle_days:
            raise ValueError("each step once, and none beyond the cycle")
        return self

    def step_of(self, number: int) -> int | None:
        """The step of a day by its number; None: the cycle is over."""
        if number > self.cycle_days and self.when_over is WhenOver.STOP:
            return None
        return (number - 1) % self.cycle_days + 1

    def reward_of(self, step: int | None) -> Reward | None:
        """What a step gives."""
        return next((each.reward for each in self.steps if each.step == step), None)


class StepView(Schema):
    """A step of the cycle that gives something."""

    step: int
    reward: Reward


class CheckInView(Schema):
    """Where a member stands today."""

    open: bool
    """Whether one can check in at all."""
    day: date
    checked_in: bool
    streak: int
    """Days without a gap up to today, or to yesterday while today is open; 0: none, or a day was missed."""
    total: int
    """All days that count."""
    step: int | None
    """Of today: reached, or to be reached by checking in; null: the cycle is over."""
    cycle_days: int
    daily: Reward
    steps: list[StepView]
    cards: int
    card_points: int
    """What one more costs; 0: they are not sold."""
    make_ups_left: int
    """In this month…"""
    free_left: int
    """…and of these without a card."""
    make_up_from: date
    """No day before it can be mended."""
    remind: bool
    given: Reward | None = None
    """What this very tap gave; null: nothing, the day counted before."""


class DayView(Schema):
    """A day that counts."""

    day: date
    made_up: bool
    streak: int
    """Days without a gap that end on it."""


class MonthView(Schema):
    """A month of the calendar; days that are not listed do not count."""

    month: str
    days: list[DayView]
    made_up: int
    """Days mended in this month."""


class NameMonth(Schema):
    """``GET /me/check-in/days``."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])] | None = None
    """Null: this month."""


class MakeUp(Schema):
    """``POST /me/check-in/make-ups``."""

    day: Annotated[date, Field(strict=True, examples=["2026-11-23"])]


class SetReminder(Schema):
    """``PUT /me/check-in/reminder``."""

    remind: bool


class BuyCards(Schema):
    """``POST /me/check-in/cards``."""

    count: Annotated[int, Field(ge=1, le=10)] = 1


class CardsView(Schema):
    """How many cards the member has."""

    cards: int
