"""Every night everybody is looked at: time moves stages, scores and rules about days."""

from __future__ import annotations

from chalicelib.core.jobs import job
from chalicelib.loyalty.segments.runs import service


@job("evaluate_segments")
def evaluate_segments() -> str:
    """Begin the walk; messages do it. Daily. :returns: the id of the run."""
    return service.start("job").id
