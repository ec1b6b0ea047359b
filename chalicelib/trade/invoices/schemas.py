"""What buyers ask and see of invoices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from chalicelib.core.schemas import Fen, Id, Line, PageQuery, Schema
from chalicelib.trade.invoices.models import Invoice, InvoiceStatus, Title, TitleBook, TitleKind

MAX_TYPED = 64
_CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_credit_code(text: str) -> bool:
    """Whether *text* is a unified social credit code (GB 32100-2015): its last character checks the other 17."""
    if len(text) != 18 or any(each not in _CREDIT_CODE for each in text):
        return False
    total = sum(_CREDIT_CODE.index(each) * pow(3, place, 31) for place, each in enumerate(text[:17]))
    return _CREDIT_CODE.index(text[17]) == -total % 31


def _typed(code: object) -> object:
    """As it is printed: people type small letters and spaces."""
    return "".join(code.split()).upper() if isinstance(code, str) and len(code) <= MAX_TYPED else code


CreditCode = Annotated[str, BeforeValidator(_typed), Field(pattern=r"^[0-9A-Z]{18}$")]


class SaveTitle(Schema):
    """``POST /me/invoice-titles``, ``PUT /me/invoice-titles/{title_id}``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "company", "name": "杭州思屿科技有限公司", "tax_number": "91350100M000100Y43"}]
        }
    )

    kind: TitleKind
    name: Line
    tax_number: CreditCode | None = None
    address: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+\- ]{3,20}$")] | None = None
    bank: Line | None = None
    bank_account: Annotated[str, Field(pattern=r"^[0-9 ]{6,40}$")] | None = None
    email: Annotated[str, Field(max_length=100, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    is_default: bool = False

    @model_validator(mode="after")
    def _company_has_a_number(self) -> SaveTitle:
        if (self.kind is TitleKind.COMPANY) != (self.tax_number is not None):
            raise ValueError("a company has a tax number, a person has none")
        if self.tax_number is not None and not is_credit_code(self.tax_number):
            raise ValueError("tax_number is no unified social credit code: its last character does not fit")
        return self


class TitleView(Schema):
    """Whom an invoice is made out to."""

    id: str
    kind: TitleKind
    name: str
    tax_number: str | None
    address: str | None
    phone: str | None
    bank: str | None
    bank_account: str | None
    email: str | None

    @classmethod
    def of(cls, title: Title) -> TitleView:
        return cls(**title.model_dump())


class TitlesView(Schema):
    """The book of titles: at most 20."""

    items: list[TitleView]
    default_id: str | None

    @classmethod
    def of(cls, book: TitleBook) -> TitlesView:
        return cls(items=[TitleView.of(each) for each in book.titles], default_id=book.default_id)


class AskInvoice(Schema):
    """``POST /orders/{order_id}/invoices``: made out to a title of the book, by default the default one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title_id": "ivt_01m85mg28xyz"}]})

    title_id: Id | None = None


class ListInvoices(PageQuery):
    """``GET /me/invoices``."""


class InvoiceView(Schema):
    """An invoice of an order."""

    id: str
    order_id: str
    order_number: str
    status: InvoiceStatus
    title: TitleView
    amount: Fen
    """What was paid in money and did not go back; stored value, gifts, points and coupons are no part of it."""
    left_amount: Fen | None
    """Of one that is to be reversed, or is: what stayed paid, and another one can be about."""
    requested_at: datetime
    issued_at: datetime | None
    ended_at: datetime | None
    invoice_number: str | None
    red_number: str | None
    has_file: bool
    reason: str | None

    @classmethod
    def of(cls, invoice: Invoice) -> InvoiceView:
        named = [each for each in cls.model_fields if each not in ("title", "has_file")]
        return cls(
            **{name: getattr(invoice, name) for name in named},
            title=TitleView.of(invoice.title),
            has_file=invoice.file_key is not None,
        )


class InvoicesView(Schema):
    """What an order has been invoiced, and could be now."""

    items: list[InvoiceView]
    amount: Fen
    """What an invoice would be about."""


class FileLink(Schema):
    """Where the file is, for a quarter of an hour."""

    url: str
    expires_at: datetime
