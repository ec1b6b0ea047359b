"""What a kind of notice is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Value = str | int | datetime
"""A text, a number or fen, a time."""


class Type(StrEnum):
    """What a variable holds, and so which keywords of a template can take it."""

    TEXT = "text"
    NAME = "name"
    """A person's."""
    CODE = "code"
    """Digits, letters, signs: an order number, a waybill."""
    NUMBER = "number"
    AMOUNT = "amount"
    """Fen."""
    TIME = "time"


class Moment(StrEnum):
    """When the mini-program asks for the buyer's agreement; WeChat allows it after a tap or a payment only."""

    PAY = "pay"
    """With the tap on "pay", or right after it."""
    AFTER_SALE = "after_sale"
    CLAIM = "claim"
    """With the tap that claims a coupon."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that a notice can say. *label* is for staff, *example* for the preview."""

    type: Type
    label: str
    example: Value


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice. *name* is its key in the map ``notice_kinds`` of extensions.py, and never changes.

    *page* is opened by the message: ``{order_id}`` stands for one of *links*. *fields*: the keywords it suggests for
    a template of WeChat's library, and the variables in them.
    """

    name: str
    title: str
    moment: Moment
    page: str
    links: tuple[str, ...]
    variables: Mapping[str, Variable]
    fields: Mapping[str, str]
    is_over: Callable[[str, str], bool] | None = None
    """Asked right before it is sent, with the member and the group: whether it is not true any more (a used coupon)."""
    waits_for_day: bool = False
    """It is not urgent: nobody is woken for it."""
