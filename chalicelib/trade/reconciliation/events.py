"""What happens to a day's comparison."""

from chalicelib.core.events import Event


class CompareDay(Event):
    """The next step of a day is due."""

    day: str
    run: int
    step: int


class DayReconciled(Event):
    """A day was compared as a whole. ``new``: differences that nobody has seen before."""

    day: str
    found: int
    new: int = 0
