"""What is announced about links."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.events import Event


class LinkVisited(Event):
    """A link was opened; by a member, or by somebody who is not logged in."""

    code: str
    at: datetime
    member_id: str | None = None
