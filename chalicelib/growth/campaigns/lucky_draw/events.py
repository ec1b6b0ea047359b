"""What draws announce, and their deadlines."""

from chalicelib.core.events import Event


class DrawWon(Event):
    """More than thanks."""

    member_id: str
    draw_id: str


class LapseGoods(Event):
    """Deadline: goods that were won are to be ordered by now."""

    member_id: str
    draw_id: str
