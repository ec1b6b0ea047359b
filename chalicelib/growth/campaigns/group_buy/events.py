"""What groups announce, and their deadlines."""

from chalicelib.core.events import Event


class GroupEvent(Event):
    """Names a group."""

    group_id: str


class DecideGroup(GroupEvent):
    """Look whether the group is complete or over: something changed, or its time has come."""


class GroupDecided(GroupEvent):
    """Complete or failed: the orders follow."""


class SettleSeat(GroupEvent):
    """The group is decided: do with the member's order what follows."""

    member_id: str


class EndGroups(Event):
    """A campaign was stopped: its open groups are decided now."""

    campaign_id: str
    again: bool = True
    """Once more later, for those that the index did not show yet."""
