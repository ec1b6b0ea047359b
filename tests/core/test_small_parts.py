"""Ids, clock, states, events, jobs, logs: the kernel's small parts."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core import clock, events, ids, jobs, logs
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.states import Steps, move
from chalicelib.core.transaction import Transaction
from tests.core.things import LIGHTS, Gone, Ignored, Light, Painted, Thing, stored
from tests.harness import START, Cloud, MovableClock


class TestIds:
    def test_they_sort_by_time_of_birth(self, frozen: MovableClock) -> None:
        made = []
        for step in (0, 1, 1, 50, 10_000, 86_400_000, 10**11):
            frozen.move(milliseconds=step)
            made.append(ids.new("ord"))
        assert made[1:] == sorted(made[1:])
        assert made[0] < made[2]

    def test_they_look_like_this_and_differ(self) -> None:
        made = {ids.new("ord") for _ in range(1000)}
        assert len(made) == 1000
        assert all(re.fullmatch(r"ord_[0-9a-hjkmnp-tv-z]{26}", each) for each in made)

    def test_derived_ones_are_the_same_for_ever(self) -> None:
        assert ids.derive("prd", "quilt") == "prd_5rpbnczytx9n06bssrj350yj8s"
        assert ids.derive("prd", "a", "bc") != ids.derive("prd", "ab", "c") != ids.derive("prd", "abc")
        assert ids.derive("prd", "a").split("_")[1] == ids.derive("sku", "a").split("_")[1]

    def test_numbers_are_digits_with_the_business_day_first(self, frozen: MovableClock) -> None:
        frozen.set(datetime(2026, 11, 24, 16, 30, tzinfo=UTC))  # half past midnight in Shanghai
        made = []
        for _ in range(1000):
            frozen.move(milliseconds=1)
            made.append(ids.number())
        assert made == sorted(set(made)), "in the order of their birth, none twice"
        assert all(re.fullmatch(r"261125\d{14}", each) for each in made), "with two digits more, WeChat Pay's 6 to 32"

    def test_numbers_of_one_millisecond_are_not_neighbors(self, frozen: MovableClock) -> None:
        assert len({ids.number() for _ in range(20)}) > 15


class TestClock:
    def test_it_is_aware_and_utc(self) -> None:
        assert clock.now().tzinfo is UTC
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)

    def test_the_business_day_is_shanghais(self, frozen: MovableClock) -> None:
        frozen.set(datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC))
        assert clock.today() == date(2026, 11, 24)
        frozen.move(seconds=1)
        assert clock.today() == date(2026, 11, 25)
        assert clock.day_start(clock.today()) == frozen.at
        assert clock.business_day(datetime(2026, 11, 25, 0, 30, tzinfo=ZoneInfo("Asia/Tokyo"))) == date(2026, 11, 24)

    def test_another_clock_for_a_while(self) -> None:
        with pytest.raises(ZeroDivisionError), clock.use(lambda: START):  # noqa: PT012
            assert clock.now() == START
            raise ZeroDivisionError
        assert clock.now() != START


@pytest.mark.usefixtures("tables")
class TestStates:
    @pytest.mark.parametrize("source", Light)
    @pytest.mark.parametrize("to", Light)
    def test_only_legal_steps(self, tables: Cloud, source: Light, to: Light) -> None:
        Thing(id="a", light=source, count=1).save()
        legal = LIGHTS.allows(source, to)
        try:
            with Transaction() as tx:
                move(tx, Thing(id="a"), Thing.light, LIGHTS, to, Thing.count.add(1), otherwise=Gone(what="a"))
        except Gone:
            assert not legal
        else:
            assert legal
        found = stored("a")
        assert found is not None
        assert (found.light, found.count) == ((to, 2) if legal else (source, 1))
        assert legal == (source in LIGHTS.sources(to))

    def test_also(self, tables: Cloud) -> None:
        Thing(id="a", light=Light.RED, count=1).save()
        with tables.unchanged(), pytest.raises(Gone), Transaction() as tx:
            move(tx, Thing(id="a"), Thing.light, LIGHTS, Light.GREEN, also=Thing.count == 2, otherwise=Gone())

    def test_what_does_not_exist_does_not_move(self, tables: Cloud) -> None:
        with tables.unchanged(), pytest.raises(Gone), Transaction() as tx:
            move(tx, Thing(id="none"), Thing.light, LIGHTS, Light.GREEN, otherwise=Gone(what="a"))

    def test_a_status_that_nothing_leads_to(self) -> None:
        steps = Steps({Light.RED: [Light.GREEN]})
        with pytest.raises(ValueError, match="nothing leads to red"), Transaction() as tx:
            move(tx, Thing(id="a"), Thing.light, steps, Light.RED, otherwise=Gone(what="a"))

    def test_an_end_has_no_way_out(self) -> None:
        steps = Steps({Light.RED: [Light.GREEN]})
        assert not any(steps.allows(Light.GREEN, to) for to in Light)


class TestEvents:
    def test_two_of_one_name(self) -> None:
        from chalicelib.core.events import Event, _kinds

        try:
            type("Doubled", (Event,), {"__module__": "one"})
            with pytest.raises(TypeError, match="two events are named Doubled"):
                type("Doubled", (Event,), {"__module__": "two"})
        finally:
            _kinds.pop("Doubled", None)

    def test_two_subscribers_of_one_name(self, on: Any) -> None:
        on(Painted, lambda event, tx: None)
        with pytest.raises(TypeError, match="two subscribers are named"):
            on(Ignored, lambda event, tx: None)

    def test_names_come_from_the_feature(self, on: Any) -> None:
        on(Painted, lambda event, tx: None, name="frame", queue="catalog")
        (found,) = events.subscribers_of(Painted)
        assert (found.name, found.queue, found.kind) == ("tests.frame", "catalog", Painted)
        assert events.subscriber("tests.frame") is found
        assert found in events.all_subscribers()

    def test_events_do_not_change(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            Painted(thing_id="a").color = "blue"


class TestJobs:
    @pytest.fixture(autouse=True)
    def _own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jobs, "_jobs", {})
        monkeypatch.setattr(jobs, "_announced", {})

    def test_run_by_name_with_its_own_correlation_id(self) -> None:
        seen: list[str] = []
        jobs.job("b")(lambda: seen.append(logs.correlation_id()) or 7)  # type: ignore[func-returns-value]
        jobs.job("a")(lambda: None)
        assert (jobs.run("b"), jobs.run("b"), jobs.names()) == (7, 7, ["a", "b"])
        assert len(set(seen) - {""}) == 2

    def test_two_of_one_name(self) -> None:
        jobs.job("a")(lambda: None)
        with pytest.raises(TypeError, match="two jobs"):
            jobs.job("a")(lambda: None)

    def test_a_failure_reaches_lambda(self) -> None:
        jobs.job("a")(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.run("a")


class TestLogs:
    def line(self, message: str, **extra: Any) -> dict[str, Any]:
        record = logging.getLogger("x").makeRecord("x", logging.INFO, "f", 1, message, (), None, extra=extra)
        text = logs.JsonFormatter().format(record)
        assert "\n" not in text
        found: dict[str, Any] = json.loads(text)
        return found

    def test_one_object_a_line(self, frozen: MovableClock) -> None:
        with logs.correlated("c-1"):
            found = self.line("order\nplaced", order_id="ord_1", amount=5, at_time=START, text="甲\n乙")
        assert found == {
            "at": "2026-11-24T02:00:00.000+00:00",
            "level": "INFO",
            "logger": "x",
            "message": "order\nplaced",
            "correlation_id": "c-1",
            "order_id": "ord_1",
            "amount": 5,
            "at_time": "2026-11-24 02:00:00+00:00",
            "text": "甲\n乙",
        }

    def test_failures_carry_their_traceback(self) -> None:
        try:
            raise TooBusy
        except TooBusy:
            record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
        found = json.loads(logs.JsonFormatter().format(record))
        assert "TooBusy" in found["exception"]

    def test_correlation_nests_and_ends(self) -> None:
        with logs.correlated("outer"):
            with logs.correlated() as inner:
                assert logs.correlation_id() == inner != "outer"
            assert logs.correlation_id() == "outer"
        assert logs.correlation_id() == ""

    def test_configured_it_writes_to_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        try:
            logs.configure("WARNING")
            logging.getLogger("chalicelib.x").warning("ready", extra={"n": 1})
            logging.getLogger("chalicelib.x").info("silent")
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
        (line,) = capsys.readouterr().out.splitlines()
        assert (json.loads(line)["message"], json.loads(line)["n"]) == ("ready", 1)


def test_a_refusal_tells_programs_and_people() -> None:
    error = Gone(what="钥匙", sku_id="sku_1")
    assert (error.code, error.status, error.text) == ("gone", 409, "钥匙没有了")
    assert error.details == {"what": "钥匙", "sku_id": "sku_1"}
    assert isinstance(error, DomainError)
