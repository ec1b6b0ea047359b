"""What notifications tell themselves."""

from chalicelib.core.events import Event


class SendMessage(Event):
    """A message waits: send it. ``attempt``: the how-manieth time, from 0."""

    member_id: str
    message_id: str
    attempt: int = 0
