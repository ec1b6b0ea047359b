"""Stores as buyers find them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mall.stores import service
from chalicelib.mall.stores.hours.schemas import OpeningHours
from chalicelib.mall.stores.hours.service import is_open
from chalicelib.mall.stores.models import Store
from chalicelib.mall.stores.schemas import StoreFields
from infra.local import faults
from tests.harness import Client, Cloud, MovableClock
from tests.mall.stores.factories import store, warehouse, week

HERE = {"latitude": 31_230_000, "longitude": 121_470_000}
ZONE = ZoneInfo("Asia/Shanghai")


def make(fields: dict[str, Any]) -> Store:
    return service.create(StoreFields.model_validate(fields))


def names(http: Client, **query: Any) -> list[str]:
    return [each["name"] for each in http.get("/stores", query=query).ok()["items"]]


@pytest.fixture
def three(http: Client, frozen: MovableClock) -> None:
    make(store("远", latitude=39_904_000, longitude=116_407_000, district_code="110105", sort=1))
    make(store("近", latitude=31_231_000, longitude=121_470_000, sort=2, pickup=True))
    make(store("不知", latitude=None, longitude=None, sort=0))
    make(warehouse())
    make(store("关", active=False))


@pytest.mark.usefixtures("three")
class TestList:
    def test_the_nearest_first_the_unknown_last_and_no_warehouse(self, http: Client) -> None:
        assert names(http, **HERE) == ["近", "远", "不知"]
        found = http.get("/stores", query=HERE).ok()["items"]
        assert [each["distance_meters"] for each in found] == [111, pytest.approx(1_068_000, abs=6_000), None]

    def test_without_a_position_in_the_shops_order(self, http: Client) -> None:
        assert names(http) == ["不知", "远", "近"]
        assert {each["distance_meters"] for each in http.get("/stores").ok()["items"]} == {None}

    def test_filters(self, http: Client) -> None:
        assert names(http, city_code="110100") == ["远"]
        assert names(http, city_code="310100", **HERE) == ["近", "不知"]
        assert names(http, pickup="true") == ["近"]
        assert names(http, city_code="440100") == []

    @pytest.mark.parametrize("where", [{}, HERE])
    def test_page_by_page(self, http: Client, where: dict[str, int]) -> None:
        whole, seen, cursor = names(http, **where), [], None
        while True:
            page = http.get("/stores", query={**where, "limit": 1, "cursor": cursor}).ok()
            seen += [each["name"] for each in page["items"]]
            if (cursor := page["cursor"]) is None:
                break
        assert seen == whole

    def test_a_cursor_is_good_for_its_own_list_only(self, http: Client) -> None:
        cursor = http.get("/stores", query={**HERE, "limit": 1}).ok()["cursor"]
        assert http.get("/stores", query={"limit": 1, "cursor": cursor}).code == "invalid"

    @pytest.mark.parametrize(
        "wrong", [{"latitude": 1}, {"latitude": "31.2", "longitude": 1}, {"latitude": 10**9, "longitude": 0}]
    )
    def test_a_position_is_two_whole_numbers(self, http: Client, wrong: dict[str, Any]) -> None:
        assert http.get("/stores", query=wrong).code == "invalid"

    def test_what_buyers_do_not_see_is_not_found(self, http: Client) -> None:
        for each in service.load().by_id.values():
            reply = http.get(f"/stores/{each.id}", query=HERE)
            assert reply.status == (200 if each.is_visited else 404)
            if reply.status == 200:
                assert "version" not in reply.json
        assert http.get("/stores/sto_no").code == "store_not_found"


def test_a_store_that_opens_meanwhile_moves_nobody_twice(http: Client, frozen: MovableClock) -> None:
    for number in range(3):
        make(store(f"店{number}", sort=number))
    first = http.get("/stores", query={"limit": 2}).ok()
    make(store("新", sort=-1))
    rest = http.get("/stores", query={"limit": 2, "cursor": first["cursor"]}).ok()
    assert [each["name"] for each in rest["items"]] == ["店2"]


def test_the_list_is_kept_and_costs_no_read(
    http: Client, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(store())
    assert names(http) == ["徐家汇店"]
    monkeypatch.setattr(service, "load", lambda: pytest.fail("read again"))
    assert names(http) == ["徐家汇店"]
    monkeypatch.undo()
    make(store("新店"))
    assert sorted(names(http)) == ["徐家汇店", "新店"]


def test_after_ten_seconds_the_list_is_read_if_it_was_changed(
    http: Client, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(store())
    names(http)
    monkeypatch.setattr(service, "KEEP_SECONDS", -1)
    with faults.watched() as unchanged:
        names(http)
    assert unchanged.steps == ["dynamodb GetItem"]
    kept = service._kept
    service.edit(made.id, StoreFields.model_validate(store("改名店")), made.version)
    service._kept = kept  # another process, which does not know of the change
    with faults.watched() as changed:
        assert names(http) == ["改名店"]
    assert changed.steps == ["dynamodb GetItem", "dynamodb GetItem", "dynamodb Query"]


def test_open_now_moves_with_the_clock(http: Client, frozen: MovableClock) -> None:
    made = make(store(closed_on=["2026-11-25"]))

    def open_now() -> Any:
        return http.get(f"/stores/{made.id}").ok()["open_now"]

    for at, expected in (("24 08:59", False), ("24 09:01", True), ("24 21:31", False), ("25 10:00", False)):
        frozen.set(datetime.strptime(f"2026-11-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE))
        assert open_now() is expected, at
    silent = make(store("没说", hours=None))
    assert http.get(f"/stores/{silent.id}").ok()["open_now"] is None


class TestHours:
    NIGHT = OpeningHours.model_validate(
        week(
            friday=[{"opens": "20:00", "closes": "02:00"}], saturday=[{"opens": "00:00", "closes": "24:00"}], sunday=[]
        )
    )

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2026-11-27 19:59", False),  # a Friday
            ("2026-11-27 20:00", True),
            ("2026-11-28 01:59", True),
            ("2026-11-28 23:59", True),
            ("2026-11-29 00:00", False),
            ("2026-11-29 12:00", False),
            ("2026-11-30 09:00", True),
            ("2026-11-30 21:30", False),
        ],
    )
    def test_spans(self, at: str, expected: bool) -> None:
        assert is_open(self.NIGHT, [], datetime.fromisoformat(at).replace(tzinfo=ZONE)) is expected

    def test_a_night_belongs_to_the_day_it_began_on(self) -> None:
        after_midnight = datetime(2026, 11, 28, 1, 0, tzinfo=ZONE)
        assert not is_open(week_of_nights(), [date(2026, 11, 27)], after_midnight)
        assert is_open(week_of_nights(), [date(2026, 11, 28)], after_midnight)

    def test_split_days_are_put_in_order(self) -> None:
        spans = [{"opens": "14:00", "closes": "18:00"}, {"opens": "08:00", "closes": "12:00"}]
        hours = OpeningHours.model_validate(week(monday=spans))
        assert [span.opens for span in hours.monday] == ["08:00", "14:00"]
        noon = datetime(2026, 11, 30, 13, 0, tzinfo=ZONE)
        assert not is_open(hours, [], noon)
        assert is_open(hours, [], noon + timedelta(hours=1))

    @given(st.integers(0, 7 * 24 * 60 - 1))
    def test_always_open_is_always_open(self, minute: int) -> None:
        always = OpeningHours.model_validate({name: [{"opens": "00:00", "closes": "24:00"}] for name in week()})
        assert is_open(always, [], datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute))


def week_of_nights() -> OpeningHours:
    return OpeningHours.model_validate({name: [{"opens": "22:00", "closes": "04:00"}] for name in week()})


class TestDistance:
    points = st.tuples(st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000))

    @given(points, points)
    def test_the_same_both_ways_and_never_farther_than_around(self, a: tuple[int, int], b: tuple[int, int]) -> None:
        there, back = (service.distance(Store(latitude=x[0], longitude=x[1]), y) for x, y in ((a, b), (b, a)))
        assert there is not None
        assert back is not None
        assert abs(there - back) <= 1
        assert 0 <= there <= 20_015_200

    @given(points)
    def test_none_at_all_where_one_stands(self, a: tuple[int, int]) -> None:
        assert service.distance(Store(latitude=a[0], longitude=a[1]), a) == 0

    @pytest.mark.parametrize(
        ("a", "b", "meters"),
        [
            ((39_904_200, 116_407_400), (31_230_400, 121_473_700), 1_067_311),  # 北京–上海
            ((0, 179_500_000), (0, -179_500_000), 111_195),  # over the date line
            ((90_000_000, 0), (-90_000_000, 0), 20_015_115),
        ],
    )
    def test_known_distances(self, a: tuple[int, int], b: tuple[int, int], meters: int) -> None:
        assert service.distance(Store(latitude=a[0], longitude=a[1]), b) == pytest.approx(meters, rel=0.001)


def test_nothing_is_stored_as_a_float(cloud: Cloud, frozen: MovableClock) -> None:
    made = make(store())
    (row,) = [each for each in cloud.items("stores") if each["id"]["S"] == made.id]
    assert row["latitude"] == {"N": "31192000"}
