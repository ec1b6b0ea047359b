"""Segments: orders move members at once, walks move everybody, each exactly once, whatever dies or races."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments import service as segments
from chalicelib.loyalty.segments.errors import FactsMoved
from chalicelib.loyalty.segments.models import MemberFacts, RunPart, StageEntry
from chalicelib.loyalty.segments.runs import service as runs
from chalicelib.mall.identity.members.events import MembersMerged
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.identity.privacy import service as privacy
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.factories import Counter, staff
from tests.loyalty.points.factories import completed, refund
from tests.loyalty.segments.factories import (
    BUYERS,
    EVERYBODY,
    active,
    at_least,
    at_most,
    board,
    crowd,
    in_segment,
    pay,
    require_sound,
    settings,
    some_active,
)
from tests.trade import factories

Do = Callable[..., Any]


@pytest.fixture(autouse=True)
def _few_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PARTS", 2)


@pytest.fixture
def desk(counter: Counter) -> Client:
    return staff(counter.http, "segments.read", "segments.write")


def facts(desk: Client, member_id: str) -> Any:
    return desk.get(f"/admin/members/{member_id}/facts").ok()


class TestOneMember:
    def test_an_order_counts_and_moves_at_once(self, counter: Counter, desk: Client, drain: Do) -> None:
        settings(tags={"buyer": "买过"})
        buyers, others = active(desk, BUYERS, tag="buyer"), active(desk, {"none": [BUYERS]})
        drain()
        me = counter.shopper.id
        assert (in_segment(buyers), in_segment(others)) == (set(), {me})
        assert facts(desk, me)["stage"] == "new"
        order = pay(counter.order(factories.line(factories.product(price=20_000))))
        drain(twice=True)
        assert (in_segment(buyers), in_segment(others)) == ({me}, set())
        assert board(me) == {"segments": [buyers], "tags": ["buyer"]}
        known = facts(desk, me)
        assert (known["order_count"], known["paid_amount"]) == (1, order.paid_amount)
        assert (known["stage"], known["rfm"], known["segments"]) == ("active", "512", [buyers])
        assert [(each["stage"], each["rfm"]) for each in known["history"]] == [("active", "512"), ("new", None)]
        require_sound(me)

    def test_refunds_in_any_order_sum_to_the_line(self, counter: Counter, desk: Client, drain: Do) -> None:
        order = pay(counter.order(factories.line(factories.product(price=3333), 3)))
        drain()
        for number, pieces in enumerate((2, 1)):
            refund(order, {0: pieces}, f"r{number}")
            drain(twice=True)
        assert facts(desk, counter.shopper.id)["refunded_amount"] == order.lines[0].payable_amount

    def test_completed(self, counter: Counter, desk: Client, drain: Do) -> None:
        completed(counter.order(factories.line(factories.product())))
        drain(twice=True)
        assert facts(desk, counter.shopper.id)["completed_count"] == 1

    def test_time_moves_stages_at_night(self, counter: Counter, desk: Client, drain: Do, frozen: MovableClock) -> None:
        me, asleep = counter.shopper.id, active(desk, {"field": "stage", "op": "in", "words": ["sleeping"]})
        pay(counter.order(factories.line(factories.product(price=20_000))))
        drain()
        seen = []
        for days in (90, 1, 274, 1):
            frozen.move(minutes=days * 24 * 60)
            jobs.run("evaluate_segments")
            drain(twice=True)
            known = MemberFacts.find(me, consistent=True)
            assert known is not None
            seen.append((known.stage, known.rfm, me in in_segment(asleep)))
            require_sound(me)
        expected = [
            ("active", "312", False),
            ("sleeping", "212", True),
            ("sleeping", "112", True),
            ("lost", "112", False),
        ]
        assert seen == expected

    def test_three_orders_are_loyal(self, counter: Counter, desk: Client, drain: Do) -> None:
        quilt = factories.product(price=20_000)
        for number in range(3):
            pay(counter.order(factories.line(quilt), key=f"tap-0000{number}"))
        drain()
        assert facts(desk, counter.shopper.id)["stage"] == "loyal"

    def test_a_closed_account_leaves_nothing(self, counter: Counter, desk: Client, drain: Do) -> None:
        active(desk, EVERYBODY)
        drain()
        assert "segments" in privacy.export(counter.shopper.id)
        privacy.close(counter.shopper.id)
        drain(twice=True)
        for number in range(2):
            jobs.run("evaluate_segments")
            drain(twice=bool(number))
        assert (list(MemberFacts.scan()), list(StageEntry.scan())) == ([], [])
        require_sound(counter.shopper.id)
        assert desk.get(f"/admin/members/{counter.shopper.id}/facts").code == "not_found"

    def test_a_shell_brings_what_was_known(self, counter: Counter, desk: Client, drain: Do) -> None:
        settings(tags={"shop": "门店客"})
        everybody, (shell,) = active(desk, EVERYBODY), crowd(1, buyers=1)
        drain()
        desk.post(f"/admin/members/{shell}/tags", json={"add": ["shop"]}).ok()
        Member(id=shell).update([Member.status.set(MemberStatus.MERGED)])
        with Transaction() as tx:
            tx.emit(MembersMerged(member_id=counter.shopper.id, from_member_id=shell))
        drain(twice=True)
        known = facts(desk, counter.shopper.id)
        assert (known["order_count"], known["paid_amount"], known["tags"]) == (1, 5000, ["shop"])
        assert in_segment(everybody) == {counter.shopper.id}


class TestWalks:
    def test_everybody_by_difference_and_the_second_time_nothing(
        self, counter: Counter, desk: Client, drain: Do, cloud: Cloud
    ) -> None:
        people = crowd(220, buyers=10)
        buyers = active(desk, BUYERS)
        drain(twice=True)
        assert in_segment(buyers) == set(people[:10])
        first, second = runs.start("me"), runs.start("me")
        drain(twice=True)
        for each in (first, second):
            run = desk.get(f"/admin/segment-runs/{each.id}").ok()
            assert (run["done"], run["seen"], run["changed"]) == (True, 221, 0)
            assert run["matched"] == {buyers: 10}
        made = desk.get(f"/admin/segments/{buyers}").ok()
        desk.post(f"/admin/segments/{buyers}/status", json={"status": "stopped", "version": made["version"]}).ok()
        drain()
        assert in_segment(buyers) == set()
        assert board(people[0]) == {}

    def test_a_preview_counts_and_changes_nothing(self, counter: Counter, desk: Client, drain: Do) -> None:
        people = crowd(60, buyers=35)
        started = desk.post("/admin/segment-runs", json={"rule": BUYERS}).ok()
        assert (started["done"], started["seen"]) == (False, 0)
        before = [each.version for each in MemberFacts.scan()]
        drain(twice=True)
        told = desk.get(f"/admin/segment-runs/{started['id']}").ok()
        assert (told["done"], told["seen"], told["matched"]) == (True, 61, {"preview": 35})
        assert len(told["sample"]) == 20
        assert set(told["sample"]) <= set(people[:35])
        assert ([each.version for each in MemberFacts.scan()], list(StageEntry.scan())) == (before, [])

    @pytest.mark.dynoxide
    def test_many_at_once(self, counter: Counter, desk: Client, drain: Do) -> None:
        people, segment = crowd(30, buyers=10), active(desk, BUYERS)
        (run,) = desk.get("/admin/segment-runs").ok()["items"]

        def walk(number: int) -> None:
            with Transaction() as tx:
                runs.walk(tx, run["id"], number % runs.PARTS, 0)

        def attempt(number: int) -> None:
            with suppress(FactsMoved):
                walk(number)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(attempt, range(12)))
        drain()
        assert in_segment(segment) == set(people[:10])
        told = desk.get(f"/admin/segment-runs/{run['id']}").ok()
        assert (told["done"], told["seen"]) == (True, 31)
        for each in people:
            require_sound(each)

    def test_a_late_message_of_a_page_that_is_done(
        self, counter: Counter, desk: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "PARTS", 1)
        monkeypatch.setattr(runs, "PAGE", 1)
        crowd(3)
        run_id = runs.start("me").id
        for _ in range(2):
            with Transaction() as tx:
                runs.walk(tx, run_id, 0, 0)
        assert runs.show(run_id).seen == 1

    def test_dies_anywhere_and_goes_on(
        self, counter: Counter, sweep: Do, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "PARTS", 1)
        monkeypatch.setattr(runs, "PAGE", 1)
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            world["people"] = crowd(2, buyers=2)
            world["segment"] = active(staff(counter.http, "segments.read", "segments.write"), BUYERS)
            (world["part"],) = RunPart.scan()

        def act() -> None:
            with Transaction() as tx:
                runs.walk(tx, world["part"].run_id, 0, 0)

        def check() -> None:
            sweep(redeliver=True)
            assert in_segment(world["segment"]) == set(world["people"][:2])
            told = runs.show(world["part"].run_id)
            assert (told.done, told.seen, told.matched) == (True, 2, {world["segment"]: 2})
            for each in world["people"]:
                require_sound(each)

        assert "TransactWriteItems" in " ".join(str(step) for step in every_death(begin, act, check))

    def test_two_reactions_of_one_member(self, counter: Counter, desk: Client, drain: Do) -> None:
        active(desk, EVERYBODY)
        drain()
        me, by = counter.shopper.id, segments.setup()
        (member, one), (_, other) = segments.load(me), segments.load(me)
        assert member is not None
        one.order_count = other.order_count = 1
        with Transaction() as tx:
            segments.settle(tx, member, one, by, moved=True)
        with pytest.raises(FactsMoved), Transaction() as tx:
            segments.settle(tx, member, other, by, moved=True)
        require_sound(me)


class TestDesk:
    def test_versions(self, counter: Counter, desk: Client, cloud: Cloud, drain: Do) -> None:
        people = crowd(3, buyers=1)
        segment = active(desk, BUYERS)
        drain()
        edited = {"title": "没买过的", "rule": at_most("order_count", 0), "version": 2}
        assert desk.put(f"/admin/segments/{segment}", json=edited).ok()["version"] == 3
        drain()
        assert in_segment(segment) == {counter.shopper.id, *people[1:]}
        path = f"/admin/segments/{segment}"
        with cloud.unchanged():
            assert desk.put(path, json=edited).code == "segment_edited"
            assert desk.post(f"{path}/status", json={"status": "draft", "version": 3}).code == "segment_edited"
            assert desk.delete(path, query={"version": 3}).code == "segment_active"
            assert desk.put(path, json={**edited, "version": 3, "tag": "none"}).code == "unknown_tag"
            assert desk.get("/admin/segments/seg_none").code == "segment_not_found"
            assert desk.get("/admin/segment-runs/sgr_none").code == "segment_run_not_found"
        told = desk.get(f"{path}/versions").ok()["items"]
        assert [(each["version"], each["status"]) for each in told] == [(3, "active"), (2, "active"), (1, "draft")]
        assert (told[0]["rule"]["op"], told[1]["rule"]["op"]) == ("at_most", "at_least")
        assert len(desk.get(f"{path}/members").ok()["items"]) == 3
        desk.post(f"{path}/status", json={"status": "stopped", "version": 3}).ok()
        assert desk.delete(path, query={"version": 4}).status == 204
        drain()
        assert in_segment(segment) == set(), "a deleted segment has no members"
        assert desk.get("/admin/segments").ok()["items"] == []

    def test_as_many_as_fit(
        self, counter: Counter, desk: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(segments, "MAX_ACTIVE", 2)
        for _ in range(2):
            active(desk, EVERYBODY)
        third = desk.post("/admin/segments", json={"title": "多", "rule": EVERYBODY}).ok()
        with cloud.unchanged():
            reply = desk.post(f"/admin/segments/{third['id']}/status", json={"status": "active", "version": 1})
        assert (reply.code, reply.json["details"]) == ("too_many_segments", {"limit": 2})

    def test_all_segments_fit_one_member(self, counter: Counter, drain: Do) -> None:
        mine = {each.id for each in some_active(segments.MAX_ACTIVE)}
        runs.start("me")
        drain()
        assert set(board(counter.shopper.id)["segments"]) == mine
        require_sound(counter.shopper.id)

    def test_tags_by_hand(self, counter: Counter, desk: Client, cloud: Cloud, drain: Do) -> None:
        settings(tags={"vip": "贵宾", "old": "老客"})
        tagged = active(desk, {"field": "tags", "op": "has_any", "words": ["vip"]}, tag="old")
        drain()
        me = counter.shopper.id
        path, reader = f"/admin/members/{me}/tags", staff(counter.http, "segments.read")
        for _ in range(2):
            told = desk.post(path, json={"add": ["vip"], "remove": ["old"]}).ok()
            assert (told["hand_tags"], told["tags"]) == (["vip"], ["old", "vip"])
        assert (in_segment(tagged), board(me)["tags"]) == ({me}, ["old", "vip"])
        with cloud.unchanged():
            assert desk.post(path, json={"add": ["vip"]}).ok()
            assert desk.post(path, json={"add": ["x"]}).code == "unknown_tag"
            assert desk.post(path, json={"add": ["vip"], "remove": ["vip"]}).status == 422
            assert desk.post("/admin/members/mem_none/tags", json={"add": ["vip"]}).code == "not_found"
            assert reader.post(path, json={"add": ["old"]}).status == 403
            assert desk.put("/admin/segment-settings", json={"settings": {}, "version": 0}).code == (
                "segment_settings_edited"
            )
        put = {"settings": {"tags": {"old": "老客"}}, "version": 1}
        assert desk.put("/admin/segment-settings", json=put).ok()["version"] == 2
        drain()
        assert board(me)["tags"] == ["old"], "a tag that there is no longer is not carried"
        desk.post(path, json={"remove": ["vip"]}).ok()
        assert in_segment(tagged) == set()
        require_sound(me)

    def test_too_many_by_hand(self, counter: Counter, desk: Client, cloud: Cloud) -> None:
        names = [f"tag_{number}" for number in range(21)]
        settings(tags=dict.fromkeys(names, "标签"))
        path = f"/admin/members/{counter.shopper.id}/tags"
        desk.post(path, json={"add": names[:20]}).ok()
        with cloud.unchanged():
            assert desk.post(path, json={"add": names[20:]}).code == "too_many_tags"

    @pytest.mark.parametrize(
        "wrong",
        [{"new_days": 0}, {"sleeping_days": 400}, {"recency_days": [1, 2, 3]}, {"frequency_orders": [2, 2, 3, 4]}],
    )
    def test_thresholds_that_make_no_sense(
        self, counter: Counter, desk: Client, cloud: Cloud, wrong: dict[str, Any]
    ) -> None:
        with cloud.unchanged():
            reply = desk.put("/admin/segment-settings", json={"settings": wrong, "version": 0})
        assert reply.status == 422

    def test_a_rule_that_makes_no_sense(self, counter: Counter, desk: Client, cloud: Cloud) -> None:
        deep: Any = at_least("order_count", 1)
        for _ in range(40):
            deep = {"none": [deep]}
        with cloud.unchanged():
            for rule in (deep, {}, {"any": []}, at_least("password", 1)):
                assert desk.post("/admin/segments", json={"title": "x", "rule": rule}).status == 422
