"""Files asked for, written in steps, fetched by a link; who may, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.mall.exports.models import MALL, DataExport, ExportStatus
from chalicelib.mall.exports.worker import service as worker
from chalicelib.mall.identity.staff.operations.models import Operation
from infra.local import faults
from tests.harness import Cloud, MovableClock
from tests.mall.exports.conftest import Desk, table
from tests.mall.exports.factories import Numbers
from tests.trade.payments.factories import staff_token

pytestmark = pytest.mark.usefixtures("numbers")
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 24)
Do = Callable[..., Any]


def ids_of(file: bytes) -> list[str]:
    return [row["编号"] for row in table(file)]


def wanted(numbers: Numbers) -> list[str]:
    return [str(row[0]) for row in numbers.all(FIRST, LAST)]


def test_from_the_wish_to_the_file(desk: Desk, numbers: Numbers, cloud: Cloud) -> None:
    made = desk.ask().ok()
    assert (made["status"], made["rows"], made["days"], made["days_done"]) == ("queued", 0, 2, 0)
    desk.drain()
    shown = desk.show(made["id"])
    assert (shown["status"], shown["rows"], shown["days_done"], shown["problem"]) == ("ready", 14, 2, None)
    file = desk.fetch(made["id"])
    assert ids_of(file) == wanted(numbers)
    assert shown["size"] == len(file)
    assert shown["expires_at"] > shown["finished_at"]
    assert cloud.dead_letters() == []


def test_what_leaves_the_house_is_in_the_operation_log(desk: Desk, frozen: MovableClock) -> None:
    export_id = desk.begin(state="odd")
    frozen.move(milliseconds=1)
    desk.drain()
    desk.fetch(export_id)
    log = [(each.method, each.path, each.staff_name) for each in Operation.query("2026-11-24")]
    here = f"/admin/exports/{export_id}"
    assert log == [("POST", "/admin/exports", "小林"), ("DONE", here, "小林"), ("POST", f"{here}/link", "小林")]
    (done,) = Operation.by_target.query(export_id, limit=1)
    assert done.summary == "6 rows of numbers, 2026-11-23 to 2026-11-24, as csv"


def test_the_same_key_is_the_same_export(desk: Desk, cloud: Cloud) -> None:
    first = desk.ask(key="tap-0000001").ok()
    with cloud.unchanged():
        assert desk.ask(key="tap-0000001").ok()["id"] == first["id"]
        assert desk.ask("numbers", "xlsx", key="tap-0000001").code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("kind", "filters"),
    [
        ("nothing", {}),
        ("numbers", {"state": "even"}),
        ("numbers", {"from_day": "2026-11-25"}),
        ("numbers", {"from_day": "2025-11-23"}),
        ("numbers", {"from_day": "1999-12-31", "to_day": "1999-12-31"}),
        ("numbers", {"phone": "13800000000"}),
        ("Orders; drop", {}),
    ],
)
def test_wishes_that_make_no_sense(desk: Desk, cloud: Cloud, kind: str, filters: dict[str, str]) -> None:
    with cloud.unchanged():
        assert desk.ask(kind, **filters).status == 422


def test_a_year_and_a_day_is_the_most(desk: Desk) -> None:
    assert desk.ask(from_day="2025-11-24", to_day="2026-11-24").ok()["days"] == 366


def test_a_format_there_is_not(desk: Desk, cloud: Cloud) -> None:
    with cloud.unchanged():
        for each in ("pdf", "txt"):
            assert desk.ask("numbers", each).status == 422


def test_who_may_not_read_it_may_not_take_it_out(desk: Desk, cloud: Cloud) -> None:
    export_id = desk.begin()
    desk.drain()
    path = f"/admin/exports/{export_id}"
    for rights in (("data.export",), ("data.export", "payments.read"), ("orders.read",)):
        other = Desk(desk.http, desk.drain, rights)
        staff = other.staff
        with cloud.unchanged():
            assert other.ask().status == 403
            refused = [staff.get(path), staff.post(f"{path}/link"), staff.post(f"{path}/cancel")]
        assert {each.status for each in refused} == ({403} if "data.export" not in rights else {404})
        listed = staff.get("/admin/exports", query={"mine": "false"})
        assert listed.status == 403 or listed.ok()["items"] == []
    assert desk.http.get(path).status == 401


def test_a_right_that_was_taken_away_meanwhile(desk: Desk, cloud: Cloud) -> None:
    export_id = desk.begin()
    desk.drain()
    desk.fetch(export_id)
    desk.rights = ("data.export",)
    staff = desk.staff
    with cloud.unchanged():
        assert staff.post(f"/admin/exports/{export_id}/link").code == "data_export_not_found"


def test_lists_of_ones_own_and_of_all(desk: Desk) -> None:
    mine = [desk.begin(), desk.begin()]
    other = Desk(desk.http, desk.drain, ("data.export", "orders.read", "payments.read"), asked=50)
    theirs = other.begin()

    def ids(desk: Desk, **query: Any) -> list[str]:
        return [each["id"] for each in desk.staff.get("/admin/exports", query=query).ok()["items"]]

    assert ids(desk) == mine[::-1]
    assert ids(desk, mine="false") == [theirs, *mine[::-1]]
    assert ids(other) == [theirs]
    page = desk.staff.get("/admin/exports", query={"limit": 1}).ok()
    assert ids(desk, limit=1, cursor=page["cursor"]) == [mine[0]]
    # Who may read the kind may fetch another's file: it holds nothing that they could not ask for themselves.
    desk.drain()
    assert desk.fetch(theirs)


def test_who_comes_back_finds_what_became_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, small_steps: None, frozen: MovableClock
) -> None:
    def news(desk: Desk, **query: str) -> list[tuple[str, str | None]]:
        items = desk.staff.get("/admin/exports", query={"news": "true", **query}).ok()["items"]
        return [(each["id"], each["problem"]) for each in items]

    fetched, ready = desk.begin(), desk.begin()
    desk.drain()
    desk.fetch(fetched)
    monkeypatch.setattr(worker, "MAX_ROWS", 13)
    failed = desk.begin()
    desk.drain()
    queued, canceled = desk.begin(), desk.begin()
    desk.staff.post(f"/admin/exports/{canceled}/cancel").ok()
    assert news(desk) == [(failed, "too_many_rows"), (ready, None)]
    other = Desk(desk.http, desk.drain, ("data.export", "orders.read", "payments.read"), asked=50)
    assert (news(other), news(other, mine="false")) == ([], news(desk))
    desk.staff.post(f"/admin/exports/{failed}/again").ok()
    assert news(desk) == [(ready, None)]
    desk.fetch(ready)
    assert (news(desk), desk.show(ready)["links"]) == ([], 1)
    assert desk.show(ready)["fetched_at"] is not None
    desk.drain()
    assert {export_id for export_id, _ in news(desk)} == {queued, failed}
    frozen.move(days=7)
    assert news(desk) == []


def test_one_person_has_three_at_once(desk: Desk, cloud: Cloud) -> None:
    first, *_ = (desk.begin() for _ in range(3))
    with cloud.unchanged():
        assert desk.ask().code == "too_many_data_exports"
    desk.staff.post(f"/admin/exports/{first}/cancel").ok()
    desk.ask().ok()


def test_a_link_ends_with_the_file(desk: Desk, frozen: MovableClock, cloud: Cloud) -> None:
    export_id = desk.begin()
    path = f"/admin/exports/{export_id}"
    with cloud.unchanged():
        assert desk.staff.post(f"{path}/link").code == "data_export_not_ready"
    desk.drain()
    over = DataExport.find(MALL, export_id).expires_at  # type: ignore[union-attr]
    link = desk.staff.post(f"{path}/link").ok()
    assert link["expires_at"] == "2026-11-24T02:15:00.003000Z"
    assert "X-Amz-Expires=900" in link["url"]
    frozen.set(over)
    frozen.move(minutes=-5)
    assert "X-Amz-Expires=299" in desk.staff.post(f"{path}/link").ok()["url"]
    frozen.set(over)
    assert desk.show(export_id)["status"] == "expired"
    with cloud.unchanged():
        assert desk.staff.post(f"{path}/link").json["details"] == {"status": "expired"}
    again = desk.staff.post(f"{path}/again").ok()
    assert (again["status"], again["attempt"], again["links"], again["fetched_at"]) == ("queued", 2, 0, None)
    with cloud.unchanged():
        assert desk.staff.post(f"{path}/again").code == "data_export_running"
    desk.drain()
    assert desk.show(export_id)["status"] == "ready"
    with cloud.unchanged():
        assert desk.staff.post(f"{path}/again").code == "data_export_running"


def test_canceled_in_the_middle(desk: Desk, numbers: Numbers, small_steps: None, cloud: Cloud) -> None:
    export_id = desk.begin()
    path = f"/admin/exports/{export_id}"

    def stop() -> None:
        if len(numbers.seen) == 4:
            desk.staff.post(f"{path}/cancel").ok()

    numbers.between = stop
    desk.drain()
    assert len(numbers.seen) == 5  # the step that was being read is the last
    shown = desk.show(export_id)
    assert (shown["status"], shown["rows"]) == ("canceled", 6)
    with cloud.unchanged():
        assert desk.staff.post(f"{path}/link").code == "data_export_not_ready"
        assert desk.staff.post(f"{path}/cancel").code == "data_export_over"
    numbers.between = lambda: None
    again = desk.staff.post(f"{path}/again").ok()
    assert (again["status"], again["rows"], again["attempt"], again["finished_at"]) == ("queued", 0, 2, None)
    desk.drain()
    assert ids_of(desk.fetch(export_id)) == wanted(numbers)


def test_more_rows_than_a_sheet_holds(desk: Desk, monkeypatch: pytest.MonkeyPatch, small_steps: None) -> None:
    monkeypatch.setattr(worker, "MAX_ROWS", 13)
    export_id = desk.begin()
    desk.drain()
    shown = desk.show(export_id)
    assert (shown["status"], shown["problem"]) == ("failed", "too_many_rows")
    monkeypatch.setattr(worker, "MAX_ROWS", 14)
    desk.staff.post(f"/admin/exports/{export_id}/again").ok()
    desk.drain()
    shown = desk.show(export_id)
    assert (shown["status"], shown["problem"], shown["rows"]) == ("ready", None, 14)


def test_a_file_that_stands_still_is_given_up(
    desk: Desk, numbers: Numbers, small_steps: None, sweep: Do, cloud: Cloud
) -> None:
    export_id = desk.begin()

    def breaks() -> None:
        raise LookupError("no such thing")

    numbers.between = breaks
    desk.drain(redeliver=True)
    assert len(cloud.dead_letters()) == 1
    sweep(minutes=50, expect_failures=True)
    assert desk.show(export_id)["status"] == "queued"
    numbers.between = lambda: None
    stored = DataExport.find(MALL, export_id, consistent=True)
    assert stored is not None
    worker._Run(stored).step()  # it moves: the hour begins anew
    sweep(minutes=55)
    assert desk.show(export_id)["status"] == "running"
    sweep(minutes=10)
    shown = desk.show(export_id)
    assert (shown["status"], shown["problem"]) == ("failed", "stuck")
    desk.staff.post(f"/admin/exports/{export_id}/again").ok()
    desk.drain()
    assert ids_of(desk.fetch(export_id)) == wanted(numbers)
    sweep(minutes=70)
    assert desk.show(export_id)["status"] == "ready"


def test_runs_are_short(desk: Desk, numbers: Numbers, small_steps: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run does more than one step when its time is over, and the next goes on."""
    monkeypatch.setattr(worker, "RUN_SECONDS", 0.0)
    seen = iter((0.0, 0.0, 1.0) * 20)
    monkeypatch.setattr("chalicelib.mall.exports.worker.service.time.monotonic", lambda: next(seen))
    export_id = desk.begin()
    monkeypatch.setattr(worker, "RUN_SECONDS", 0.5)
    desk.drain()
    assert desk.show(export_id)["status"] == "ready"
    assert ids_of(desk.fetch(export_id)) == wanted(numbers)


def test_dead_at_any_step(
    desk: Desk, numbers: Numbers, small_steps: None, cloud: Cloud, sweep: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is there twice, or not, shows; a part that is large enough is joined by S3."""
    large = 5 * 1024 * 1024
    monkeypatch.setattr(worker, "PART_BYTES", large)
    numbers.text = lambda number: "x" * large if number == 6 else None
    export_id = ""

    def prepare() -> None:
        nonlocal export_id
        cloud.memory.clear()
        desk.tokens.clear()
        export_id = desk.begin()

    def check() -> None:
        sweep(redeliver=True)
        assert desk.show(export_id)["status"] == "ready"
        file = desk.fetch(export_id).decode()
        assert [line.partition(",")[0] for line in file.splitlines()[1:]] == wanted(numbers)
        done = [each for each in Operation.by_target.query(export_id) if each.method == "DONE"]
        assert len(done) == 1

    steps = faults.every_death(prepare, desk.drain, check)
    s3 = [step.removeprefix("s3 ") for step in steps if step.startswith("s3 ")]
    join = ["CreateMultipartUpload", "UploadPartCopy", "UploadPart", "CompleteMultipartUpload"]
    assert s3 == ["PutObject", "PutObject", *join]


def _first_column(file: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(file))
    return [row[0].value for row in book.active.iter_rows(min_row=2)]


@pytest.mark.parametrize("page", [1, 4])
def test_two_workers_at_once(desk: Desk, numbers: Numbers, small_steps: None, page: int) -> None:
    """While one reads a page, another does that step, and what it read is another text: one of them is heard."""
    export_id = desk.begin("numbers", "xlsx")

    def other() -> None:
        if len(numbers.seen) == page:
            numbers.between = lambda: None
            kept, numbers.text = numbers.text, lambda number: f"anders {number}" * 99
            stored = DataExport.find(MALL, export_id, consistent=True)
            assert stored is not None
            worker._Run(stored).step()
            numbers.text = kept

    numbers.between = other
    assert worker.advance(export_id) is False  # overtaken: the other one's message goes on
    desk.drain(twice=True)
    assert _first_column(desk.fetch(export_id)) == wanted(numbers)
    assert len([each for each in Operation.by_target.query(export_id) if each.method == "DONE"]) == 1


def test_a_worker_of_an_attempt_that_is_over(desk: Desk, numbers: Numbers, small_steps: None) -> None:
    """Canceled and begun anew while it reads a page: what it read belongs to another moment."""
    export_id = desk.begin()

    def anew() -> None:
        numbers.between = lambda: None
        for step in ("cancel", "again"):
            desk.staff.post(f"/admin/exports/{export_id}/{step}").ok()

    numbers.between = anew
    assert worker.advance(export_id) is False
    shown = desk.show(export_id)
    assert (shown["status"], shown["rows"], shown["attempt"]) == ("queued", 0, 2)
    desk.drain()
    assert ids_of(desk.fetch(export_id)) == wanted(numbers)


def test_large_pieces_are_joined_by_s3(desk: Desk, numbers: Numbers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that are large enough are copied and not read again; the last may be small."""
    large = 5 * 1024 * 1024
    monkeypatch.setattr(worker, "PART_BYTES", large)
    monkeypatch.setattr(worker, "STEP_ROWS", 3)
    numbers.text = lambda number: "很" * 800_000
    export_id = desk.begin()
    with faults.watched() as watch:
        desk.drain()
    export = DataExport.find(MALL, export_id, consistent=True)
    assert export is not None
    assert export.status is ExportStatus.READY
    assert len(export.parts) == watch.steps.count("s3 UploadPartCopy") >= 3
    file = desk.fetch(export_id)
    assert [line.partition(",")[0] for line in file.decode().splitlines()[1:]] == wanted(numbers)
    assert len(file) == export.sheet.size > 3 * large
    head = aws.client("s3").list_objects_v2(
        Bucket=settings().work_bucket, Prefix=f"tmp/data-exports/{export_id}/{export.file}"
    )["Contents"][0]
    assert head["Size"] == len(file)


def test_nobody_answers_for_what_is_not_there(desk: Desk, cloud: Cloud) -> None:
    with cloud.unchanged():
        assert desk.staff.get("/admin/exports/dex_nothing").code == "data_export_not_found"
        assert desk.staff.post("/admin/exports/dex_nothing/again").code == "data_export_not_found"


def test_a_token_of_another_right(desk: Desk, cloud: Cloud) -> None:
    staff = desk.http.as_(staff_token("catalog.import"))
    with cloud.unchanged():
        assert staff.get("/admin/exports").status == 403
