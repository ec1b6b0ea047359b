"""What happens to deposits, and their deadlines."""

from chalicelib.core.events import Event


class DepositEvent(Event):
    """Names a deposit: ``member_id`` and ``deposit_id`` together are its key."""

    member_id: str
    deposit_id: str
    campaign_id: str


class DepositPaid(DepositEvent):
    """Its money is there: the pieces wait for the member."""


class DepositRefused(DepositEvent):
    """Its money came when it could no longer be had: it goes back."""


class DepositEnded(DepositEvent):
    """Nobody ordered in time, or the merchant ended it. ``status``: `kept` or `refunded`."""

    status: str


class RemindBalance(DepositEvent):
    """Deadline: the balance can be paid; ``last``: not much longer."""

    last: bool = False


class LapseDeposit(DepositEvent):
    """Deadline: what is not ordered now is kept or refunded."""


class FreeDeposit(DepositEvent):
    """Deadline: the pieces of a deposit that was returned with its order are back by now."""


class RefundDeposits(Event):
    """The merchant ended a campaign: every deposit that waits goes back, a page a message."""

    campaign_id: str
    cursor: str | None = None
    again: bool = True
    """Once more later, for those that the index did not show yet."""
