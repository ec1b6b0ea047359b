"""Accounts and roles: nobody gives, takes or touches what they do not hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.mall.identity.staff.models import OWNER, PERMISSIONS, TEAM, Role, staff_id
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.mall.identity.factories import PASSWORD, clerk, log_in, owner, token_of


@pytest.fixture
def boss(http: Client, frozen: MovableClock) -> Client:
    return http.as_(owner())


@pytest.fixture
def manager(http: Client, boss: Client) -> Client:
    """May manage staff and look at the catalog."""
    return http.as_(clerk("staff.read", "staff.write", "catalog.read", username="manager"))


def _role(client: Client, *permissions: str, name: str = "客服") -> str:
    answer: str = client.post("/admin/roles", json={"name": name, "permissions": permissions}).ok()["id"]
    return answer


def _person(role_id: str, username: str = "li.lei") -> dict[str, Any]:
    return {"username": username, "name": "李雷", "password": PASSWORD, "role_id": role_id}


def _holders(role_id: str) -> int:
    role = Role.find(TEAM, role_id, consistent=True)
    assert role is not None
    return role.holders


def test_a_role_and_somebody_who_has_it(boss: Client, http: Client, cloud: Cloud) -> None:
    role_id = _role(boss, "catalog.read", "members.read", "catalog.read")
    made = boss.post("/admin/staff", json=_person(role_id))
    assert made.status == 201
    assert "password" not in made.text
    lei = http.as_(token_of("li.lei"))
    assert lei.get("/admin/me").ok()["permissions"] == ["catalog.read", "members.read"]
    assert lei.get("/admin/members", query={"openid": "o"}).status == 200
    assert (lei.get("/admin/staff").status, lei.get("/admin/staff").code) == (403, "forbidden")
    assert [each["username"] for each in boss.get("/admin/staff").ok()["items"]] != []
    roles = {each["id"]: each for each in boss.get("/admin/roles").ok()["items"]}
    assert roles[OWNER]["built_in"] is True
    assert (roles[role_id]["holders"], roles[role_id]["permissions"]) == (1, ["catalog.read", "members.read"])
    assert {each["name"] for each in boss.get("/admin/permissions").ok()["items"]} == set(PERMISSIONS)


def test_rights_are_taken_away_at_once(boss: Client, http: Client, cloud: Cloud) -> None:
    role_id = _role(boss, "catalog.read", "members.read")
    account_id = boss.post("/admin/staff", json=_person(role_id)).ok()["id"]
    lei = http.as_(token_of("li.lei"))
    boss.put(f"/admin/roles/{role_id}", json={"name": "客服", "permissions": ["catalog.read"]}).ok()
    assert lei.get("/admin/members", query={"openid": "o"}).status == 403
    other = _role(boss, "members.read", name="会员")
    boss.patch(f"/admin/staff/{account_id}", json={"role_id": other}).ok()
    assert lei.get("/admin/members", query={"openid": "o"}).status == 200
    assert (_holders(role_id), _holders(other)) == (0, 1)
    boss.patch(f"/admin/staff/{account_id}", json={"active": False}).ok()
    assert lei.get("/admin/me").status == 401
    assert _holders(other) == 0
    boss.patch(f"/admin/staff/{account_id}", json={"active": True, "role_id": role_id}).ok()
    assert lei.get("/admin/me").status == 401, "a token of before the lock stays worthless"
    assert http.as_(token_of("li.lei")).get("/admin/me").status == 200
    assert (_holders(role_id), _holders(other)) == (1, 0)


def test_a_forgotten_password_is_set_anew(boss: Client, http: Client, cloud: Cloud) -> None:
    account_id = boss.post("/admin/staff", json=_person(_role(boss, "catalog.read"))).ok()["id"]
    lei = http.as_(token_of("li.lei"))
    boss.patch(f"/admin/staff/{account_id}", json={"password": "brand new words", "name": "李雷雷"}).ok()
    assert lei.get("/admin/me").status == 401
    session = http.post("/admin/sessions", json={"username": "li.lei", "password": "brand new words"}).ok()
    assert http.as_(session["token"]).get("/admin/me").ok()["name"] == "李雷雷"
    assert "brand new words" not in str(cloud.items("operations"))


def test_nobody_raises_anybody_above_themselves(boss: Client, manager: Client, cloud: Cloud) -> None:
    high = _role(boss, "orders.write")
    boss.post("/admin/staff", json=_person(high, "high")).ok()
    low = _role(manager, "catalog.read")
    lei = manager.post("/admin/staff", json=_person(low)).ok()["id"]
    mine = manager.get("/admin/me").ok()["id"]
    own_role = "rol_manager"
    with cloud.unchanged():
        for reply in (
            manager.post("/admin/roles", json={"name": "x", "permissions": ["orders.write"]}),
            manager.put(f"/admin/roles/{low}", json={"name": "x", "permissions": ["catalog.read", "orders.write"]}),
            manager.put(f"/admin/roles/{own_role}", json={"name": "x", "permissions": ["members.private"]}),
            manager.put(f"/admin/roles/{high}", json={"name": "x", "permissions": ["catalog.read"]}),
            manager.post("/admin/staff", json=_person(high, "puppet")),
            manager.post("/admin/staff", json=_person(OWNER, "puppet")),
            manager.patch(f"/admin/staff/{lei}", json={"role_id": high}),
            manager.patch(f"/admin/staff/{mine}", json={"role_id": OWNER}),
            manager.patch(f"/admin/staff/{staff_id('high')}", json={"password": "taken over now"}),
            manager.patch(f"/admin/staff/{staff_id('high')}", json={"role_id": low}),
            manager.patch(f"/admin/staff/{staff_id('boss')}", json={"active": False}),
        ):
            assert (reply.status, reply.code) == (403, "beyond_own_permissions"), reply.text
        assert manager.patch(f"/admin/staff/{mine}", json={"password": "a new password"}).code == "own_password"


def test_what_does_not_exist_or_fit_is_refused(boss: Client, cloud: Cloud) -> None:
    role_id = _role(boss, "catalog.read")
    boss.post("/admin/staff", json=_person(role_id)).ok()
    with cloud.unchanged():
        for method, path, body, status, code in (
            ("POST", "/admin/roles", {"name": "x", "permissions": ["world.rule"]}, 422, "unknown_permission"),
            ("POST", "/admin/roles", {"name": "x", "permissions": ["*"]}, 422, "unknown_permission"),
            ("POST", "/admin/roles", {"name": "x", "permissions": []}, 422, "invalid"),
            ("PUT", "/admin/roles/owner", {"name": "x", "permissions": ["catalog.read"]}, 409, "built_in_role"),
            ("PUT", "/admin/roles/rol_no", {"name": "x", "permissions": ["catalog.read"]}, 404, "not_found"),
            ("POST", "/admin/staff", _person(role_id), 409, "username_taken"),
            ("POST", "/admin/staff", _person("rol_no", "hanmeimei"), 422, "role_not_found"),
            ("POST", "/admin/staff", {**_person(role_id, "hanmeimei"), "password": "short"}, 422, "invalid"),
            ("POST", "/admin/staff", _person(role_id, "Han Meimei"), 422, "invalid"),
            ("PATCH", "/admin/staff/stf_no", {"name": "x"}, 404, "not_found"),
            ("PATCH", f"/admin/staff/{staff_id('li.lei')}", {"role_id": "rol_no"}, 422, "role_not_found"),
        ):
            reply = boss.request(method, path, json=body)
            assert (reply.status, reply.code) == (status, code), (path, reply.text)


def test_one_owner_always_stays(boss: Client, http: Client, cloud: Cloud) -> None:
    me = staff_id("boss")
    other = _role(boss, "catalog.read")
    with cloud.unchanged():
        for change in ({"active": False}, {"role_id": other}, {"active": False, "role_id": other}):
            reply = boss.patch(f"/admin/staff/{me}", json=change)
            assert (reply.status, reply.code) == (409, "last_owner")
    boss.post("/admin/staff", json=_person(OWNER, "second")).ok()
    assert _holders(OWNER) == 2
    boss.patch(f"/admin/staff/{me}", json={"role_id": other}).ok()
    assert _holders(OWNER) == 1
    assert boss.get("/admin/staff").status == 403


def test_two_owners_who_lock_each_other_at_once(http: Client, cloud: Cloud) -> None:
    boss = http.as_(owner())
    boss.post("/admin/staff", json=_person(OWNER, "second")).ok()
    second = http.as_(token_of("second"))
    tries = [(boss, "second"), (second, "boss")] * 3
    with ThreadPoolExecutor(6) as pool:
        replies = list(
            pool.map(lambda each: each[0].patch(f"/admin/staff/{staff_id(each[1])}", json={"active": False}), tries)
        )
    assert {reply.status for reply in replies} <= {200, 401, 409}
    assert _holders(OWNER) == 1
    assert sum(each["active"]["BOOL"] for each in cloud.items("staff")) == 1


def test_buyers_and_strangers_are_not_staff(http: Client, partners: Partners, cloud: Cloud) -> None:
    owner()
    buyer = http.as_(log_in(http, partners)["token"])
    with cloud.unchanged():
        for client in (http, buyer):
            assert client.get("/admin/me").status == 401
            assert client.post("/admin/roles", json={"name": "x", "permissions": ["catalog.read"]}).status == 401
        assert http.as_(token_of("boss")).get("/me").status == 401


def test_lists_have_pages(boss: Client, cloud: Cloud) -> None:
    role_id = _role(boss, "catalog.read")
    for number in range(4):
        boss.post("/admin/staff", json=_person(role_id, f"person{number}")).ok()
    names, cursor = [], None
    while True:
        page = boss.get("/admin/staff", query={"limit": 2, "cursor": cursor}).ok()
        names += [each["username"] for each in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert sorted(names) == ["boss", "person0", "person1", "person2", "person3"]
    assert boss.get("/admin/roles", query={"cursor": "AAAA"}).status == 422


def test_every_permission_that_a_route_wants_can_be_given() -> None:
    from chalicelib import wiring

    wanted = {operation.permission for operation in wiring.operations() if operation.permission}
    assert wanted <= set(PERMISSIONS)
