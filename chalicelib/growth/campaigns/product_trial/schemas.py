"""Settings of trials: questions, how testers are picked, the report and what it is worth."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Id, Line, Moment, Schema
from chalicelib.loyalty.rewards.schemas import Reward


class PickBy(StrEnum):
    """Who decides on testers."""

    STAFF = "staff"
    SCORE = "score"
    """The answers, when applications end: the most points first; of equals a digest that nobody can choose."""


class Unreported(StrEnum):
    """What becomes of a deposit whose report does not come in time."""

    KEPT = "kept"
    REFUNDED = "refunded"


class Option(Schema):
    """An answer to choose, and what it is worth."""

    text: Line
    points: Annotated[int, Field(ge=0, le=1000)] = 0


class Question(Schema):
    """With options: one is chosen. Without: a text is written."""

    id: Id
    text: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    options: Annotated[list[Option], Field(max_length=10)] = []
    required: bool = True


class ProductTrialSettings(Schema):
    """``settings`` of a trial. An item's ``stock`` is how many testers it has, ``unit_amount`` what they pay."""

    questions: Annotated[list[Question], Field(max_length=10)] = []
    apply_until: Moment
    """The first moment at which nobody can apply any more."""
    pick_by: PickBy = PickBy.STAFF
    order_hours: Annotated[int, Field(ge=1, le=240)] = 72
    """So long a tester has to pay the deposit and to order; the campaign's end at the latest."""
    deposit_amount: Annotated[int, Field(ge=0, le=MAX_AMOUNT)] = 0
    """Paid by who is picked, back when the report is accepted; 0: none."""
    report_days: Annotated[int, Field(ge=1, le=90)] = 14
    """From the receipt of the goods."""
    unreported: Unreported = Unreported.REFUNDED
    reward: Reward = Reward()
    """For an accepted report."""

    @model_validator(mode="after")
    def _sound(self) -> ProductTrialSettings:
        if len({each.id for each in self.questions}) != len(self.questions):
            raise ValueError("each question has an id of its own")
        if any(len({option.text for option in each.options}) != len(each.options) for each in self.questions):
            raise ValueError("each option of a question has a text of its own")
        return self
