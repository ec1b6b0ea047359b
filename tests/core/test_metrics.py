"""Metrics in the log: the lines are what CloudWatch takes, one a request, and nothing is counted that is not listed."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.core import inbox, logs, metrics, outbox
from chalicelib.core.errors import DomainError
from chalicelib.core.http import PartnerBroken, PartnerBusy, PartnerError, PartnerRefused, retried
from chalicelib.core.transaction import Transaction
from infra.local.faults import answers
from tests.core import things
from tests.harness import Client, Cloud, MovableClock


@pytest.fixture
def told() -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """``told("request")``: the log lines of that message, read back from their JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield lambda message: [
        entry for entry in map(json.loads, stream.getvalue().splitlines()) if entry["message"] == message
    ]
    logging.getLogger().removeHandler(handler)


def points(entry: dict[str, Any]) -> list[tuple[str, tuple[str, ...], float]]:
    """The data points that CloudWatch makes of a line: metric, the values of its dimensions, value."""
    found = []
    for directive in entry["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        for metric in directive["Metrics"]:
            found += [
                (metric["Name"], tuple(entry[each] for each in dimensions), entry[metric["Name"]])
                for dimensions in directive["Dimensions"]
            ]
    return found


def test_a_line_is_what_cloudwatch_takes(frozen: MovableClock, told: Any) -> None:
    metrics.record("called", {"PartnerErrors": 1}, partner="wechat", kind="busy", url="https://x.test/a")
    (entry,) = told("called")
    assert entry["_aws"] == {
        "Timestamp": int(frozen.at.timestamp() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": "siyu",
                "Dimensions": [["partner"], ["partner", "kind"]],
                "Metrics": [{"Name": "PartnerErrors"}],
            }
        ],
    }
    assert points(entry) == [("PartnerErrors", ("wechat",), 1), ("PartnerErrors", ("wechat", "busy"), 1)]


def test_metrics_of_different_kinds_do_not_share_a_line() -> None:
    with pytest.raises(ValueError, match="too many values"):
        metrics.record("mixed", {"Latency": 1, "OutboxLag": 1}, group="open")


def test_they_are_written_at_any_log_level(told: Any) -> None:
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        metrics.record("swept", {"OutboxLag": 3})
        logging.getLogger("chalicelib.core.api").info("swept")
    finally:
        root.setLevel(before)
    assert len(told("swept")) == 1


class TestRequests:
    def test_one_line_a_request_by_kind_of_route(self, http: Client, told: Any) -> None:
        http.get("/rooms/r-1").ok()
        http.get("/rooms/r-1/chairs/c").ok()
        http.as_("guest-ann").delete("/rooms/r-1").ok()
        found = [(name, dimensions) for entry in told("request") for name, dimensions, _ in points(entry)]
        assert found == [("Latency", ("open",)), ("Latency", ("open",)), ("Latency", ("guest",))]

    def test_a_fault_of_ours_is_counted_and_a_refusal_is_not(self, http: Client, told: Any) -> None:
        assert http.get("/rooms", query={"least": "-1"}).status == 422
        assert http.patch("/rooms/crash", json={"name": "n"}).status == 500
        found = [[name for name, _, _ in points(entry)] for entry in told("request")]
        assert found == [["Latency"], ["Latency", "ServerErrors"]]


class TestEvents:
    @pytest.fixture(autouse=True)
    def _counted(self, monkeypatch: pytest.MonkeyPatch, bus: None) -> None:
        monkeypatch.setattr(metrics, "_counted", {"Painted": ["ThingsPainted"], "Remind": ["Reminders"]})

    def test_what_is_committed_is_counted_once(self, tables: Cloud, frozen: MovableClock, told: Any) -> None:
        with Transaction() as tx:
            tx.put(things.Part(owner="w", id="a", count=1))
            tx.emit(things.Painted(thing_id="a"))
            tx.emit(things.Painted(thing_id="b"))
        (entry,) = told("announced")
        assert points(entry) == [("ThingsPainted", (), 2)]

    def test_what_is_refused_is_not(self, tables: Cloud, told: Any) -> None:
        class Taken(DomainError):
            code = "taken"

        part = things.Part(owner="w", id="a", count=1)
        part.save()
        tx = Transaction()
        tx.put(part, only_if=things.Part.id.does_not_exist(), otherwise=Taken())
        tx.emit(things.Painted(thing_id="a"))
        with pytest.raises(Taken):
            tx.commit()
        assert told("announced") == []

    def test_a_field_is_added_up(self, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from chalicelib.trade.payments.events import PaymentSucceeded

        counted = {"PaymentSucceeded": ["PaymentsSucceeded", "PaidAmount:amount", "LatePayments:late"]}
        monkeypatch.setattr(metrics, "_counted", counted)
        paid = {"member_id": "m", "order_id": "o", "payment_id": "p", "tender": "wechat"}
        metrics.announced(
            [PaymentSucceeded(**paid, amount=500, late=False), PaymentSucceeded(**paid, amount=700, late=True)]
        )
        (entry,) = told("announced")
        assert points(entry) == [("PaymentsSucceeded", (), 2), ("PaidAmount", (), 1200), ("LatePayments", (), 1)]


class TestMessages:
    def handle(self, body: str) -> Any:
        arn = "arn:aws-cn:sqs:cn-northwest-1:123456789012:siyu-reactions"
        return inbox.handle({"Records": [{"messageId": "m-1", "body": body, "eventSourceARN": arn}]})

    @pytest.mark.parametrize("body", ["no json", "[]", '{"subscriber": "nobody", "payload": {}}', "{}"])
    def test_one_that_this_release_can_not_read(self, tables: Cloud, told: Any, body: str) -> None:
        assert self.handle(body) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
        (entry,) = told("reaction failed")
        assert points(entry) == [("UnreadableMessages", ("siyu-reactions",), 1)]

    def test_one_whose_reaction_fails(self, tables: Cloud, on: Any, told: Any) -> None:
        def fail(event: Any, tx: Transaction) -> None:
            raise ValueError("not yet")

        on(things.Painted, fail)
        item = outbox.item("evt-1", things.Painted(thing_id="a"), None)
        self.handle(outbox.message(item, "tests.react"))
        (entry,) = told("reaction failed")
        assert points(entry) == [("ReactionFailures", ("siyu-reactions",), 1)]
        assert "not yet" in entry["exception"]


class TestPartners:
    def fail(self, error: PartnerError) -> None:
        def call() -> None:
            raise error

        with pytest.raises(PartnerError):
            retried(call, idempotent=True)

    def test_each_failed_try_is_counted_by_kind(self, told: Any, naps: list[float]) -> None:
        self.fail(PartnerBroken("wechat"))
        found = [point for entry in told("partner call failed") for point in points(entry)]
        assert found == [("PartnerErrors", ("wechat",), 1), ("PartnerErrors", ("wechat", "broken"), 1)] * 3
        assert [entry["repeated"] for entry in told("partner call failed")] == [True, True, False]
        self.fail(PartnerBusy("wechat_pay"))
        assert told("partner call failed")[-1]["kind"] == "busy"

    def test_a_refusal_is_an_answer(self, told: Any) -> None:
        self.fail(PartnerRefused("wechat"))
        assert told("partner call failed") == []


def test_the_sweep_tells_how_far_behind_it_was(swept: None, frozen: MovableClock, told: Any) -> None:
    frozen.move(minutes=1)
    outbox.sweep()
    frozen.move(minutes=30)
    outbox.sweep()
    assert [points(entry) for entry in told("outbox swept")] == [[("OutboxLag", (), 60)], [("OutboxLag", (), 1800)]]


def test_what_botocore_repeats_in_silence_is_counted(tables: Cloud, told: Any, naps: list[float]) -> None:
    with answers.throttle("GetItem", times=2):
        things.Part.find("w", "a")
    (entry,) = told("database call repeated")
    assert points(entry) == [("DatabaseRetries", (), 2)]
    things.Part.find("w", "a")
    assert len(told("database call repeated")) == 1


def test_a_line_that_asks_for_a_person_is_counted(told: Any) -> None:
    logging.getLogger("x").error("look", extra={"alarm": True})
    logging.getLogger("x").error("look not", extra={"alarm": False})
    (entry,) = told("look")
    assert points(entry) == [("Alarms", (), 1)]
    assert "_aws" not in told("look not")[0]
