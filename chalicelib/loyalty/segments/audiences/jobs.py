"""Audiences that are made anew by themselves."""

from __future__ import annotations

from chalicelib.core.errors import DomainError
from chalicelib.core.jobs import job
from chalicelib.loyalty.segments.audiences import service


@job("refresh_audiences")
def refresh_audiences() -> dict[str, int]:
    """Begin a list of each audience whose day it is, unless one was begun today. Daily.

    :returns: how many were begun, and how many could not be: busy, or their segment has no members.
    """
    begun = skipped = 0
    for audience_id in service.due_today():
        try:
            service.refresh(audience_id, "job")
            begun += 1
        except DomainError:
            skipped += 1
    return {"begun": begun, "skipped": skipped}
