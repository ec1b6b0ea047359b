"""Tables of invoices."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    FenAttribute,
    IntAttribute,
    Table,
    TimeAttribute,
    table_name,
)


class TitleKind(StrEnum):
    PERSONAL = "personal"
    COMPANY = "company"


class Title(BaseModel):
    """Whom an invoice is made out to. An invoice keeps the title as it was."""

    id: str
    kind: TitleKind
    name: str
    tax_number: str | None = None
    """A company's unified social credit code."""
    address: str | None = None
    phone: str | None = None
    bank: str | None = None
    bank_account: str | None = None
    email: str | None = None


class TitleBook(Table):
    """All titles of a member: few, hence one item."""

    class Meta:
        table_name = table_name("invoice_titles")

    member_id = UnicodeAttribute(hash_key=True)
    titles = DocumentAttribute[list[Title]](list[Title], default=list)
    default_id = UnicodeAttribute(null=True)
    version = IntAttribute(default=0)


class InvoiceStatus(StrEnum):
    """The life of an invoice. See docs/algorithms/invoices.md."""

    REQUESTED = "requested"
    ISSUED = "issued"
    REJECTED = "rejected"
    CANCELED = "canceled"
    """By the buyer, or because everything went back before it was issued."""
    TO_REVERSE = "to_reverse"
    """Money went back after it was issued: a red one is due."""
    REVERSED = "reversed"


STEPS = Steps(
    {
        InvoiceStatus.REQUESTED: [InvoiceStatus.ISSUED, InvoiceStatus.REJECTED, InvoiceStatus.CANCELED],
        InvoiceStatus.ISSUED: [InvoiceStatus.TO_REVERSE, InvoiceStatus.REVERSED],
        InvoiceStatus.TO_REVERSE: [InvoiceStatus.REVERSED],
    }
)
OVER = (InvoiceStatus.REJECTED, InvoiceStatus.CANCELED, InvoiceStatus.REVERSED)


class ByMember(GlobalSecondaryIndex["Invoice"]):
    class Meta:
        index_name = "by_member"
        projection = AllProjection()

    member_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class ByDay(GlobalSecondaryIndex["Invoice"]):
    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    day = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex["Invoice"]):
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    status = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class ByTitle(GlobalSecondaryIndex["Invoice"]):
    class Meta:
        index_name = "by_title"
        projection = AllProjection()

    title_key = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class ByTaxNumber(GlobalSecondaryIndex["Invoice"]):
    """Those that are made out to companies."""

    class Meta:
        index_name = "by_tax_number"
        projection = AllProjection()

    tax_number = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class Invoice(Table):
    """One invoice of one order. The next of the order begins when this one is over: its key sees to it."""

    class Meta:
        table_name = table_name("invoices")

    order_id = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)
    """From ``01``: the how-manieth of its order."""
    member_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    status = EnumAttribute(InvoiceStatus)
    place = UnicodeAttribute()
    """``2026-11-24T02:00:00…#order#number``: the order in which those of a status or a member are listed."""
    title = DocumentAttribute[Title](Title)
    title_key = UnicodeAttribute(null=True)
    """The title's name as it is looked for: :func:`title_key`."""
    tax_number = UnicodeAttribute(null=True)
    """Of the title."""
    amount = FenAttribute()
    left_amount = FenAttribute(null=True)
    """Of one that is to be reversed: what stays paid."""
    requested_at = TimeAttribute()
    day = UnicodeAttribute(null=True)
    """Business day of that: what exports walk along, since it never changes."""
    issued_at = TimeAttribute(null=True)
    ended_at = TimeAttribute(null=True)
    invoice_number = UnicodeAttribute(null=True)
    """The tax office's."""
    red_number = UnicodeAttribute(null=True)
    """Of the invoice that reverses it."""
    file_key = UnicodeAttribute(null=True)
    """In the work bucket."""
    reason = UnicodeAttribute(null=True)
    """Why it was rejected or canceled; the buyer reads it."""

    by_member = ByMember()
    by_status = ByStatus()
    by_day = ByDay()
    by_title = ByTitle()
    by_tax_number = ByTaxNumber()

    @property
    def id(self) -> str:
        """What routes call it: ``ord_…-01``."""
        return f"{self.order_id}-{self.number}"


def title_key(name: str) -> str:
    """A title's name without what people type differently: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
