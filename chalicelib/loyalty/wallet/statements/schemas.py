"""What members and staff read of stored value."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Fen, Line, PageQuery, Schema
from chalicelib.loyalty.wallet.models import GIFT, PRINCIPAL, WalletEntry


class WalletView(Schema):
    """A member's stored value."""

    enabled: bool
    """Whether the shop offers stored value; if not, nothing can be topped up or paid with it."""
    balance: Fen
    principal: Fen
    """Of the balance: what the member paid."""
    gift: Fen
    """Of the balance: what the shop added."""


class EntryView(Schema):
    """One line of the statement."""

    at: datetime
    kind: str
    """``topped_up``, ``paid``, ``returned`` (the payment was never made), ``refunded``, ``adjusted``."""
    cause: str
    amount: int
    principal: int
    """Of the amount."""
    gift: int
    """Of the amount."""
    balance_after: int
    note: str | None

    @classmethod
    def of(cls, entry: WalletEntry) -> EntryView:
        plain = {name: getattr(entry, name) for name in ("at", "kind", "cause", "amount", "balance_after", "note")}
        return cls(**plain, principal=entry.buckets.get(PRINCIPAL, 0), gift=entry.buckets.get(GIFT, 0))


class ListEntries(PageQuery):
    """``GET /me/wallet/entries``."""


class AdjustWallet(Schema):
    """``POST /admin/members/{member_id}/wallet``."""

    bucket: Literal["principal", "gift"]
    amount: Annotated[int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
    """Fen; negative: taken. Not more than is there."""
    reason: Line
    """The member reads it."""
