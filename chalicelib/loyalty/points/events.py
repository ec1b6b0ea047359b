"""What happens to points."""

from chalicelib.core.events import Event


class ReleasePoints(Event):
    """Deadline: what an order earned is free, as far as it is still there."""

    member_id: str
    order_id: str


class ExpirePoints(Event):
    """A member's points of a month are over."""

    member_id: str
    month: str


class PointsExpiring(Event):
    """A member's points of a month end soon."""

    member_id: str
    month: str


class InvitationDue(Event):
    """Deadline: nothing of a friend's order can be returned any more."""

    member_id: str
    order_id: str


class InvitationFulfilled(Event):
    """A friend whom ``member_id`` brought has bought something and kept it. Each of their orders says so."""

    member_id: str
    friend_id: str
    order_id: str


class PointsEarned(Event):
    """A member has more points. ``kind``: what for."""

    member_id: str
    kind: str
    cause: str
    points: int
