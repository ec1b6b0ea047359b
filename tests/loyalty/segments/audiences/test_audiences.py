"""Audiences: frozen page by page, only who agreed, whatever dies; taken out hashed, on record, and over in time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.core import clock, jobs
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.loyalty.segments.audiences import service
from chalicelib.loyalty.segments.audiences.events import FreezeMembers
from chalicelib.loyalty.segments.audiences.exports import service as exports
from chalicelib.loyalty.segments.audiences.exports.schemas import ExportAudience
from chalicelib.loyalty.segments.audiences.models import Audience, Hashing, Identifier
from chalicelib.loyalty.segments.models import MALL, Segment, SegmentMember, SegmentStatus
from chalicelib.mall.exports import service as machine
from chalicelib.mall.exports.models import DataExport
from chalicelib.mall.exports.worker import service as worker
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.mall.identity.privacy.models import Scene
from chalicelib.mall.identity.privacy.schemas import GiveConsent
from chalicelib.mall.identity.service import Staff
from infra.local.cloud import Template
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.factories import Counter, staff
from tests.loyalty.segments.audiences.factories import audience, consent, crowd, listed, segment_of

Do = Callable[..., Any]
BOTH = (Scene.MARKETING, Scene.SHARING)
TAKE_OUT = ("data.export", "audiences.export")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE", 3)


@pytest.fixture
def desk(counter: Counter) -> Client:
    return staff(counter.http, "segments.read", "segments.write", *TAKE_OUT, "operations.read")


def lists(desk: Client, audience_id: str) -> Any:
    return desk.get(f"/admin/audiences/{audience_id}/lists").ok()["items"]


class TestLists:
    def test_who_agreed_is_on_it_and_stays(self, counter: Counter, desk: Client, drain: Do) -> None:
        people = crowd(7, Scene.MARKETING)
        segment = segment_of(people)
        made = audience(desk, segment)
        drain(twice=True)
        assert listed(desk, made) == people
        (told,) = lists(desk, made)
        assert (told["status"], told["seen"], told["kept"], told["number"]) == ("ready", 7, 7, 1)
        for each in people[:4]:
            SegmentMember(segment_id=segment, member_id=each).delete()
        assert listed(desk, made) == people

    def test_who_is_left_out(self, counter: Counter, desk: Client, drain: Do) -> None:
        yes, never, no, back, again, closed, other = crowd(7)
        consent(yes, Scene.MARKETING)
        consent(no, Scene.MARKETING, granted=False)
        consent(back, Scene.MARKETING)
        consent(back, Scene.MARKETING, granted=False)
        consent(again, Scene.MARKETING, granted=False)
        consent(again, Scene.MARKETING)
        consent(closed, Scene.MARKETING)
        Member(id=closed).update([Member.status.set(MemberStatus.CLOSED)])
        consent(other, Scene.PRIVACY_POLICY, Scene.SHARING)
        made = audience(desk, segment_of([yes, never, no, back, again, closed, other, "mem_nobody"]))
        drain()
        assert listed(desk, made) == [yes, again]
        (told,) = lists(desk, made)
        assert (told["seen"], told["kept"], told["closed"], told["unwilling"]) == (8, 2, 2, 4)

    def test_a_new_list_when_it_is_asked_for(self, counter: Counter, desk: Client, drain: Do) -> None:
        people = crowd(4, Scene.MARKETING)
        segment = segment_of(people[:3])
        made = audience(desk, segment)
        drain()
        SegmentMember(segment_id=segment, member_id=people[3]).save()
        assert desk.post(f"/admin/audiences/{made}/lists").ok()["number"] == 2
        assert listed(desk, made) == people[:3]  # until the new one is finished
        drain()
        assert (listed(desk, made), listed(desk, made, number=1)) == (people, people[:3])

    def test_nobody(self, counter: Counter, desk: Client, drain: Do) -> None:
        made = audience(desk, segment_of([]))
        assert desk.get(f"/admin/audiences/{made}/members").code == "audience_not_ready"
        drain()
        assert listed(desk, made) == []

    def test_dies_anywhere_and_goes_on(self, counter: Counter, cloud: Cloud, sweep: Do, drain: Do) -> None:
        people: list[str] = []
        made = ""

        def begin() -> None:
            nonlocal made
            cloud.memory.clear()
            people[:] = crowd(5, Scene.MARKETING)
            made = service.create(service.AudienceFields(title="x", segment_id=segment_of(people)), "stf_1").id

        def check() -> None:
            sweep(redeliver=True)
            audience_row = service.load(made)
            assert (audience_row.current, audience_row.latest) == (1, 1)
            found = service.stored(made, 1)
            parts = [each for part in range(found.step) for each in service.part_of(found, part)]
            assert (parts, found.kept, found.seen) == (people, 5, 5)
            assert cloud.dead_letters() == []

        steps = every_death(begin, drain, check)
        assert any("PutObject" in str(each) for each in steps)

    def test_one_at_a_time_unless_it_is_stuck(
        self, counter: Counter, desk: Client, cloud: Cloud, drain: Do, frozen: MovableClock
    ) -> None:
        people = crowd(4, Scene.MARKETING)
        made = audience(desk, segment_of(people))
        before = cloud.items("audience_lists"), cloud.items("audiences")
        assert desk.post(f"/admin/audiences/{made}/lists").code == "audience_busy"
        assert (cloud.items("audience_lists"), cloud.items("audiences")) == before
        frozen.move(minutes=30)
        assert desk.post(f"/admin/audiences/{made}/lists").ok()["number"] == 2
        drain(twice=True)  # the old messages come all the same
        assert service.load(made).current == 2
        assert listed(desk, made) == people

    def test_a_page_that_is_announced_twice(self, counter: Counter, desk: Client, drain: Do) -> None:
        """Two messages for one page, and one that comes when all is over: no failure, nobody twice."""
        people = crowd(7, Scene.MARKETING)
        made = audience(desk, segment_of(people))
        with Transaction() as tx:
            tx.emit(FreezeMembers(audience_id=made, number=1, step=0))
        drain()
        for step in (0, 2, 9):
            with Transaction() as tx:
                tx.emit(FreezeMembers(audience_id=made, number=1, step=step))
        drain()
        (told,) = lists(desk, made)
        assert (listed(desk, made), told["kept"], told["seen"]) == (people, 7, 7)

    def test_deleted_while_it_is_made(self, counter: Counter, desk: Client, drain: Do) -> None:
        made = audience(desk, segment_of(crowd(4, Scene.MARKETING)))
        desk.delete(f"/admin/audiences/{made}", query={"version": 1}).ok()
        drain()
        assert Audience.find(MALL, made) is None
        assert desk.get(f"/admin/audiences/{made}/members").code == "audience_not_found"

    def test_over_after_ninety_days(self, counter: Counter, desk: Client, drain: Do, frozen: MovableClock) -> None:
        made = audience(desk, segment_of(crowd(1, Scene.MARKETING)))
        drain()
        frozen.move(minutes=90 * 24 * 60)
        desk = staff(counter.http, "segments.read", *TAKE_OUT)
        assert desk.get(f"/admin/audiences/{made}/members").code == "audience_not_ready"
        body = {"identifier": "member_id", "hashing": "none", "reason": "x"}
        assert desk.post(f"/admin/audiences/{made}/exports", json=body, key="tap-0001").code == "audience_not_ready"
        assert list(DataExport.scan()) == []


class TestSchedule:
    def test_daily_and_weekly(self, counter: Counter, desk: Client, drain: Do, frozen: MovableClock) -> None:
        segment = segment_of(crowd(1, Scene.MARKETING))
        for each in ("daily", "weekly", "never"):
            audience(desk, segment, schedule=each)
        drain()
        numbers = {}
        for _ in range(7):  # the first day is a Tuesday
            frozen.move(minutes=24 * 60)
            jobs.run("refresh_audiences")
            drain()
            assert jobs.run("refresh_audiences") == {"begun": 0, "skipped": 0}
            numbers = {each.schedule: each.current for each in Audience.query(MALL)}
        assert numbers == {"never": 1, "daily": 8, "weekly": 2}

    def test_a_segment_without_members_is_passed_over(
        self, counter: Counter, desk: Client, drain: Do, frozen: MovableClock
    ) -> None:
        segment = segment_of(crowd(1, Scene.MARKETING))
        audience(desk, segment, schedule="daily")
        drain()
        frozen.move(minutes=24 * 60)
        Segment(shop=MALL, id=segment).update([Segment.status.set(SegmentStatus.STOPPED)])
        assert jobs.run("refresh_audiences") == {"begun": 0, "skipped": 1}


class TestDesk:
    def test_edited_as_it_was_seen(self, counter: Counter, desk: Client, drain: Do, cloud: Cloud) -> None:
        segment, other = segment_of([]), segment_of([])
        made = audience(desk, segment)
        drain()
        body = {"title": "新名", "segment_id": other, "schedule": "weekly", "version": 1}
        told = desk.put(f"/admin/audiences/{made}", json=body).ok()
        assert (told["title"], told["segment_id"], told["schedule"], told["version"]) == ("新名", other, "weekly", 2)
        before = cloud.items("audiences")
        assert desk.put(f"/admin/audiences/{made}", json=body).code == "audience_edited"
        assert desk.put(f"/admin/audiences/{made}", json={**body, "version": 2, "segment_id": "seg_no"}).code == (
            "segment_not_found"
        )
        assert desk.delete(f"/admin/audiences/{made}", query={"version": 1}).code == "audience_edited"
        assert cloud.items("audiences") == before
        assert [each["id"] for each in desk.get("/admin/audiences").ok()["items"]] == [made]

    def test_refused(self, counter: Counter, desk: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        body = {"title": "x", "segment_id": "seg_no"}
        assert desk.post("/admin/audiences", json=body).code == "segment_not_found"
        monkeypatch.setattr(service, "MAX_AUDIENCES", 0)
        body["segment_id"] = segment_of([])
        assert desk.post("/admin/audiences", json=body).code == "too_many_audiences"
        assert cloud.items("audiences") == cloud.items("audience_lists") == []
        for path in ("aud_no", "aud_no/lists", "aud_no/members"):
            assert desk.get(f"/admin/audiences/{path}").code == "audience_not_found"

    def test_a_cursor_of_another_list(self, counter: Counter, desk: Client, drain: Do) -> None:
        segment = segment_of(crowd(4, Scene.MARKETING))
        one, other = audience(desk, segment), audience(desk, segment)
        drain()
        cursor = desk.get(f"/admin/audiences/{one}/members", query={"limit": 1}).ok()["cursor"]
        answer = desk.get(f"/admin/audiences/{other}/members", query={"limit": 1, "cursor": cursor})
        assert answer.status == 422


class TestFiles:
    @pytest.fixture
    def made(self, counter: Counter, desk: Client, drain: Do) -> str:
        people = crowd(5, *BOTH)
        found = audience(desk, segment_of(people))
        drain()
        return found

    def export(self, desk: Client, made: str, identifier: str = "phone", hashing: str = "sha256", **more: Any) -> Any:
        body = {"identifier": identifier, "hashing": hashing, "reason": "双11投放", **more}
        key = f"tap-{identifier}-{hashing}"
        return desk.post(f"/admin/audiences/{made}/exports", json=body, key=key).ok()["id"]

    def lines(self, desk: Client, export_id: str) -> list[str]:
        told = desk.post(f"/admin/exports/{export_id}/link").ok()
        url = urlsplit(told["url"])
        assert "X-Amz-Expires=900" in url.query
        content = storage.get(Bucket.WORK, url.path.lstrip("/"))
        assert content is not None
        assert len(content) == told["size"]
        found = content.decode().splitlines()
        assert len(found) == told["rows"]
        return found

    @pytest.mark.parametrize(
        ("identifier", "hashing", "expected"),
        [
            ("member_id", "none", lambda n: f"mem_c{n:06d}"),
            ("phone", "sha256", lambda n: hashlib.sha256(f"139{n:08d}".encode()).hexdigest()),
            ("phone", "md5", lambda n: hashlib.md5(f"139{n:08d}".encode()).hexdigest()),
            ("openid", "sha256", lambda n: hashlib.sha256(f"o-{n}".encode()).hexdigest()),
        ],
    )
    def test_one_a_line(
        self, desk: Client, made: str, drain: Do, identifier: str, hashing: str, expected: Callable[[int], str]
    ) -> None:
        asked = self.export(desk, made, identifier, hashing)
        assert self.export(desk, made, identifier, hashing) == asked
        assert desk.post(f"/admin/exports/{asked}/link").code == "data_export_not_ready"
        drain(twice=True)
        assert self.lines(desk, asked) == [expected(n) for n in reversed(range(5))]
        told = desk.get(f"/admin/exports/{asked}").ok()
        assert (told["status"], told["rows"], told["expected"], told["links"]) == ("ready", 5, 5, 1)
        question = {"audience_id": made, "number": 1, "identifier": identifier, "hashing": hashing}
        assert (told["kind"], told["question"], told["purpose"]) == ("audiences", question, "双11投放")

    def test_without_such_an_identifier(self, desk: Client, made: str, drain: Do) -> None:
        asked = self.export(desk, made, "unionid", "md5")
        drain()
        assert self.lines(desk, asked) == []
        assert desk.get(f"/admin/exports/{asked}").ok()["expected"] == 5

    def test_what_changed_since_the_list_was_made(self, desk: Client, made: str, drain: Do) -> None:
        people = listed(desk, made)
        Member(id=people[0]).update([Member.status.set(MemberStatus.CLOSED)])
        consent(people[1], Scene.MARKETING, granted=False)
        consent(people[2], Scene.SHARING, granted=False)
        plain, hashed = self.export(desk, made, "member_id", "none"), self.export(desk, made)
        drain()
        assert self.lines(desk, plain) == people[2:]
        assert len(self.lines(desk, hashed)) == 2

    def test_on_record(self, desk: Client, made: str, drain: Do) -> None:
        asked = self.export(desk, made)
        drain(twice=True)
        self.lines(desk, asked)
        desk.delete(f"/admin/audiences/{made}", query={"version": 1}).ok()
        day = clock.today().isoformat()
        rows = desk.get("/admin/operations", query={"day": day}).ok()["items"]
        about = [each for each in rows if "exports" in each["path"]]
        wish = {"hashing": "sha256", "identifier": "phone", "reason": "双11投放"}
        words = f"audience_id {made}, number 1, identifier phone, hashing sha256"
        assert sorted((each["path"].rpartition("/")[2] == "link", each["summary"] or "") for each in about) == [
            (False, f"5 rows of audiences ({words}), 2026-11-24 to 2026-11-24, as txt: 双11投放"),
            (False, json.dumps(wish, ensure_ascii=False)),
            (True, ""),
        ]
        (told,) = desk.get("/admin/exports").ok()["items"]
        assert (told["id"], told["purpose"], told["links"]) == (asked, "双11投放", 1)

    def test_a_list_that_is_over_meanwhile(self, desk: Client, made: str, drain: Do) -> None:
        """Its files are deleted while it waits, or before it is asked for again."""
        asked = self.export(desk, made)
        for part in range(2):
            storage.delete(Bucket.WORK, f"audiences/{made}/00000001/{part:06d}")
        drain()
        told = desk.get(f"/admin/exports/{asked}").ok()
        assert (told["status"], told["problem"]) == ("failed", "source_gone")
        desk.post(f"/admin/exports/{asked}/again").ok()
        drain()
        assert desk.get(f"/admin/exports/{asked}").ok()["problem"] == "source_gone"

    def test_a_list_may_be_longer_than_a_sheet(
        self, desk: Client, made: str, drain: Do, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker, "MAX_ROWS", 4)
        asked = self.export(desk, made)
        drain()
        assert len(self.lines(desk, asked)) == 5

    def test_dies_anywhere_and_goes_on(
        self, counter: Counter, cloud: Cloud, sweep: Do, drain: Do, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker, "STEP_ROWS", 3)
        clerk = Staff("stf_1", "王", frozenset({"*"}))
        named = {"export": ""}

        def begin() -> None:
            cloud.memory.clear()
            fields = service.AudienceFields(title="x", segment_id=segment_of(crowd(4, *BOTH)))
            made = service.create(fields, "stf_1").id
            drain()
            asked = ExportAudience(identifier=Identifier.PHONE, hashing=Hashing.MD5, reason="x")
            named["export"] = exports.create(made, asked, "tap-0001", clerk).id

        def check() -> None:
            sweep(redeliver=True)
            told = machine.show(named["export"], clerk)
            assert (told.status, told.rows, told.expected) == ("ready", 4, 4)
            notes = [each for each in cloud.items("operations") if "4 rows" in each.get("summary", {}).get("S", "")]
            assert len(notes) == 1

        every_death(begin, drain, check)

    @pytest.mark.parametrize(
        ("identifier", "hashing"),
        [("phone", "none"), ("openid", "none"), ("member_id", "md5"), ("name", "md5"), ("phone", "sha1")],
    )
    def test_nobody_is_named(self, desk: Client, made: str, identifier: str, hashing: str) -> None:
        body = {"identifier": identifier, "hashing": hashing, "reason": "x"}
        assert desk.post(f"/admin/audiences/{made}/exports", json=body, key="tap-0001").status == 422
        assert list(DataExport.scan()) == []

    def test_a_permission_of_its_own(self, counter: Counter, desk: Client, made: str, drain: Do) -> None:
        asked = self.export(desk, made)
        drain()
        body = {"identifier": "member_id", "hashing": "none", "reason": "x"}
        for rights in (("segments.read", "segments.write", "data.export"), ("segments.read", "audiences.export")):
            other = staff(counter.http, *rights)
            assert other.post(f"/admin/audiences/{made}/exports", json=body, key="tap-0001").status == 403
            answers = [other.get(f"/admin/exports/{asked}"), other.post(f"/admin/exports/{asked}/link")]
            assert [each.status for each in answers] == [404 if "data.export" in rights else 403] * 2
        assert len(list(DataExport.scan())) == 1

    def test_refused(self, desk: Client, made: str) -> None:
        body = {"identifier": "member_id", "hashing": "none", "reason": "x"}
        path = f"/admin/audiences/{made}/exports"
        assert desk.post(path, json={**body, "number": 9}, key="tap-0001").code == "audience_not_ready"
        assert desk.post("/admin/audiences/aud_no/exports", json=body, key="tap-0001").code == "audience_not_found"
        days = {"from_day": "2026-11-23", "to_day": "2026-11-24"}
        wish = {"kind": "audiences", "format": "csv", "filters": days}
        assert desk.post("/admin/exports", json=wish, key="tap-0001").status == 422  # by days, nobody's list is meant
        assert list(DataExport.scan()) == []


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("13900001111", "86", "13900001111"),
        ("139 0000 1111", "86", "13900001111"),
        ("51234567", "852", "85251234567"),
        (None, None, None),
    ],
)
def test_numbers_as_platforms_hash_them(phone: str | None, country: str | None, expected: str | None) -> None:
    assert exports.identifier_of(Member(id="m", phone=phone, phone_country=country), Identifier.PHONE) == expected


def test_official_vectors() -> None:
    assert exports.hashed("abc", Hashing.MD5) == "900150983cd24fb0d6963f7d28e17f72"
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert exports.hashed("abc", Hashing.SHA256) == expected


def test_the_newest_answer_counts(counter: Counter, frozen: MovableClock) -> None:
    me = counter.shopper.id
    for granted, moved, expected in ((True, 1, True), (False, 1, False), (True, 1, True), (False, 0, False)):
        frozen.move(seconds=moved)
        privacy.give_consent(me, GiveConsent(scene=Scene.MARKETING, version="1", granted=granted))
        member = Member.find(me, consistent=True)
        assert member is not None
        assert privacy.consents_to(member, Scene.MARKETING) is expected
        assert not privacy.consents_to(member, *BOTH)


def test_files_are_kept_as_long_as_the_lists_say() -> None:
    buckets = Template.read("cn-north-1").resources("AWS::S3::Bucket")
    (work,) = [each.properties for each in buckets if each.properties["BucketName"].endswith("work")]
    rules = work["LifecycleConfiguration"]["Rules"]
    days = {rule.get("Prefix"): rule.get("ExpirationInDays") for rule in rules}
    assert (timedelta(days=days["audiences/"]), timedelta(days=days["tmp/"])) == (service.KEPT, machine.KEPT)
