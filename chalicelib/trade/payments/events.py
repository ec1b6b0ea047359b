"""What happens to payments."""

from chalicelib.core.events import Event


class PaymentSucceeded(Event):
    """Money has come. ``late``: the order could not be paid any more, a refund of all of it is on its way."""

    member_id: str
    order_id: str
    payment_id: str
    tender: str
    amount: int
    late: bool


class CheckPayment(Event):
    """Deadline: ask the channel about a payment of which nothing was heard. ``check``: the how-manieth time, from 0."""

    payment_id: str
    check: int = 0
