"""What happens to stored value."""

from chalicelib.core.events import Event


class PrincipalReturned(Event):
    """Principal of a top-up is on its way back: from *before_amount* on, *amount* more. What came with it goes too."""

    member_id: str
    top_up_id: str
    before_amount: int
    amount: int


class ToppedUp(Event):
    """A top-up is paid and in the wallet."""

    member_id: str
    top_up_id: str
    amount: int
    gift_amount: int
