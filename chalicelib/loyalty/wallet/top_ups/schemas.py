"""Top-ups, in and out."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.loyalty.wallet.models import TopUp, TopUpStatus


class StartTopUp(Schema):
    """``POST /me/wallet/top-ups``."""

    plan_id: Id


class TopUpView(Schema):
    """A top-up."""

    id: Id
    plan_id: Id
    status: TopUpStatus
    amount: Fen
    gift_amount: Fen
    created_at: datetime
    expires_at: datetime
    succeeded_at: datetime | None
    parameters: dict[str, str]
    """For ``wx.requestPayment``, as they are; empty unless it was just begun and waits to be paid."""

    @classmethod
    def of(cls, top_up: TopUp, parameters: dict[str, str] | None = None) -> TopUpView:
        plain = {name: getattr(top_up, name) for name in cls.model_fields if name != "parameters"}
        return cls(**plain, parameters=parameters or {})
