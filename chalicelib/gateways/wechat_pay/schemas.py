"""What WeChat Pay tells, typed. Unknown fields are ignored: the partner may add some any day."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field


class TradeState(StrEnum):
    """NOTPAY → SUCCESS or CLOSED; SUCCESS → REFUND (refunded at least in part)."""

    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    REFUND = "REFUND"
    REVOKED = "REVOKED"
    USERPAYING = "USERPAYING"
    PAYERROR = "PAYERROR"


class RefundState(StrEnum):
    """PROCESSING → SUCCESS, CLOSED (failed for good) or ABNORMAL (the buyer's account refused it: a person acts)."""

    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    ABNORMAL = "ABNORMAL"


class NoticeKind(StrEnum):
    """What a notice is about."""

    TRADE = "trade"
    REFUND = "refund"
    OTHER = "other"


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=False, populate_by_name=True, defer_build=True)


class Trade(_Told):
    """A payment at WeChat Pay. Amounts in fen.

    Compare ``total_amount``, ``currency``, ``merchant_id``, ``app_id`` and ``out_trade_no`` with the order
    before believing it; ``payer_amount`` is less than the total when the buyer used WeChat's coupons.
    """

    app_id: str = Field(validation_alias="appid")
    merchant_id: str = Field(validation_alias="mchid")
    out_trade_no: str
    state: TradeState = Field(validation_alias="trade_state")
    state_text: str = Field("", validation_alias="trade_state_desc")
    transaction_id: str | None = None
    trade_type: str = ""
    bank_type: str = ""
    attach: str = ""
    openid: str | None = Field(None, validation_alias=AliasPath("payer", "openid"))
    total_amount: int = Field(validation_alias=AliasPath("amount", "total"), strict=True)
    payer_amount: int | None = Field(None, validation_alias=AliasPath("amount", "payer_total"), strict=True)
    currency: str = Field("CNY", validation_alias=AliasPath("amount", "currency"))
    succeeded_at: datetime | None = Field(None, validation_alias="success_time")

    @property
    def paid(self) -> bool:
        """Money has come (and may have gone back since)."""
        return self.state in (TradeState.SUCCESS, TradeState.REFUND)


class Refund(_Told):
    """A refund at WeChat Pay. Amounts in fen. ``state`` SUCCESS alone means the money is back."""

    merchant_id: str | None = Field(None, validation_alias="mchid")
    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    refund_id: str
    state: RefundState = Field(validation_alias=AliasChoices("status", "refund_status"))
    account: str = Field("", validation_alias="user_received_account")
    total_amount: int = Field(validation_alias=AliasPath("amount", "total"), strict=True)
    refund_amount: int = Field(validation_alias=AliasPath("amount", "refund"), strict=True)
    created_at: datetime | None = Field(None, validation_alias="create_time")
    succeeded_at: datetime | None = Field(None, validation_alias="success_time")


class PayParameters(BaseModel):
    """What the mini-program hands to ``wx.requestPayment``, in its own spelling."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    timeStamp: str = Field(examples=["1732431600"])  # noqa: N815
    nonceStr: str = Field(examples=["5d1f0c0e8a2b4c6d"])  # noqa: N815
    package: str = Field(examples=["prepay_id=wx201410272009395522657a690389285100"])
    signType: str = "RSA"  # noqa: N815
    paySign: str = Field(examples=["oR9d8PuhnIc+YZ8cBHFCwfgpaK9gd7vaRvkYD7rt..."])  # noqa: N815


class Resource(_Told):
    """The encrypted part of a notice."""

    algorithm: str
    nonce: str
    ciphertext: str
    associated_data: str | None = None
    original_type: str = ""


class Envelope(_Told):
    """A notice as it comes: the event in clear, its subject encrypted."""

    id: str = Field(min_length=1, max_length=64)
    event_type: str
    create_time: datetime | None = None
    summary: str = ""
    resource_type: str = ""
    resource: Resource


class Notice(BaseModel):
    """A notice that is proven to come from WeChat Pay, now. The same ``id`` may come many times."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: str
    kind: NoticeKind
    event_type: str
    created_at: datetime | None
    trade: Trade | None = None
    refund: Refund | None = None
    subject: dict[str, Any] = Field(default_factory=dict, repr=False)
