"""Staff: walk through all members now, or count who fits a rule."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.segments.errors import RunNotFound
from chalicelib.loyalty.segments.runs import service
from chalicelib.loyalty.segments.runs.schemas import ListRuns, RunDetail, RunView, StartRun
from chalicelib.mall.identity.service import Staff

api = Api("segment_runs", title="人群 Segments (staff)")


@api.post("/admin/segment-runs", status=201, permission="segments.write")
def start_run(staff: Staff, body: StartRun) -> RunDetail:
    """Begin a walk through all members, in the background; with a rule it only counts who fits."""
    return service.start(staff.staff_id, body.rule)


@api.get("/admin/segment-runs", permission="segments.read")
def list_runs(staff: Staff, query: ListRuns) -> Page[RunView]:
    """List walks, newest first."""
    return service.find(query)


@api.get("/admin/segment-runs/{run_id}", permission="segments.read", raises=[RunNotFound])
def show_run(staff: Staff, run_id: str) -> RunDetail:
    """Show how far a walk is, and what it found."""
    return service.show(run_id)
