"""A day is compared once, when its bill is there, whatever happens on the way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core import clock, jobs
from chalicelib.core.inbox import react
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.trade.payments.models import Payment
from chalicelib.trade.reconciliation import service
from chalicelib.trade.reconciliation.comparing import service as comparing
from chalicelib.trade.reconciliation.errors import DayMoved
from chalicelib.trade.reconciliation.events import CompareDay
from chalicelib.trade.reconciliation.models import DayStatus, Reconciliation
from infra.local.faults import every_death
from tests.harness import START
from tests.trade.payments.factories import staff_token
from tests.trade.reconciliation.conftest import DAY, Office


def test_a_day_that_agrees(office: Office) -> None:
    _, number = office.sell()
    office.sell(12_300)
    office.give_back(number, 1_000)
    office.next_morning()
    day = office.day()
    assert (day.status, day.found, office.differences()) == (DayStatus.DONE, 0, [])
    assert (day.payments, day.payments_amount, day.refunds, day.refunds_amount) == (2, 22_200, 1, 1_000)
    assert (day.own_payments, day.own_refunds, day.fee_amount, day.has_bill) == (2, 1, 59 + 74 - 6, True)
    assert storage.get(Bucket.WORK, comparing.bill_key(DAY))


def test_the_morning_before_ten(office: Office) -> None:
    office.sell()
    assert DAY not in office.next_morning(hours=23.9)
    assert office.next_morning(hours=0.2) == [DAY]
    assert office.run() == []


def test_days_that_were_missed_are_caught_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOOK_BACK", 8)
    office.sell()
    begun = office.next_morning(hours=24 * 5)
    assert begun == [f"2026-11-{day}" for day in (*range(21, 25), *range(25, 29))]
    assert {each.status for each in Reconciliation.query("mall")} == {DayStatus.DONE}
    assert office.day().payments == 1


@pytest.mark.parametrize("fault", ["500", "busy", "garbage", "forged"])
def test_no_answer_is_asked_again_by_the_next_run(office: Office, fault: str) -> None:
    office.sell()
    office.run()
    office.partners.faults.api("tradebill", fault, times=9)
    office.next_morning()
    day = office.day()
    assert (day.status, day.step, day.has_bill) == (DayStatus.WAITING, 0, False)
    assert day.problem
    office.partners.faults.clear()
    office.run()
    assert (office.day().status, office.day().problem) == (DayStatus.DONE, None)


@pytest.mark.parametrize("fault", ["cut", "garbage"])
def test_half_a_bill_is_no_bill(office: Office, fault: str) -> None:
    office.sell()
    office.run()
    office.partners.faults.api("billdownload", fault)
    office.next_morning()
    assert (office.day().status, office.day().problem) == (DayStatus.WAITING, "BadBill")
    assert storage.get(Bucket.WORK, comparing.bill_key(DAY)) is None
    assert office.differences() == []
    office.run()
    assert office.day().status is DayStatus.DONE


def test_a_bill_that_does_not_come_rings_in_the_evening(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.sell()
    office.run()
    answer = {"code": "STATEMENT_CREATING", "message": "请求的账单正在生成中"}
    office.partners.faults.api("tradebill", "answer", times=99, status=400, document=answer)
    with caplog.at_level(logging.INFO):
        office.next_morning(hours=31.9)
        assert not _rang(caplog)
        office.next_morning(hours=0.2)
        assert _rang(caplog)
    assert office.day().problem == "STATEMENT_CREATING"


def test_no_such_bill_is_doubted_for_a_day_if_we_sold(office: Office) -> None:
    _, number = office.sell()
    office.run()
    office.trade(number).succeeded_at = None
    office.next_morning()
    assert (office.day().status, office.day().problem) == (DayStatus.WAITING, "NO_STATEMENT_EXIST")
    office.next_morning()
    assert (office.day().status, office.day().has_bill) == (DayStatus.DONE, False)
    assert office.differences() == [(number, "ours_only", "open")]


def test_a_day_without_sales_is_done(office: Office) -> None:
    office.next_morning()
    assert (office.day().status, office.day().found) == (DayStatus.DONE, 0)


def test_a_large_bill_goes_step_by_step(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "CHUNK", 2)
    numbers = [office.sell()[1] for _ in range(5)]
    for number in numbers:
        office.trade(number).total += 1
    office.next_morning()
    assert (office.day().step, office.day().found, office.day().status) == (4, 5, DayStatus.DONE)
    assert office.differences() == [(number, "amount", "open") for number in numbers]


def test_a_step_reads_its_own_part_of_the_bill(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was compared before may be illegible by now."""
    monkeypatch.setattr(comparing, "CHUNK", 2)
    for _ in range(5):
        office.trade(office.sell()[1]).total += 1
    event = _fetched(office)
    place = office.day().place
    _advance(event)
    key = comparing.bill_key(DAY)
    whole = storage.get(Bucket.WORK, key)
    assert whole is not None
    assert 0 < place < office.day().place < len(whole)
    spoiled = whole[:place] + bytes(office.day().place - place) + whole[office.day().place :]
    storage.put(Bucket.WORK, key, spoiled, "application/gzip")
    for step in (2, 3):
        _advance(CompareDay(day=DAY, run=1, step=step))
    assert (office.day().found, office.day().place) == (5, 0)


def test_a_bill_that_is_kept_no_more_stops_the_day(office: Office) -> None:
    """Nothing is taken for missing at the channel, and the job begins the day anew."""
    office.sell()
    event = _fetched(office)
    storage.delete(Bucket.WORK, comparing.bill_key(DAY))
    with pytest.raises(FileNotFoundError):
        _advance(event)
    assert (office.day().step, office.differences()) == (1, [])


def test_a_day_of_which_no_place_is_known_is_fetched_again(office: Office) -> None:
    """One that an earlier release began."""
    office.trade(office.sell()[1]).total += 1
    _fetched(office)
    day = office.day()
    day.step, day.found, day.place = 2, 1, None
    day.save()
    for step in (2, 3, 4):
        _advance(CompareDay(day=DAY, run=1, step=step))
    assert (office.day().status, office.day().found, len(office.differences())) == (DayStatus.DONE, 1, 1)


@pytest.mark.parametrize("late", [{"step": 1}, {"run": 1}])
def test_a_message_of_an_earlier_step_or_run_does_nothing(office: Office, late: dict[str, int]) -> None:
    now = clock.now()
    Reconciliation(day=DAY, status=DayStatus.COMPARING, run=2, step=2, begun_at=now, touched_at=now, place=0).save()
    with office.cloud.unchanged(), Transaction() as tx:
        comparing.advance(tx, CompareDay(**{"day": DAY, "run": 2, "step": 2, **late}))  # type: ignore[arg-type]


def test_a_step_that_was_done_meanwhile_is_not_done_twice(office: Office) -> None:
    office.trade(office.sell()[1]).total += 1
    event = _fetched(office)
    with pytest.raises(DayMoved):
        _advance(event, meanwhile=lambda: _advance(event))
    assert (office.day().step, office.day().found) == (2, 1)


def test_a_step_of_a_day_that_was_begun_anew_meanwhile_does_not_count(office: Office) -> None:
    office.trade(office.sell()[1]).total += 1
    event = _fetched(office)

    def anew() -> None:
        office.staff.post(f"/admin/reconciliations/{DAY}/run").ok()
        _advance(CompareDay(day=DAY, run=2, step=0))

    with pytest.raises(DayMoved):
        _advance(event, meanwhile=anew)
    assert (office.day().run, office.day().step, office.day().found) == (2, 1, 0)


def test_a_message_for_a_day_that_is_done_does_nothing(office: Office) -> None:
    office.sell()
    office.next_morning()
    with office.cloud.unchanged():
        _advance(CompareDay(day=DAY, run=1, step=office.day().step))


def test_too_many_differences_are_counted_only(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST", 2)
    for _ in range(4):
        office.trade(office.sell()[1]).total += 1
    office.next_morning()
    assert (office.day().found, len(office.differences())) == (4, 2)


def test_the_same_bill_twice(office: Office) -> None:
    _, number = office.sell()
    office.trade(number).total += 1
    office.next_morning()
    before = office.differences()
    office.staff.post(f"/admin/reconciliations/{DAY}/run").ok()
    office.drain(twice=True)
    assert (office.day().run, office.day().status, office.day().found) == (2, DayStatus.DONE, 1)
    assert office.differences() == before == [(number, "amount", "open")]


def test_two_runs_at_once(office: Office) -> None:
    office.sell()
    office.clock.move(hours=24)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.run("reconcile_payments"), range(4)))
    office.drain()
    assert (office.day().run, office.day().status, office.day().found) == (1, DayStatus.DONE, 0)


def test_two_messages_of_a_step_at_once(office: Office) -> None:
    _, number = office.sell()
    office.trade(number).total += 1
    office.clock.move(hours=24)
    jobs.run("reconcile_payments")
    body = next(each for each in office.cloud.memory.bodies("siyu-payments") if DAY in each)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: _try(body), range(2)))
    office.drain()
    assert (office.day().status, office.day().found, len(office.differences())) == (DayStatus.DONE, 1, 1)


def test_what_got_stuck_is_begun_anew(office: Office) -> None:
    office.sell()
    office.next_morning()
    day = office.day()
    day.status, day.step, day.place, day.touched_at = DayStatus.COMPARING, 1, 0, office.clock.at
    day.save()
    assert office.run() == []
    assert office.next_morning(hours=1) == [DAY]
    assert (office.day().status, office.day().run) == (DayStatus.DONE, 2)


def test_deaths_on_the_way(office: Office, sweep: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOOK_BACK", 1)
    _, number = office.sell()
    trade, payment = office.trade(number), Payment.find(number)
    assert payment is not None

    def prepare() -> None:
        office.clock.set(START)
        office.cloud.memory.clear()
        office.partners.reset()
        payment.save()
        office.partners.wechat_pay.books.trades[number] = replace(trade, total=trade.total + 7)
        office.clock.move(hours=24)

    def act() -> None:
        jobs.run("reconcile_payments")
        office.drain()

    def check() -> None:
        sweep(redeliver=True)
        sweep(minutes=61, redeliver=True)
        act()
        assert (office.day().status, office.day().found) == (DayStatus.DONE, 1)
        assert office.differences() == [(number, "amount", "open")]
        assert office.cloud.dead_letters() == []

    assert len(every_death(prepare, act, check)) > 10


def test_staff_look_and_fetch_the_bill(office: Office) -> None:
    office.sell()
    office.next_morning()
    listed = office.staff.get("/admin/reconciliations?limit=1").ok()
    assert [(each["day"], each["status"], each["payments"]) for each in listed["items"]] == [(DAY, "done", 1)]
    assert office.staff.get(f"/admin/reconciliations/{DAY}").ok() == listed["items"][0]
    assert f"bills/wechat_pay/{DAY}.csv.gz" in office.staff.get(f"/admin/reconciliations/{DAY}/bill").ok()["url"]


@pytest.mark.parametrize("day", ["2026-11-20", "yesterday", "20261124", "9999-01-01", "1999-01-01"])
def test_no_such_day(office: Office, day: str) -> None:
    staff = office.staff
    with office.cloud.unchanged():
        assert staff.get(f"/admin/reconciliations/{day}").code == "reconciliation_not_found"
        assert staff.get(f"/admin/reconciliations/{day}/bill").code == "reconciliation_not_found"


def test_a_day_that_is_not_over_can_not_be_run(office: Office) -> None:
    token = office.staff
    with office.cloud.unchanged():
        assert token.post(f"/admin/reconciliations/{DAY}/run").code == "day_not_over"
        assert token.post("/admin/reconciliations/nonsense/run").code == "reconciliation_not_found"


def test_only_with_permission(office: Office) -> None:
    reader = office.till.http.as_(staff_token("payments.read"))
    with office.cloud.unchanged():
        assert reader.post(f"/admin/reconciliations/{DAY}/run").status == 403
        assert reader.post("/admin/ledger-checks").status == 403


def test_a_day_without_a_bill_has_no_file(office: Office) -> None:
    office.next_morning()
    assert office.staff.get(f"/admin/reconciliations/{DAY}/bill").code == "no_bill_kept"


def _fetched(office: Office) -> CompareDay:
    """The bill of the day is here. :returns: the message of the step that is due."""
    office.clock.move(hours=24)
    jobs.run("reconcile_payments")
    _advance(CompareDay(day=DAY, run=1, step=0))
    return CompareDay(day=DAY, run=1, step=1)


def _advance(event: CompareDay, meanwhile: Callable[[], None] = lambda: None) -> None:
    """*meanwhile* comes between what the step reads and what it commits."""
    with Transaction() as tx:
        comparing.advance(tx, event)
        meanwhile()


def _rang(caplog: pytest.LogCaptureFixture) -> bool:
    return any(getattr(record, "alarm", False) for record in caplog.records if record.message == "no bill yet")


def _try(body: str) -> None:
    try:
        react(body)
    except Exception:
        logging.getLogger(__name__).info("the other one was quicker", exc_info=True)
