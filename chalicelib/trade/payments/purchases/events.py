"""What happens to purchases. Their kinds announce what they mean."""

from chalicelib.core.events import Event


class CheckPurchase(Event):
    """Deadline: ask the channel about a purchase that has not ended. ``check``: the how-manieth time, from 0."""

    purchase_id: str
    check: int = 0
