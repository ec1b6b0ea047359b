"""Settings of presales, and terms of their items."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Moment, Schema


class Mode(StrEnum):
    """How it is paid."""

    DEPOSIT = "deposit"
    FULL = "full"
    """All of it with the order."""


class Unpaid(StrEnum):
    """What becomes of a deposit whose balance nobody pays. When the merchant ends the campaign, it always goes back."""

    KEPT = "kept"
    REFUNDED = "refunded"


class PresaleSettings(Schema):
    """``settings`` of a presale. The campaign's window ends when the balance can no longer be ordered."""

    mode: Mode = Mode.DEPOSIT
    deposit_until: Moment | None = None
    """The first moment at which no deposit is taken any more. With ``deposit`` only, as the next."""
    balance_from: Moment | None = None
    """From then on what a deposit was paid for can be ordered, until the campaign ends."""
    ship_by: Moment
    """When the goods have left at the latest: not before the campaign ends."""
    unpaid: Unpaid = Unpaid.REFUNDED
    remind_hours: Annotated[int, Field(ge=1, le=72)] = 24
    """So long before its end whoever has not ordered is reminded."""

    @model_validator(mode="after")
    def _whole(self) -> PresaleSettings:
        dates: list[datetime | None] = [self.deposit_until, self.balance_from]
        if self.mode is Mode.DEPOSIT and None in dates:
            raise ValueError("deposit_until and balance_from are needed with a deposit")
        if self.mode is Mode.FULL and dates != [None, None]:
            raise ValueError("deposit_until and balance_from mean nothing without a deposit")
        return self


class DepositTerms(Schema):
    """``terms`` of an item: the deposit for one piece. 付50抵100: 5000 and 10000."""

    deposit_amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)] | None = None
    counts_amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)] | None = None
    """What it takes off the price; null: the deposit itself."""

    @model_validator(mode="after")
    def _counts(self) -> DepositTerms:
        if self.deposit_amount is None and self.counts_amount is not None:
            raise ValueError("counts_amount without deposit_amount")
        if self.counts_amount is not None and self.counts_amount < (self.deposit_amount or 0):
            raise ValueError("a deposit counts for itself at least")
        return self
