"""Every change by staff is on record, in the transaction that made it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.api import Request
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.errors import Changed
from chalicelib.mall.identity.members.models import IdentityKey
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.models import staff_id
from chalicelib.mall.identity.staff.operations import service as operations
from tests.harness import Client, Cloud, MovableClock
from tests.mall.identity.factories import PASSWORD, clerk, owner

ROLE = {"name": "客服", "permissions": ["catalog.read"]}


@pytest.fixture
def boss(http: Client, frozen: MovableClock) -> Client:
    return http.as_(owner())


def _log(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = client.get("/admin/operations", query=query).ok()["items"]
    return answer


def test_a_change_is_found_by_day_by_person_and_by_thing(boss: Client, frozen: MovableClock, cloud: Cloud) -> None:
    made = boss.post("/admin/roles", json=ROLE)
    role_id = made.json["id"]
    boss.put(f"/admin/roles/{role_id}", json=ROLE).ok()
    second, first = _log(boss)
    assert (
        first.items()
        >= {
            "method": "POST",
            "path": "/admin/roles",
            "target": None,
            "staff_id": staff_id("boss"),
            "staff_name": "店主",
            "ip": "127.0.0.1",
            "request_id": made.headers["x-request-id"],
        }.items()
    )
    assert json.loads(first["summary"]) == ROLE
    assert (second["method"], second["target"], second["digest"]) == ("PUT", role_id, first["digest"])
    assert _log(boss, target=role_id) == [second]
    assert _log(boss, staff_id=staff_id("boss")) == [second, first]
    assert _log(boss, day="2026-11-24") == [second, first]
    assert _log(boss, day="2026-11-23") == []
    assert _log(boss, staff_id="stf_other") == []
    frozen.move(days=1)
    assert _log(boss.as_(owner())) == []


def test_the_log_has_pages(boss: Client) -> None:
    for _ in range(5):
        boss.post("/admin/roles", json=ROLE).ok()
    page = boss.get("/admin/operations", query={"limit": 3}).ok()
    rest = boss.get("/admin/operations", query={"limit": 3, "cursor": page["cursor"]}).ok()
    ids = [each["id"] for each in page["items"] + rest["items"]]
    assert len(set(ids)) == 5
    assert ids == sorted(ids, reverse=True)
    assert rest["cursor"] is None


def test_what_is_refused_is_not_on_record(boss: Client, http: Client, cloud: Cloud) -> None:
    looker = http.as_(clerk("operations.read"))
    with cloud.unchanged():
        boss.post("/admin/roles", json={"name": "x", "permissions": ["no.such"]})
        boss.post("/admin/roles", json={"nonsense": 1})
        looker.post("/admin/roles", json=ROLE)
        assert http.get("/admin/operations").status == 401
        assert looker.get("/admin/operations", query={"day": "2026-11-24", "target": "x"}).status == 422
        assert looker.get("/admin/operations", query={"day": "yesterday"}).status == 422
    assert _log(looker) == []


def test_record_and_change_stand_or_fall_together(cloud: Cloud, frozen: MovableClock) -> None:
    staff = Staff("stf_1", "李雷", frozenset({"*"}))
    request = Request("PUT", "/admin/products/prd_1", {}, {}, b"{}", "10.0.0.1", "req_1")
    key = IdentityKey(key="k", member_id="mbr_1")
    refused = Transaction()
    refused.put(key, only_if=IdentityKey.key.exists(), otherwise=Changed())
    staff.witness(refused, request)
    with cloud.unchanged(), pytest.raises(Changed):
        refused.commit()
    with Transaction() as tx:
        tx.put(key)
        staff.witness(tx, request)
    (row,) = cloud.items("operations")
    assert (row["target"], row["day"]) == ({"S": "prd_1"}, {"S": clock.today().isoformat()})


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/admin/products", None),
        ("/admin/products/", None),
        ("/admin/products/prd_1", "prd_1"),
        ("/admin/products/prd_1/skus/sku_2", "prd_1"),
    ],
)
def test_the_thing_is_what_the_path_names(path: str, target: str | None) -> None:
    assert operations.target_of(path) == target


@pytest.mark.parametrize(
    ("kind", "body", "summary"),
    [
        ("application/json", b'{"password":"p","a":{"new_password":"q","b":[{"phone":"138"}],"c":1}}', None),
        ("application/json", b"not json", "application/json, 8 bytes"),
        ("text/csv; charset=utf-8", b"name,phone\nx,138\n", "text/csv, 17 bytes"),
        ("application/json", b"[" * 100_000, "application/json, 100000 bytes"),
        ("application/json", b'{"name":"\\ud800"}', '{"name": "?"}'),
        ("application/json", json.dumps({"detail_html": "x" * 5000}).encode(), "x" * 100),
    ],
)
def test_secrets_and_persons_stay_out_of_the_log(
    cloud: Cloud, frozen: MovableClock, kind: str, body: bytes, summary: str | None
) -> None:
    request = Request("POST", "/admin/things", {"content-type": kind}, {}, body, "10.0.0.1", "req_1")
    with Transaction() as tx:
        operations.record(tx, request, staff_id="stf_1", staff_name="x")
    (row,) = cloud.items("operations")
    text = row["summary"]["S"]
    assert len(text) <= operations.MAX_SUMMARY
    if summary is None:
        assert json.loads(text) == {"password": "***", "a": {"new_password": "***", "b": [{"phone": "***"}], "c": 1}}
    else:
        assert summary in text
        assert "138" not in text.partition("sha256")[0]


def test_no_password_is_ever_stored(boss: Client, cloud: Cloud) -> None:
    person = {
        "username": "li.lei",
        "name": "李雷",
        "password": PASSWORD,
        "role_id": boss.post("/admin/roles", json=ROLE).json["id"],
    }
    boss.post("/admin/staff", json=person).ok()
    everything = str(cloud.snapshot())
    assert "li.lei" in everything
    assert PASSWORD not in everything
