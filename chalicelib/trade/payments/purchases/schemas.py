"""A purchase as its buyer sees it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.trade.payments.purchases.models import DirectPurchase, PurchaseStatus


class PurchaseView(Schema):
    """A purchase of something that is no order."""

    id: Id
    status: PurchaseStatus
    amount: Fen
    description: str
    created_at: datetime
    expires_at: datetime
    succeeded_at: datetime | None
    parameters: dict[str, str]
    """For ``wx.requestPayment``, as they are; empty unless it was just begun and waits to be paid."""

    @classmethod
    def of(cls, purchase: DirectPurchase, parameters: dict[str, str] | None = None) -> PurchaseView:
        plain = {name: getattr(purchase, name) for name in cls.model_fields if name != "parameters"}
        return cls(**plain, parameters=parameters or {})
