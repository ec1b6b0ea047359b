"""The rules of the house that a machine can hold."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.core import events, jobs
from chalicelib.core.front import resource_of

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "chalicelib").rglob("*.py"))
ROOMS = {
    *("__init__", "routes", "admin", "hooks", "schemas", "models", "service", "errors", "events"),
    *("subscribers", "jobs", "adjuster", "tender"),
}


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def rooms(*names: str) -> set[str]:
    return {module(path) for path in SOURCES if path.stem in names and "core" not in path.parts}


def test_every_room_is_wired():
    assert rooms("routes", "admin", "hooks") == set(wiring.ROUTES)
    assert rooms("subscribers") == set(wiring.SUBSCRIBERS)
    assert rooms("jobs") | {"chalicelib.core.backfill"} == set(wiring.JOBS)


def test_features_have_the_usual_rooms_only():
    odd = [
        path for path in SOURCES if {"mall", "trade", "loyalty", "growth"} & set(path.parts) and path.stem not in ROOMS
    ]
    assert odd == []


def test_every_job_has_its_clock_and_every_clock_its_job():
    import app

    scheduled = {source.name for source in app.app.event_sources if hasattr(source, "schedule_expression")}
    assert scheduled == set(jobs.names())


def test_every_reaction_has_a_queue_that_somebody_reads():
    import app
    from chalicelib.core.settings import settings

    read = {source.queue for source in app.app.event_sources if hasattr(source, "queue")}
    wanted = {settings().table_prefix + subscriber.queue for subscriber in events.all_subscribers()}
    assert wanted <= read


def test_app_is_a_table_of_contents():
    assert len((ROOT / "app.py").read_text().splitlines()) < 150


def test_api_gateway_has_room():
    """300 resources (path nodes) is the default quota of a REST API; the staff's routes come by one."""
    nodes = set()
    for operation in wiring.operations():
        parts = resource_of(operation.path).strip("/").split("/")
        nodes |= {"/".join(parts[: i + 1]) for i in range(len(parts))}
    assert len(nodes) < 300


def test_staff_routes_check_a_permission_and_hooks_and_buyers_are_told_apart():
    open_doors = {("POST", "/admin/sessions")}
    for operation in wiring.operations():
        name = (operation.method, operation.path)
        if operation.path.startswith("/admin/"):
            assert name in open_doors or (operation.actor and operation.actor.scheme == "staff"), name
            personal = operation.path.startswith("/admin/me")
            assert name in open_doors or personal or operation.permission, name
        elif operation.actor:
            assert operation.actor.scheme == "buyer", name
        if operation.path.startswith("/me") or operation.path.startswith("/orders"):
            assert operation.actor, name


def test_every_view_tells_what_it_does():
    for operation in wiring.operations():
        assert operation.view.__doc__, (operation.method, operation.path)


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_sizes(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350, "a service past that is two features"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is too long"


def test_nobody_else_asks_what_time_it_is():
    """One injected clock: tests move it, and every promise about time goes through it."""
    allowed = {"chalicelib.core.clock"}
    guilty = [
        module(path)
        for path in SOURCES
        if module(path) not in allowed
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("utcnow", "today", "now")
        and ast.unparse(node.value) in ("datetime", "date")
    ]
    assert guilty == []


def test_events_can_be_read_by_the_next_release():
    """Every event is a flat document that survives the queue."""
    for subscriber in events.all_subscribers():
        assert import_module(subscriber.kind.__module__), subscriber.name
        assert subscriber.kind.model_config["extra"] == "ignore"


def test_permissions_are_known_and_used():
    from chalicelib.mall.identity.staff.models import PERMISSIONS

    asked = {operation.permission for operation in wiring.operations() if operation.permission}
    assert asked <= set(PERMISSIONS), "a route asks for what no role can hold"


def test_the_reference_is_current():
    from infra.local import reference

    assert reference.text() == reference.COPY.read_text(encoding="utf-8"), "make openapi"


def test_the_index_is_current():
    from infra.local import index

    assert index.text() == wiring.INDEX.read_text(encoding="utf-8"), "make openapi"
