"""The protocol by which money comes and goes. Payments knows this, and never a channel by name."""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.core.plugs import PlugList
from chalicelib.core.transaction import Transaction
from chalicelib.trade.payments.errors import TenderUnavailable
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus


class Channel(StrEnum):
    """A payment as its channel sees it."""

    NONE = "none"
    """The channel never heard of it."""
    NOT_PAID = "not_paid"
    PAID = "paid"
    CLOSED = "closed"
    REFUNDED = "refunded"
    """Paid, and given back at least in part."""


@dataclass(frozen=True)
class ChannelState:
    """What a channel says of a payment; when paid, already compared with the payment, field by field."""

    state: Channel
    transaction_id: str | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True)
class RefundAnswer:
    """What a channel says of a refund, already compared with it."""

    status: RefundStatus
    channel_refund_id: str
    succeeded_at: datetime | None = None
    accepted_at: datetime | None = None
    """When the channel took it on; a notice does not tell."""


class AlreadyPaid(Exception):
    """The channel took the money before: ask it (``query``)."""


class Unusable(Exception):
    """Nobody can pay under this number any more: settle it, begin another."""


class Payable(Protocol):
    """What a channel takes money for: a payment of an order, or something of a higher floor that is not an order."""

    @property
    def id(self) -> str:
        """The number that the channel knows it by: 6 to 32 characters, unique for ever."""

    @property
    def channel_amount(self) -> int: ...
    @property
    def description(self) -> str: ...
    @property
    def openid(self) -> str: ...
    @property
    def expires_at(self) -> datetime: ...


class Refundable(Protocol):
    """What a channel took money for, some of which may go back."""

    @property
    def id(self) -> str: ...
    @property
    def channel_amount(self) -> int: ...
    @property
    def member_id(self) -> str: ...
    @property
    def order_id(self) -> str: ...
    @property
    def tender(self) -> str: ...


class Tender(Protocol):
    """A way to pay. The list of tenders is in ``chalicelib/extensions.py``.

    Every method may be called any number of times for the same payment or refund, and does its work once. All
    raise :class:`~chalicelib.core.http.PartnerError` when the channel does not do what was asked.
    """

    name: str

    def prepare(self, payment: Payable) -> dict[str, str]:
        """Open the payment at the channel: what the buyer's client needs in order to pay it.

        :raises AlreadyPaid: too late. :raises Unusable: it is closed there, or known with other parameters.
        """

    def query(self, payment: Payable) -> ChannelState:
        """The payment as the channel sees it now."""

    def close(self, payment: Payable) -> None:
        """From now on nobody can pay it. Closed already, or unknown there: fine. :raises AlreadyPaid: too late."""

    def refund(self, refund: Refund) -> RefundAnswer:
        """Ask for money to go back, under the refund's own number."""

    def query_refund(self, refund: Refund) -> RefundAnswer:
        """The refund as the channel sees it now."""


class AccountTender(Protocol):
    """An account of the mall's own that pays a part of an order, beside a channel or alone.

    Each method reads the member's account and adds to *tx* one posting under *cause*, which is made once however often
    it is tried. :raises AccountMoved: (at commit) read and post again. :raises AlreadyPosted: (at commit) it was.
    """

    name: str

    def available(self, member_id: str) -> int:
        """What the member could pay with it now, fen; zero when it is switched off."""

    def hold(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        """Take *amount*. :raises DomainError: it is not there, or may not be used; at once, for the buyer to read."""

    def release(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        """The payment *cause* was never made: what it held is back as it was."""

    def refund(self, tx: Transaction, member_id: str, payment_id: str, amount: int, cause: str) -> None:
        """*amount* of what *payment_id* held goes back. Never refused: also to an account that is switched off.

        :raises AccountMoved: also at once, when less is left of it: the payment was read before another refund of it.
        """


tenders: MutableSequence[Tender] = PlugList("tenders")
"""Filled by ``chalicelib/extensions.py``."""

accounts: MutableSequence[AccountTender] = PlugList("account_tenders")
"""The same."""


def account(name: str) -> AccountTender:
    """The account tender of that name. :raises TenderUnavailable: there is none."""
    for each in accounts:
        if each.name == name:
            return each
    raise TenderUnavailable()


def named(name: str) -> Tender:
    """The tender of that name. :raises TenderUnavailable: the shop does not offer it."""
    for each in tenders:
        if each.name == name:
            return each
    raise TenderUnavailable()
