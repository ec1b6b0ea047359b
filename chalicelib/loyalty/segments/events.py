"""What happens with segments."""

from chalicelib.core.events import Event


class WalkMembers(Event):
    """The next page of a part of a run."""

    run_id: str
    part: int
    step: int = 0
