"""Top-ups, in and out."""

from __future__ import annotations

from typing import Any

from chalicelib.core.schemas import Count, Fen, Id, Schema
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.purchases.schemas import PurchaseView


class StartTopUp(Schema):
    """``POST /me/wallet/top-ups``."""

    plan_id: Id


class Terms(Schema):
    """What a top-up was promised, as its plan was when it began."""

    plan_id: Id
    gift_amount: Fen = 0
    template_id: str | None = None
    points: Count = 0
    growth: Count = 0
    day: str
    """The business day in whose limit it counts."""


class TopUpView(PurchaseView):
    """A top-up."""

    plan_id: Id
    gift_amount: Fen

    @classmethod
    def of(cls, purchase: DirectPurchase, parameters: dict[str, str] | None = None) -> TopUpView:
        terms: dict[str, Any] = {name: purchase.terms[name] for name in ("plan_id", "gift_amount")}
        return cls(**PurchaseView.of(purchase, parameters).model_dump(), **terms)
