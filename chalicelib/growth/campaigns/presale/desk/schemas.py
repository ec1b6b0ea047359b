"""Deposits as staff see them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Id, PageQuery, Schema
from chalicelib.growth.campaigns.presale.models import Deposit, DepositStatus


class FindDeposits(PageQuery):
    """``GET /admin/presale-deposits``."""

    campaign_id: Id


class RefundDeposit(Schema):
    """``POST /admin/presale-deposits/{deposit_id}/refund``."""

    member_id: Id
    """Whose it is."""


class DeskDeposit(Schema):
    """A deposit in the list of a campaign."""

    id: str
    member_id: str
    sku_id: str
    quantity: int
    status: DepositStatus
    amount: Fen
    balance_amount: Fen
    made_at: datetime
    paid_at: datetime | None
    order_id: str | None

    @classmethod
    def of(cls, deposit: Deposit) -> DeskDeposit:
        return cls(**{name: getattr(deposit, name) for name in cls.model_fields})
