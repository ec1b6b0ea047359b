"""Couriers as staff see and edit them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from chalicelib.core.schemas import Line, Schema
from chalicelib.trade.fulfillment.carriers.models import Carrier, NumberForm, Rest

CarrierCode = Annotated[str, Field(pattern=r"^[a-z0-9_]{2,32}$", examples=["sf"])]
TrackingNumber = Annotated[str, Field(min_length=6, max_length=64, examples=["SF1234567890123"])]
"""As typed; the mall takes blanks out and makes capitals."""
PartnerCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{2,32}$", examples=["shunfeng"])]
Length = Annotated[int, Field(ge=6, le=32)]
Prefix = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,12}$", examples=["SF"])]


class NumberFormView(Schema):
    """A form of numbers: one of the prefixes (none: any beginning), what follows, the length of all."""

    prefixes: Annotated[list[Prefix], Field(max_length=30)] = Field(default_factory=list)
    rest: Rest = Rest.DIGITS
    min_length: Length
    max_length: Length

    @model_validator(mode="after")
    def _possible(self) -> NumberFormView:
        if self.min_length > self.max_length:
            raise ValueError("min_length is at most max_length")
        return self


class SetCarrier(Schema):
    """``PUT /admin/carriers/{code}``."""

    name: Line
    aliases: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list)
    kuaidi100: PartnerCode | None = None
    wechat: PartnerCode | None = None
    forms: Annotated[list[NumberFormView], Field(min_length=1, max_length=20)]
    wants_phone: bool = False
    enabled: bool = True

    @field_validator("aliases")
    @classmethod
    def _each_once(cls, aliases: list[str]) -> list[str]:
        return list(dict.fromkeys(aliases))

    def carrier(self, code: str) -> Carrier:
        """The courier that this describes."""
        forms = [NumberForm(**form.model_dump()) for form in self.forms]
        return Carrier(code=code, forms=forms, **self.model_dump(exclude={"forms"}))


class CarrierView(SetCarrier):
    code: CarrierCode

    @classmethod
    def of(cls, carrier: Carrier) -> CarrierView:
        return cls(**carrier.model_dump())


class AskCarriers(Schema):
    """``GET /admin/carriers``: all of them; with a number, those whose it may be, the likeliest first."""

    tracking_number: TrackingNumber | None = None


class CarriersView(Schema):
    items: list[CarrierView]
