"""WeChat's shipping information management (发货信息管理): what left for a payment, and whether it has arrived.

WeChat keeps a payment's money until it was told of the shipping and the buyer has confirmed the receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Any

from chalicelib.core.http import PartnerBroken, PartnerError
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.errors import QuotaUsedUp, WeChatMisconfigured

MOST_PARCELS = 15
DESCRIPTION_LENGTH = 120
CONTACT_NEEDED_BY = "SF"
"""The courier of which WeChat wants one of the two phone numbers, masked."""
UNKNOWN_PAYMENT = "10060001"

_ORDERS = "/wxa/sec/order"
_PRESALE = 1
_CHINA = timezone(timedelta(hours=8))


class Kind(IntEnum):
    """How goods reach the buyer, ``logistics_type``."""

    EXPRESS = 1
    SAME_CITY = 2
    VIRTUAL = 3
    PICKUP = 4


class Mode(IntEnum):
    """``delivery_mode``: under one number, or (express only) in up to 15 parcels, one upload after another."""

    UNIFIED = 1
    SPLIT = 2


class State(IntEnum):
    """``order_state`` of a payment."""

    TO_SHIP = 1
    SHIPPED = 2
    RECEIVED = 3
    FINISHED = 4
    REFUNDED = 5
    SETTLEMENT_PENDING = 6


class Advice(StrEnum):
    """What a refusal asks of us."""

    RETRY = "retry"
    """Later, the same may succeed."""
    DONE = "done"
    """WeChat has it already, or takes no more: see with :func:`ask` what it has."""
    STOP = "stop"
    """Nothing to be done about this payment."""
    BUG = "bug"
    """We said something wrong: a person must look."""


_RETRY = ("10060001", "10060012", "10060019", "268546002")  # an order that it does not know yet, twice
_DONE = ("10060002", "10060003", "10060023", "10060030")
_STOP = ("10060004", "10060028", "10060029", "10060032")
_ADVICE = {
    **dict.fromkeys(_RETRY, Advice.RETRY),
    **dict.fromkeys(_DONE, Advice.DONE),
    **dict.fromkeys(_STOP, Advice.STOP),
}


@dataclass(frozen=True, slots=True)
class PaymentKey:
    """A payment under WeChat Pay's number, or (when that is not known) under the merchant's."""

    transaction_id: str | None
    out_trade_no: str

    def order_key(self) -> dict[str, Any]:
        """The key as an upload names it."""
        if self.transaction_id:
            return {"order_number_type": 2, "transaction_id": self.transaction_id}
        merchant_id = settings().wechat_pay_merchant_id
        return {"order_number_type": 1, "mchid": merchant_id, "out_trade_no": self.out_trade_no}

    def flat(self) -> dict[str, Any]:
        """The key as all other calls name it."""
        if self.transaction_id:
            return {"transaction_id": self.transaction_id}
        return {"merchant_id": settings().wechat_pay_merchant_id, "merchant_trade_no": self.out_trade_no}


@dataclass(frozen=True, slots=True)
class ParcelInfo:
    """One entry of the shipping list. ``item_desc``: 1 to 120 characters. The rest: express only."""

    item_desc: str
    tracking_no: str | None = None
    company: str | None = None
    receiver_contact: str | None = None
    """Masked, the last four digits visible."""

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {"item_desc": self.item_desc}
        if self.tracking_no is not None:
            found |= {"tracking_no": self.tracking_no, "express_company": self.company}
        if self.receiver_contact is not None:
            found["contact"] = {"receiver_contact": self.receiver_contact}
        return found


@dataclass(frozen=True, slots=True)
class ShippingInfo:
    """All that has left for a payment so far: each upload replaces the one before."""

    key: PaymentKey
    openid: str
    kind: Kind
    mode: Mode
    all_delivered: bool
    parcels: tuple[ParcelInfo, ...]

    def document(self) -> dict[str, Any]:
        """The upload without its time: two that are equal tell the same."""
        split = {"is_all_delivered": self.all_delivered} if self.mode is Mode.SPLIT else {}
        return {
            "order_key": self.key.order_key(),
            "logistics_type": int(self.kind),
            "delivery_mode": int(self.mode),
            **split,
            "shipping_list": [parcel.document() for parcel in self.parcels],
            "payer": {"openid": self.openid},
        }


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment as the shipping management sees it."""

    transaction_id: str
    merchant_id: str
    out_trade_no: str
    state: State
    all_shipped: bool
    completions: int
    """How often its shipping was completed: 2 means that the one correction is used."""
    tracking_numbers: frozenset[str]

    @property
    def received(self) -> bool:
        """The buyer, or WeChat in the buyer's place, has confirmed the receipt."""
        return self.state in (State.RECEIVED, State.FINISHED)


def advice(error: PartnerError) -> Advice:
    """What *error*, raised by this module, asks of us."""
    # A used quota ends with the day, and a wrong configuration when a person has mended it.
    if error.retryable or isinstance(error, (QuotaUsedUp, WeChatMisconfigured)):
        return Advice.RETRY
    return _ADVICE.get(error.partner_code, Advice.BUG)


def upload(info: ShippingInfo, at: datetime) -> None:
    """Tell what has left. A payment whose shipping is complete takes one more upload, and no other.

    Not repeated after a lost answer: WeChat wants a newer time for each upload. Say it again, later.

    :param at: later than at the upload before.
    :raises PartnerError: see :func:`advice`.
    """
    document = {**info.document(), "upload_time": china_time(at)}
    client.post_with_token(f"{_ORDERS}/upload_shipping_info", document, idempotent=False)


def ask(key: PaymentKey) -> PaymentState:
    """What WeChat knows of a payment. :raises PartnerError: see :func:`advice`."""
    reply = client.post_with_token(f"{_ORDERS}/get_order", key.flat(), idempotent=True)
    try:
        return _payment_state(reply["order"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PartnerBroken(client.PARTNER, reason=f"get_order: {type(error).__name__}") from None


def remind_of_receipt(key: PaymentKey, received_at: datetime) -> None:
    """Have WeChat ask the buyer to confirm the receipt: express only, once for each payment.

    :param received_at: when it was signed for; after the shipping. :raises PartnerError: see :func:`advice`.
    """
    document = {**key.flat(), "received_time": int(received_at.timestamp())}
    client.post_with_token(f"{_ORDERS}/notify_confirm_receive", document, idempotent=False)


def announce_late(key: PaymentKey, ship_by: datetime) -> None:
    """Tell that what was paid leaves later than the 15 days that WeChat allows unasked: a presale, to it.

    :param ship_by: 15 to 330 days after the payment. :raises PartnerError: see :func:`advice`.
    """
    number = key.transaction_id or key.out_trade_no
    document = {"order_id": number, "type": _PRESALE, "delay_to": int(ship_by.timestamp())}
    client.post_with_token(f"{_ORDERS}/opspecialorder", document, idempotent=True)


def companies() -> dict[str, str]:
    """The couriers that an upload may name: ``delivery_id`` → name. :raises PartnerError:"""
    reply = client.post_with_token("/cgi-bin/express/delivery/open_msg/get_delivery_list", {}, idempotent=True)
    try:
        return {str(each["delivery_id"]): str(each["delivery_name"]) for each in reply["delivery_list"]}
    except (KeyError, TypeError) as error:
        raise PartnerBroken(client.PARTNER, reason=f"get_delivery_list: {type(error).__name__}") from None


def is_managed() -> bool:
    """Whether the service is switched on for this mini-program. :raises PartnerError:"""
    reply = client.post_with_token(f"{_ORDERS}/is_trade_managed", {"appid": settings().wechat_app_id}, idempotent=True)
    managed = reply.get("is_trade_managed")
    if not isinstance(managed, bool):
        raise PartnerBroken(client.PARTNER, reason="no is_trade_managed in the reply")
    return managed


def china_time(at: datetime) -> str:
    """``2026-11-22T13:29:35.120+08:00``."""
    return at.astimezone(_CHINA).isoformat(timespec="milliseconds")


def _payment_state(order: Mapping[str, Any]) -> PaymentState:
    shipping: Mapping[str, Any] = order.get("shipping") or {}
    listed = shipping.get("shipping_list") or []
    return PaymentState(
        transaction_id=str(order["transaction_id"]),
        merchant_id=str(order["merchant_id"]),
        out_trade_no=str(order["merchant_trade_no"]),
        state=State(order["order_state"]),
        all_shipped=shipping.get("finish_shipping") is True,
        completions=int(shipping.get("finish_shipping_count") or 0),
        tracking_numbers=frozenset(str(each["tracking_no"]) for each in listed if each.get("tracking_no")),
    )
