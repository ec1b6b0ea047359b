"""What happens to memberships."""

from datetime import datetime

from chalicelib.core.events import Event


class LevelChanged(Event):
    """A member has another level. ``before``: empty for who had none yet."""

    member_id: str
    level: str
    before: str = ""


class LevelEnds(Event):
    """Deadline: the period of a level is over, it is decided again; unless it is another one by then."""

    member_id: str
    level: str
    ends_at: datetime
