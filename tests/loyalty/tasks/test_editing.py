"""Staff write tasks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Client, Cloud
from tests.loyalty.factories import Counter, staff
from tests.loyalty.tasks.factories import numbers_of, task
from tests.loyalty.tasks.test_center import claim, share

PLAN: dict[str, Any] = {
    "title": "每日分享",
    "kind": "share",
    "period": "daily",
    "target": 2,
    "reward": {"points": 20},
    "starts_at": "2026-11-24T00:00:00+08:00",
    "ends_at": "2026-12-24T00:00:00+08:00",
}


@pytest.fixture
def desk(cloud: Cloud, frozen: Any, http: Client) -> Client:
    return staff(http, "tasks.read", "tasks.write")


def test_the_life_of_a_task(desk: Client, cloud: Cloud) -> None:
    made = desk.post("/admin/tasks", json={"plan": PLAN}).ok()
    path = f"/admin/tasks/{made['id']}"
    assert (made["status"], desk.get(path).ok()) == ("draft", made)
    weekly = {**PLAN, "period": "weekly"}
    assert desk.put(path, json={"plan": weekly, "version": 1}).ok()["plan"]["period"] == "weekly"
    with cloud.unchanged():
        assert desk.put(path, json={"plan": PLAN, "version": 1}).code == "task_edited"
        assert desk.post(f"{path}/status", json={"status": "stopped", "version": 2}).code == "task_edited"
        assert desk.post(f"{path}/status", json={"status": "active", "version": 1}).code == "task_edited"
    assert desk.post(f"{path}/status", json={"status": "active", "version": 2}).ok()["status"] == "active"
    with cloud.unchanged():
        assert desk.put(path, json={"plan": PLAN, "version": 3}).code == "task_fixed"
        assert desk.delete(path, query={"version": 3}).code == "task_edited"
    assert desk.put(path, json={"plan": {**weekly, "target": 9}, "version": 3}).ok()["version"] == 4
    desk.post(f"{path}/status", json={"status": "stopped", "version": 4}).ok()
    with cloud.unchanged():
        assert desk.delete(path, query={"version": 4}).code == "task_edited"
    assert [each["id"] for each in desk.get("/admin/tasks").ok()["items"]] == [made["id"]]
    assert desk.delete(path, query={"version": 5}).status == 204
    for reply in (desk.get(path), desk.put(path, json={"plan": PLAN, "version": 5}), desk.get(f"{path}/days")):
        assert reply.status in (404, 422)
    assert desk.get("/admin/tasks").ok()["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": "2026-11-24T00:00:00+08:00"},
        {"kind": "register"},
        {"kind": "register", "period": "once"},
        {"kind": "complete_profile", "period": "once", "target": 1},
        {"fields": ["nickname"]},
        {"kind": "custom"},
        {"word": "x"},
        {"reward": {}},
        {"reward": {"points": 1_000_001}},
        {"reward": {"make_up_cards": 11}},
        {"target": 0},
        {"target": 100_000_001},
        {"starts_at": "1999-01-01T00:00:00Z"},
        {"title": ""},
        {"page": "pages/中文"},
    ],
)
def test_plans_that_make_no_sense(desk: Client, cloud: Cloud, wrong: Any) -> None:
    with cloud.unchanged():
        assert desk.post("/admin/tasks", json={"plan": {**PLAN, **wrong}}).status == 422


def test_a_template_that_is_not_there(desk: Client, cloud: Cloud) -> None:
    wrong = {**PLAN, "reward": {"coupon_templates": ["cpt_x"]}}
    with cloud.unchanged():
        assert desk.post("/admin/tasks", json={"plan": wrong}).code == "coupon_template_not_found"


def test_no_more_than_there_is_room_for(desk: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.loyalty.tasks.center.service.MAX_ACTIVE", 1)
    monkeypatch.setattr("chalicelib.loyalty.tasks.center.editing.service.MAX_TASKS", 2)
    task("share")
    second = desk.post("/admin/tasks", json={"plan": PLAN}).ok()
    with cloud.unchanged():
        assert desk.post("/admin/tasks", json={"plan": PLAN}).code == "too_many_tasks"
        body = {"status": "active", "version": 1}
        assert desk.post(f"/admin/tasks/{second['id']}/status", json=body).code == "too_many_tasks"


def test_numbers(desk: Client, counter: Counter, drain: Any) -> None:
    stored = task("share")
    share(counter).ok()
    claim(counter, stored).ok()
    drain(twice=True)
    assert numbers_of(stored) == (1, 1)
    path = f"/admin/tasks/{stored.id}/days"
    shown = desk.get(path, query={"first": "2026-11-24", "last": "2026-11-24"}).ok()
    assert shown == {"items": [{"day": "2026-11-24", "finished": 1, "claimed": 1}]}
    assert desk.get(path, query={"first": "2026-11-22", "last": "2026-11-23"}).ok() == {"items": []}
    assert desk.get(path, query={"first": "2026-11-25", "last": "2026-11-24"}).status == 422
    assert desk.get("/admin/tasks/tsk_x/days", query={"first": "2026-11-24", "last": "2026-11-24"}).status == 404


def test_many_at_once_make_one_transaction(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise behind MAX_ACTIVE: an event that finishes every task still fits."""
    from chalicelib.core import clock
    from chalicelib.core.transaction import Transaction
    from chalicelib.loyalty.tasks.center import service
    from chalicelib.loyalty.tasks.center.service import Doing

    for _ in range(service.MAX_ACTIVE):
        task("friend_visits")
    with Transaction() as tx:
        assert service.count(tx, Doing(counter.shopper.id, clock.now(), lambda _: 1, "mbr_friend"))
    assert [each["state"] for each in counter.buyer.get("/me/tasks").ok()["items"]] == ["finished"] * 30
