"""Deadlines of telling WeChat, and what WeChat tells of shipping."""

from datetime import datetime

from chalicelib.core.events import Event
from chalicelib.trade.orders.events import OrderEvent


class TellWechat(OrderEvent):
    """Deadline: tell WeChat what has left, unless a later plan (``turn``) took over."""

    turn: str


class AskReceipt(OrderEvent):
    """Deadline: have WeChat ask the buyer to confirm the receipt. ``attempt``: the how-manieth, from 0."""

    attempt: int = 0


class TellAdvance(OrderEvent):
    """Deadline: tell WeChat of what was paid in advance what it knows of the order's payment. ``attempt``: from 0."""

    attempt: int = 0


class TellLateShipping(Event):
    """Deadline: tell WeChat that what a payment is for leaves later than usual. ``attempt``: from 0."""

    number: str
    transaction_id: str | None = None
    ship_by: datetime
    attempt: int = 0


class ShippingUrged(Event):
    """WeChat says that a payment of two days ago is not shipped."""

    merchant_id: str
    payment_id: str
    transaction_id: str
