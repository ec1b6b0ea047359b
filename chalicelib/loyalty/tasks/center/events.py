"""What happens in the task center."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.events import Event


class MemberDid(Event):
    """A member did what tasks of the kind ``custom`` may want. Any feature above announces it."""

    member_id: str
    what: str
    """The word that tasks name."""
    at: datetime
    times: int = 1


class TaskEvent(Event):
    """Names a member's progress."""

    member_id: str
    task_id: str
    period: str


class TaskFinished(TaskEvent):
    """The target is reached; the reward can be claimed."""


class TaskReopened(TaskEvent):
    """What was refunded is missing: it is not finished after all."""


class TaskClaimed(TaskEvent):
    """The member has the reward. ``at_once``: it was found finished only now."""

    at_once: bool = False
