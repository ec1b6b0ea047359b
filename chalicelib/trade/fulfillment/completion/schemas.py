"""What goes in and out of completing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.trade.fulfillment.completion.models import Receipt
from chalicelib.trade.orders.models import OrderStatus


class WechatReceipt(Schema):
    """What `wx.openBusinessView({businessType: "weappOrderConfirm", extraData})` wants as `extraData`."""

    transaction_id: str
    merchant_id: str
    merchant_trade_no: str


class ReceiptView(Schema):
    """How far the receipt of an order is."""

    status: OrderStatus
    complete_by: datetime | None
    """When a shipped order completes by itself, unless a parcel is on its way or in trouble."""
    may_extend: bool
    """More time can be asked for, once."""
    completed_at: datetime | None
    wechat: WechatReceipt | None
    """Confirm in WeChat first, where the order was paid there: the shop gets its money then, not days later."""


class HeldView(Schema):
    """An order that does not complete by itself: a parcel is in trouble, or never arrived."""

    order_id: str
    number: str
    member_id: str
    held_at: datetime

    @classmethod
    def of(cls, receipt: Receipt) -> HeldView:
        return cls(**{name: getattr(receipt, name) for name in cls.model_fields})


class CompleteOrder(Schema):
    """``POST /admin/orders/{number}/complete``."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]
    """For the notes of the order."""
