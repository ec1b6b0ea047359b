"""What staff ask of invoices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Line, PageQuery, Schema
from chalicelib.trade.invoices.models import InvoiceStatus

TaxNumber = Annotated[str, Field(pattern=r"^[0-9A-Z\-]{8,32}$", examples=["26332000000012345678"])]


CenturyDay = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]


class FindInvoices(PageQuery):
    """``GET /admin/invoices``: of an order; or of a title's name, a tax number or a status (`requested` by default),
    and of them those that were asked for on some days.
    """

    status: InvoiceStatus | None = None
    order_number: Annotated[str, Field(pattern=r"^[0-9]{20}$", examples=["26112409000000123456"])] | None = None
    title: Line | None = None
    """The whole name; width, case and spaces do not matter."""
    tax_number: Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$", examples=["91350100M000100Y43"])] | None = None
    month: Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])] | None = None
    """All business days of a month."""
    from_day: CenturyDay | None = None
    to_day: CenturyDay | None = None

    @model_validator(mode="after")
    def _one_question(self) -> FindInvoices:
        spans = (self.month, self.from_day, self.to_day)
        if self.order_number and any((self.status, self.title, self.tax_number, *spans)):
            raise ValueError("an order number goes alone")
        if self.title and self.tax_number:
            raise ValueError("a title's name or a tax number, not both")
        if self.month and (self.from_day or self.to_day):
            raise ValueError("a month or days, not both")
        if self.from_day and self.to_day and self.to_day < self.from_day:
            raise ValueError("to_day lies before from_day")
        return self

    def days(self) -> tuple[date | None, date | None]:
        """The first and the last business day of asking; None: no limit."""
        if self.month is None:
            return self.from_day, self.to_day
        first = date.fromisoformat(f"{self.month}-01")
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class AskFileUpload(Schema):
    """``POST /admin/invoices/{invoice_id}/upload``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"format": "pdf"}]})

    format: Literal["pdf", "ofd"] = "pdf"


class Issue(Schema):
    """``POST /admin/invoices/{invoice_id}/issue``, after the file was uploaded."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"invoice_number": "26332000000012345678", "amount": 9900}]}
    )

    invoice_number: TaxNumber
    format: Literal["pdf", "ofd"] = "pdf"
    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
    """As it is on the invoice: must be what is asked for, so that a refund meanwhile is not overlooked."""


class Reject(Schema):
    """``POST /admin/invoices/{invoice_id}/reject``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "抬头与税号不符"}]})

    reason: Annotated[str, Field(min_length=2, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    """The buyer reads it."""


class Reverse(Schema):
    """``POST /admin/invoices/{invoice_id}/reverse``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"red_number": "26332000000012345679"}]})

    red_number: TaxNumber
