"""What staff ask of invoices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.trade.invoices.models import InvoiceStatus

TaxNumber = Annotated[str, Field(pattern=r"^[0-9A-Z\-]{8,32}$", examples=["26332000000012345678"])]


class FindInvoices(PageQuery):
    """``GET /admin/invoices``: of a status, the latest request first; or of a month."""

    status: InvoiceStatus = InvoiceStatus.REQUESTED
    month: Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])] | None = None
    """Of asking, by UTC."""


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
