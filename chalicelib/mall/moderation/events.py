"""What happens to content that is being checked."""

from __future__ import annotations

from chalicelib.core.events import Event


class CheckContent(Event):
    """WeChat is to be asked, for the how-manieth time."""

    check_id: str
    attempt: int = 0


class PictureHeard(Event):
    """Of a picture the question or the verdict was written down: perhaps both are there now."""

    trace_id: str


class PicturePassed(Event):
    """WeChat has nothing against a picture: perhaps it was the last one."""

    check_id: str


class ContentJudged(Event):
    """What is thought of a subject. ``unreachable`` may be followed by another verdict: WeChat is asked again.

    ``verdict``: ``passed``, ``review``, ``risky``, ``unreachable``.
    """

    subject: str
    verdict: str
