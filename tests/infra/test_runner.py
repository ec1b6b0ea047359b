"""The runner over real sockets, with queues and schedules in their threads."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.app import Chalice, CloudWatchEvent, Cron, Rate, SQSEvent

from chalicelib.core import aws
from chalicelib.core.settings import settings
from infra.local import schedules
from infra.local.gateway import Answer
from infra.local.runner import PortBusy, Runner
from infra.local.schedules import ScheduleError, Schedules, parse
from tests.harness import Cloud, MovableClock


class Tiny:
    """A small app that remembers what reached it."""

    def __init__(self, queue: str = "reactions") -> None:
        self.app = app = Chalice("tiny")
        self.forget()

        @app.route("/ping")
        def ping() -> dict[str, str]:
            return {"pong": (app.current_request.query_params or {}).get("n", "")}

        @app.route("/echo", methods=["POST"])
        def echo() -> Any:
            return app.current_request.json_body

        @app.on_sqs_message(queue=f"siyu-{queue}", batch_size=10)
        def consume(event: SQSEvent) -> dict[str, Any]:
            return self.handle(event.to_dict())

        @app.schedule(Rate(1, unit=Rate.MINUTES))
        def each_minute(event: CloudWatchEvent) -> str:
            self.jobs.append(event.source)
            return "done"

        @app.schedule(Cron(30, 18, "?", "*", "MON-FRI", "*"))
        def evenings(event: CloudWatchEvent) -> None:
            self.jobs.append("evening")

    def forget(self) -> None:
        self.seen: list[str] = []
        self.counts: list[str] = []
        self.ids: set[str] = set()
        self.poison: set[str] = set()
        self.jobs: list[str] = []

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        failed = []
        for record in event["Records"]:
            self.seen.append(record["body"])
            self.ids.add(record["messageId"])
            self.counts.append(record["attributes"]["ApproximateReceiveCount"])
            assert record["eventSource"] == "aws:sqs"
            assert record["eventSourceARN"].startswith("arn:aws-cn:sqs:cn-northwest-1:123456789012:siyu-")
            if record["body"] == "die":
                raise RuntimeError("the whole invocation")
            if record["body"] in self.poison:
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}


def _runner(tiny: Tiny, now: Callable[[], datetime] = lambda: datetime.now(UTC), **more: Any) -> Runner:
    return Runner(
        tiny.app,
        sqs=aws.client("sqs"),
        now=now,
        queue_url_base=settings().queue_url_base,
        prefix=settings().table_prefix,
        region=settings().region,
        port=0,
        **more,
    )


@pytest.fixture(scope="module")
def _running(_memory: Any) -> Iterator[tuple[Tiny, Runner]]:
    tiny = Tiny("payments")  # not the queue of the tests that deliver step by step
    runner = _runner(tiny, mounts={"/files": lambda method, target, headers, body: Answer(200, [], target.encode())})
    runner.start()
    yield tiny, runner
    runner.stop()


@pytest.fixture
def running(cloud: Cloud, _running: tuple[Tiny, Runner]) -> Runner:
    _running[0].forget()
    return _running[1]


@pytest.fixture
def tiny(request: pytest.FixtureRequest) -> Tiny:
    """The app of `running`, or one that nobody runs."""
    return request.getfixturevalue("_running")[0] if "_running" in request.fixturenames else Tiny()


@pytest.fixture
def still(cloud: Cloud, tiny: Tiny) -> Iterator[Runner]:
    runner = _runner(tiny)
    yield runner
    runner.stop()


@pytest.fixture
def line(running: Runner) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
    yield connection
    connection.close()


def _send(*bodies: str, queue: str = "reactions") -> None:
    for body in bodies:
        aws.client("sqs").send_message(QueueUrl=aws.queue_url(queue), MessageBody=body)


def _until(condition: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


class TestHttp:
    def test_many_requests_on_one_connection_are_quick(self, line: http.client.HTTPConnection) -> None:
        started = time.perf_counter()
        for i in range(50):
            line.request("GET", f"/ping?n={i}")
            answer = line.getresponse()
            assert (answer.status, json.loads(answer.read())) == (200, {"pong": str(i)})
        assert time.perf_counter() - started < 1, "44 ms a request is what delayed acknowledgments cost"

    @pytest.mark.parametrize("method", ["TRACE", "BREW", "HEAD", "OPTIONS", "DELETE"])
    def test_other_methods_are_405(self, line: http.client.HTTPConnection, method: str) -> None:
        line.request(method, "/ping")
        answer = line.getresponse()
        content = answer.read()
        assert answer.status == 405
        assert answer.getheader("Allow") == "GET"
        assert (content == b"") == (method == "HEAD")
        line.request("GET", "/ping")
        assert line.getresponse().read()

    def test_bodies(self, line: http.client.HTTPConnection) -> None:
        line.request("POST", "/echo", json.dumps({"锅": "x" * 300_000}), {"Content-Type": "application/json"})
        assert json.loads(line.getresponse().read()) == {"锅": "x" * 300_000}
        line.request("POST", "/echo", b"x" * 7_000_000, {"Content-Type": "application/json"})
        answer = line.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (413, "payload_too_large")

    @pytest.mark.parametrize(
        ("head", "status"),
        [
            ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
            ("nonsense\r\n\r\n", 400),
        ],
    )
    def test_what_is_no_request(self, running: Runner, head: str, status: int) -> None:
        host, _, port = running.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(head.encode())
            assert f" {status} ".encode() in raw.recv(4096)

    def test_mounts_and_jobs(self, line: http.client.HTTPConnection, tiny: Tiny) -> None:
        line.request("GET", "/files/a?b")
        assert line.getresponse().read() == b"/files/a?b"
        line.request("GET", "/filesystem")
        answer = line.getresponse()
        answer.read()
        assert answer.status == 404
        line.request("POST", "/_local/jobs/evenings")
        assert json.loads(line.getresponse().read()) == {"job": "evenings", "result": None}
        assert "evening" in tiny.jobs
        line.request("POST", "/_local/jobs/nobody")
        assert line.getresponse().status == 404

    def test_a_busy_port_is_told_in_one_line(self, running: Runner, tiny: Tiny) -> None:
        port = int(running.url.rpartition(":")[2])
        with pytest.raises(PortBusy, match=f"port {port} is taken"):
            Runner(
                tiny.app, sqs=None, now=lambda: datetime.now(UTC), queue_url_base="", prefix="", region="", port=port
            )

    def test_stops_gracefully(self, cloud: Cloud) -> None:
        before = set(threading.enumerate())
        runner = _runner(Tiny())
        runner.start()
        assert len(set(threading.enumerate()) - before) >= 3
        runner.stop()
        left = {thread.name for thread in set(threading.enumerate()) - before}
        assert left == set()


class TestQueues:
    def test_messages_reach_the_handler_by_themselves(self, running: Runner, tiny: Tiny, cloud: Cloud) -> None:
        _send(*(f"m{i}" for i in range(30)), queue="payments")
        _until(lambda: len(set(tiny.seen)) == 30)
        _until(lambda: cloud.memory.bodies("siyu-payments") == [])
        assert len(tiny.seen) == len(tiny.ids) == 30

    def test_many_senders_lose_and_double_nothing(self, running: Runner, tiny: Tiny) -> None:
        bodies = [[f"{n}-{i}" for i in range(25)] for n in range(6)]
        threads = [threading.Thread(target=_send, args=each, kwargs={"queue": "payments"}) for each in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _until(lambda: len(tiny.seen) >= 150)
        time.sleep(0.1)
        assert len(tiny.seen) == len(set(tiny.seen)) == 150

    def test_only_what_failed_comes_again_and_dies_at_last(self, still: Runner, tiny: Tiny, cloud: Cloud) -> None:
        tiny.poison = {"bad"}
        _send("good", "bad", "fine")
        report = still.drain(redeliver=cloud.memory.end_visibility_timeouts, expect_failures=True)
        assert report.failed == ["bad"] * 5
        assert tiny.seen == ["good", "bad", "fine", "bad", "bad", "bad", "bad"]
        assert [count for body, count in zip(tiny.seen, tiny.counts, strict=True) if body == "bad"] == list("12345")
        assert cloud.memory.bodies("siyu-reactions-dead") == ["bad"]
        assert cloud.memory.bodies("siyu-reactions") == []

    def test_a_handler_that_raises_gives_all_back(self, still: Runner, tiny: Tiny, cloud: Cloud) -> None:
        _send("one", "die", "two")
        with pytest.raises(AssertionError, match="not accepted"):
            still.drain()
        assert sorted(cloud.memory.bodies("siyu-reactions")) == ["die", "one", "two"]

    def test_idle_is_when_nothing_waits_and_nothing_is_under_way(self, still: Runner, tiny: Tiny) -> None:
        seen = []
        respond = tiny.handle
        tiny.handle = lambda event: (seen.append(still.is_idle()), respond(event))[1]  # type: ignore[method-assign]
        assert still.is_idle()
        _send("die")
        assert not still.is_idle()
        still.drain(expect_failures=True)
        assert seen == [False]
        assert not still.is_idle()  # it comes again

    def test_twice(self, still: Runner, tiny: Tiny, cloud: Cloud) -> None:
        _send("a", "b")
        still.drain(twice=True)
        assert tiny.seen == ["a", "b", "a", "b"]
        assert tiny.counts == ["1", "1", "2", "2"]
        assert cloud.memory.bodies("siyu-reactions") == []

    def test_what_never_ends_is_told(self, still: Runner, tiny: Tiny) -> None:
        respond = tiny.handle
        tiny.handle = lambda event: (_send("again"), respond(event))[1]  # type: ignore[method-assign]
        _send("again")
        with pytest.raises(AssertionError, match="no end"):
            still.drain()


class TestSchedules:
    def test_rate_and_cron(self, tiny: Tiny) -> None:
        clock = MovableClock(datetime(2026, 11, 24, 18, 29, 30, tzinfo=UTC))  # a Tuesday
        jobs = Schedules(tiny.app, clock)
        assert jobs.names() == ["each_minute", "evenings"]
        assert jobs.run_due() == ["each_minute"]
        assert jobs.run_due() == []
        clock.move(seconds=31)
        assert jobs.run_due() == ["evenings"]
        clock.move(seconds=29)
        assert jobs.run_due() == ["each_minute"]
        assert tiny.jobs == ["aws.events", "evening", "aws.events"]

    def test_clock_thread_runs_what_is_due(self, cloud: Cloud) -> None:
        tiny = Tiny()
        jobs = Schedules(tiny.app, lambda: datetime.now(UTC))
        jobs.start()
        _until(lambda: "aws.events" in tiny.jobs)
        jobs.stop()

    def test_run_job_knows_its_names(self, still: Runner) -> None:
        assert still.run_job("each_minute") == "done"
        with pytest.raises(KeyError, match="there are: each_minute, evenings"):
            still.run_job("nobody")

    @pytest.mark.parametrize(
        ("text", "at", "due"),
        [
            ("cron(0 18 * * ? *)", "2026-11-24T18:00:30", True),
            ("cron(0 18 * * ? *)", "2026-11-24T18:01:00", False),
            ("cron(*/15 * * * ? *)", "2026-11-24T07:45:00", True),
            ("cron(*/15 * * * ? *)", "2026-11-24T07:46:00", False),
            ("cron(5,10 0-3 1 JAN,NOV ? *)", "2026-11-01T03:10:00", True),
            ("cron(5,10 0-3 1 JAN,NOV ? *)", "2026-12-01T03:10:00", False),
            ("cron(0 0 ? * SUN *)", "2026-11-22T00:00:00", True),
            ("cron(0 0 ? * 2-6 *)", "2026-11-22T00:00:00", False),
            ("cron(0 0 ? * 2-6 2026-2027)", "2026-11-23T00:00:00", True),
        ],
    )
    def test_cron_fields(self, text: str, at: str, due: bool) -> None:
        assert parse(text).due(None, datetime.fromisoformat(at).replace(tzinfo=UTC)) is due

    def test_cron_once_a_minute(self) -> None:
        schedule, at = parse("cron(0 18 * * ? *)"), datetime(2026, 11, 24, 18, 0, 10, tzinfo=UTC)
        assert not schedule.due(at, at + timedelta(seconds=20))

    @pytest.mark.parametrize(
        "text",
        ["rate(0 minutes)", "rate(1 week)", "cron(0 18 * * * *)", "cron(61 * * * ? *)", "cron(0 0 L * ? *)", "soon"],
    )
    def test_bad_expressions(self, text: str) -> None:
        with pytest.raises(ScheduleError):
            schedules.parse(text)
