"""Places as staff make and change them; one default origin, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.mall.stores import service
from chalicelib.mall.stores.models import Store, StoreEdition
from chalicelib.mall.stores.schemas import StoreFields
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.mall.catalog.factories import staff_token
from tests.mall.stores.factories import store, warehouse, week


@pytest.fixture
def desk(http: Client, frozen: MovableClock) -> Client:
    return http.as_(staff_token("stores.read", "stores.write"))


def make(desk: Client, fields: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = desk.post("/admin/stores", json=fields).ok()
    return made


def edit(desk: Client, made: dict[str, Any], fields: dict[str, Any], version: int | None = None) -> Reply:
    body = {**fields, "version": made["version"] if version is None else version}
    return desk.put(f"/admin/stores/{made['id']}", json=body)


def test_a_place_is_kept_as_it_was_written(desk: Client) -> None:
    made = make(desk, store(closed_on=["2027-02-06", "2027-02-05", "2027-02-06"], pickup=True, sort=3))
    seen = desk.get(f"/admin/stores/{made['id']}").ok()
    assert seen == made
    assert (seen["province"], seen["city_code"], seen["district"]) == ("上海市", "310100", "徐汇区")
    assert seen["closed_on"] == ["2027-02-05", "2027-02-06"]
    assert seen["hours"] == week()
    assert (seen["latitude"], seen["longitude"], seen["version"]) == (31_192_000, 121_437_000, 1)


def test_an_edit_names_the_version_it_was_made_on(desk: Client, cloud: Cloud) -> None:
    made = make(desk, store())
    changed = edit(desk, made, store(detail="漕溪北路 2 号")).ok()
    assert (changed["detail"], changed["version"], changed["created_at"]) == ("漕溪北路 2 号", 2, made["created_at"])
    with cloud.unchanged():
        stale = edit(desk, made, store(detail="漕溪北路 3 号"))
        assert (stale.status, stale.code, stale.json["details"]) == (409, "stale_store", {"version": 2})
        assert desk.delete(f"/admin/stores/{made['id']}", query={"version": 1}).code == "stale_store"
    assert desk.delete(f"/admin/stores/{made['id']}", query={"version": 2}).status == 204
    assert desk.get(f"/admin/stores/{made['id']}").code == "store_not_found"


def test_names_are_unique(desk: Client, cloud: Cloud) -> None:
    one, two = make(desk, store("东店")), make(desk, store("西店"))
    with cloud.unchanged():
        assert desk.post("/admin/stores", json=store("东店")).code == "store_name_taken"
        assert edit(desk, two, store("东店")).code == "store_name_taken"
    assert edit(desk, one, store("东店", sort=5)).ok()["sort"] == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": None},
        {"latitude": 90_000_001},
        {"longitude": -180_000_001},
        {"latitude": 31.2},
        {"district_code": "310000"},
        {"district_code": "999999"},
        {"phone": "12345"},
        {"name": "a\nb"},
        {"kind": "warehouse"},
        {"kind": "warehouse", "ships_parcels": True, "pickup": True},
        {"hours": week(monday=[{"opens": "09:00", "closes": "09:00"}])},
        {"hours": week(monday=[{"opens": "24:00", "closes": "25:00"}])},
        {"hours": week(monday=[{"opens": "09:00", "closes": "13:00"}, {"opens": "12:59", "closes": "18:00"}])},
        {"hours": week(monday=[{"opens": "20:00", "closes": "02:00"}, {"opens": "21:00", "closes": "22:00"}])},
        {"hours": {"monday": []}},
        {"closed_on": ["1066-10-14"]},
        {"closed_on": ["2026-02-30"]},
        {"closed_on": ["2026-02-01"] * 101},
        {"sort": 10**7},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(desk: Client, cloud: Cloud, wrong: dict[str, Any]) -> None:
    with cloud.unchanged():
        reply = desk.post("/admin/stores", json={**store(), **wrong})
        assert (reply.status, reply.code) == (422, "invalid")


def test_the_list_is_paged_and_holds_everything(desk: Client) -> None:
    names = ["一", "二", "三"]
    for name in names:
        make(desk, store(name, active=name != "二"))
    first = desk.get("/admin/stores", query={"limit": 2}).ok()
    rest = desk.get("/admin/stores", query={"limit": 2, "cursor": first["cursor"]}).ok()
    assert [each["name"] for each in first["items"] + rest["items"]] == names
    assert rest["cursor"] is None


def test_no_more_than_the_list_can_hold(desk: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_STORES", 2)
    make(desk, store("一"))
    gone = make(desk, store("二"))
    with cloud.unchanged():
        full = desk.post("/admin/stores", json=store("三"))
        assert (full.code, full.json["details"]) == ("stores_full", {"limit": 2})
    desk.delete(f"/admin/stores/{gone['id']}", query={"version": 1})
    make(desk, store("三"))


def test_permissions(http: Client, desk: Client, cloud: Cloud) -> None:
    made = make(desk, warehouse())
    reader = http.as_(staff_token("stores.read"))
    assert reader.get("/admin/stores").ok()["items"] == [made]
    with cloud.unchanged():
        assert reader.post("/admin/stores", json=store()).status == 403
        assert edit(reader, made, warehouse(sort=1)).status == 403
        assert reader.delete(f"/admin/stores/{made['id']}", query={"version": 1}).status == 403
        assert reader.put("/admin/stores/default-origin", json={"store_id": made["id"]}).status == 403
        assert http.get("/admin/stores").status == 401


class TestDefaultOrigin:
    def test_without_any_place_there_is_still_one(self, cloud: Cloud) -> None:
        assert service.default_origin() == "default"

    def test_a_place_that_does_not_ship_is_none(self, desk: Client) -> None:
        make(desk, store())
        make(desk, warehouse(active=False))
        assert service.default_origin() == "default"

    def test_the_first_that_ships_is_the_default_and_the_next_is_not(self, desk: Client) -> None:
        first, second = make(desk, warehouse("一")), make(desk, store("二", ships_parcels=True))
        assert service.default_origin() == first["id"]
        assert (first["is_default_origin"], second["is_default_origin"]) == (True, False)

    def test_an_edit_may_make_the_first_one(self, desk: Client) -> None:
        made = make(desk, store())
        assert edit(desk, made, store(ships_parcels=True)).ok()["is_default_origin"]
        assert service.default_origin() == made["id"]

    def test_it_moves_and_there_is_always_exactly_one(self, desk: Client) -> None:
        first, second = make(desk, warehouse("一")), make(desk, warehouse("二"))
        for _ in range(2):
            chosen = desk.put("/admin/stores/default-origin", json={"store_id": second["id"]}).ok()
            assert chosen["is_default_origin"]
        assert service.default_origin() == second["id"]
        found = desk.get("/admin/stores").ok()["items"]
        assert [each["id"] for each in found if each["is_default_origin"]] == [second["id"]]
        desk.delete(f"/admin/stores/{first['id']}", query={"version": 1}).ok()

    def test_it_stays_until_there_is_another(self, desk: Client, cloud: Cloud) -> None:
        made = make(desk, store(ships_parcels=True))
        with cloud.unchanged():
            assert edit(desk, made, store(ships_parcels=False)).code == "default_origin_kept"
            assert edit(desk, made, store(ships_parcels=True, active=False)).code == "default_origin_kept"
            assert desk.delete(f"/admin/stores/{made['id']}", query={"version": 1}).code == "default_origin_kept"
        other = make(desk, warehouse())
        desk.put("/admin/stores/default-origin", json={"store_id": other["id"]}).ok()
        assert edit(desk, made, store(ships_parcels=False)).status == 200

    def test_only_what_ships_can_be_chosen(self, desk: Client, cloud: Cloud) -> None:
        make(desk, warehouse())
        shop, closed = make(desk, store()), make(desk, warehouse("旧仓", active=False))
        with cloud.unchanged():
            for place in (shop, closed):
                reply = desk.put("/admin/stores/default-origin", json={"store_id": place["id"]})
                assert (reply.status, reply.code) == (409, "not_an_origin")
            assert desk.put("/admin/stores/default-origin", json={"store_id": "sto_no"}).code == "store_not_found"


@pytest.mark.dynoxide
def test_two_at_once_leave_one_name_and_one_default(cloud: Cloud, frozen: MovableClock) -> None:
    def add(number: int) -> str:
        try:
            return service.create(StoreFields.model_validate(warehouse("同一个仓" if number % 2 else f"仓{number}"))).id
        except service.DomainError as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(add, range(6)))
    made = {each for each in told if each.startswith("sto_")}
    assert made
    assert set(told) - made <= {"stores_edited", "store_name_taken", "too_busy"}
    assert made == {each.id for each in Store.query("place", consistent_read=True)}
    names = [each.name for each in Store.query("place", consistent_read=True)]
    assert len(set(names)) == len(names)
    assert service.default_origin() in made
    edition = StoreEdition.find("edition", "edition", consistent=True)
    assert edition is not None
    assert edition.number == len(made)


def test_who_decided_on_an_older_list_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the place itself did not change: two could give themselves one name, or both be the first origin."""
    made = service.create(StoreFields.model_validate(warehouse()))
    older = service.load()
    service.create(StoreFields.model_validate(store()))
    monkeypatch.setattr(service, "load", lambda: older)
    with cloud.unchanged():
        with pytest.raises(service.StoresEdited):
            service.edit(made.id, StoreFields.model_validate(warehouse("徐家汇店")), 1)
        with pytest.raises(service.StoresEdited):
            service.create(StoreFields.model_validate(store()))
