"""Deadlines on the way to completion, and what WeChat tells of it."""

from datetime import datetime

from chalicelib.core.events import Event
from chalicelib.trade.orders.events import OrderEvent


class CompleteByTime(OrderEvent):
    """Deadline: complete the order unless a parcel is on its way or in trouble."""


class RemindOfReceipt(OrderEvent):
    """Deadline: the order completes soon, at ``complete_by``, unless that has changed."""

    complete_by: datetime


class ReceiptDue(OrderEvent):
    """All goods have arrived and the order completes by itself at ``complete_by``: the buyer may like to know."""

    complete_by: datetime


class SettlementHeard(Event):
    """WeChat says something of a payment's settlement; what, it is asked. ``attempt``: the how-manieth time, from 0."""

    merchant_id: str
    payment_id: str
    transaction_id: str
    attempt: int = 0
