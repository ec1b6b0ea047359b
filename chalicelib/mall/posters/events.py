"""What posters ask of their worker."""

from __future__ import annotations

from chalicelib.core.events import Event


class PosterWanted(Event):
    """A poster is to be drawn. ``attempt`` counts the tries of one ``round`` of asking."""

    owner: str
    poster_id: str
    round: int = 1
    attempt: int = 1
