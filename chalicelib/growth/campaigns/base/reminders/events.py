"""Deadlines of reminders."""

from chalicelib.core.events import Event


class RemindMembers(Event):
    """Deadline: it begins soon. ``version``: of the campaign as it was promised; of another one it means nothing."""

    campaign_id: str
    session: str = ""
    version: int


class RemindSome(RemindMembers):
    """The next of those who asked, in one shard."""

    shard: int
    cursor: str = ""
