"""Who works in which store, and who may say so."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import clock, ids
from chalicelib.mall.identity.staff.models import MAX_STORES_OF_ONE, TEAM, Account, Role, staff_id
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog.factories import staff_token
from tests.mall.stores.factories import store, warehouse


@pytest.fixture
def owner(http: Client, frozen: MovableClock) -> Client:
    return http.as_(staff_token("stores.write", "staff.read", "staff.write", "stores.everywhere", "pickup.verify"))


@pytest.fixture
def near(owner: Client) -> str:
    return str(owner.post("/admin/stores", json=store("近店")).ok()["id"])


def person(*permissions: str) -> str:
    """Somebody with these permissions; the id of the account."""
    name = f"clerk-{len(permissions)}"
    role = Role(id=ids.derive("rol", name), name=name, permissions=list(permissions), holders=1, created_at=clock.now())
    role.save()
    account = Account(
        id=staff_id(name), username=name, name="小林", password_hash="-", role_id=role.id, created_at=clock.now()
    )
    account.save()
    return account.id


def stores_of(account_id: str) -> list[str]:
    account = Account.find(TEAM, account_id, consistent=True)
    assert account is not None
    return account.store_ids


def test_somebody_works_there_until_they_do_not(owner: Client, near: str, cloud: Cloud) -> None:
    clerk = person("pickup.verify")
    path = f"/admin/stores/{near}/staff/{clerk}"
    assert owner.put(path).ok()["store_ids"] == [near]
    listed: list[dict[str, Any]] = owner.get(f"/admin/stores/{near}/staff").ok()["items"]
    assert [each["id"] for each in listed] == [clerk]
    with cloud.unchanged():
        assert owner.put(path).ok()["store_ids"] == [near]
    assert owner.delete(path).ok()["store_ids"] == []
    with cloud.unchanged():
        assert owner.delete(path).ok()["store_ids"] == []
    assert owner.get(f"/admin/stores/{near}/staff").ok()["items"] == []


def test_nobody_works_in_a_warehouse_or_nowhere(owner: Client, cloud: Cloud) -> None:
    hall, clerk = owner.post("/admin/stores", json=warehouse()).ok()["id"], person("pickup.verify")
    with cloud.unchanged():
        for store_id in (hall, "sto_nowhere"):
            assert owner.put(f"/admin/stores/{store_id}/staff/{clerk}").code == "store_not_found"
        assert owner.put(f"/admin/stores/{hall}/staff/stf_nobody").status == 404


def test_nobody_gives_a_store_that_is_not_theirs(http: Client, owner: Client, near: str, cloud: Cloud) -> None:
    clerk = person("pickup.verify")
    leader = http.as_(staff_token("staff.write", "pickup.verify"))
    with cloud.unchanged():
        assert leader.put(f"/admin/stores/{near}/staff/{clerk}").code == "not_your_store"
        assert leader.delete(f"/admin/stores/{near}/staff/{clerk}").code == "not_your_store"
        assert owner.put(f"/admin/stores/{near}/staff/stf_nobody").status == 404


def test_nobody_places_who_may_do_more(owner: Client, near: str, cloud: Cloud) -> None:
    mighty = person("payments.write", "pickup.verify")
    with cloud.unchanged():
        assert owner.put(f"/admin/stores/{near}/staff/{mighty}").code == "beyond_own_permissions"


def test_so_many_stores_and_no_more(owner: Client, near: str, cloud: Cloud) -> None:
    clerk = person("pickup.verify")
    many = [f"sto_{number}" for number in range(MAX_STORES_OF_ONE)]
    Account(team=TEAM, id=clerk).update([Account.store_ids.set(many)])
    with cloud.unchanged():
        assert owner.put(f"/admin/stores/{near}/staff/{clerk}").code == "too_many_stores"
    assert owner.delete(f"/admin/stores/sto_0/staff/{clerk}").status == 200
    assert owner.put(f"/admin/stores/{near}/staff/{clerk}").ok()["store_ids"][-1] == near
    assert len(stores_of(clerk)) == MAX_STORES_OF_ONE
