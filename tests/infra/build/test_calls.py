"""Who calls what: from a botocore call to IAM's words, and the recorder that sees them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from chalicelib.core import aws, events, inbox, jobs, outbox
from chalicelib.core.settings import settings
from infra.build import calls
from infra.build.calls import Call, needed, parse, text
from tests import recorder
from tests.harness import Client, Cloud


def wanted(service: str, operation: str, **parameters: Any) -> list[tuple[str, str]]:
    return sorted(needed(service, operation, parameters, "siyu-"))


class TestNeeded:
    def test_a_transaction_is_its_single_writes(self) -> None:
        items = [
            {"Put": {"TableName": "siyu-a"}},
            {"Update": {"TableName": "siyu-a"}},
            {"Delete": {"TableName": "siyu-b"}},
            {"ConditionCheck": {"TableName": "siyu-c"}},
        ]
        assert wanted("dynamodb", "TransactWriteItems", TransactItems=items) == [
            ("dynamodb:ConditionCheckItem", "c"),
            ("dynamodb:DeleteItem", "b"),
            ("dynamodb:PutItem", "a"),
            ("dynamodb:UpdateItem", "a"),
        ]
        got = [{"Get": {"TableName": "siyu-a"}}]
        assert wanted("dynamodb", "TransactGetItems", TransactItems=got) == [("dynamodb:GetItem", "a")]

    def test_an_index_is_a_resource_of_its_own(self) -> None:
        assert wanted("dynamodb", "Query", TableName="siyu-a", IndexName="by_b") == [("dynamodb:Query", "a/by_b")]

    def test_batches(self) -> None:
        both: dict[str, Any] = {"siyu-a": {}, "siyu-b": {}, "others": {}}
        assert wanted("dynamodb", "BatchGetItem", RequestItems=both) == [
            ("dynamodb:BatchGetItem", "a"),
            ("dynamodb:BatchGetItem", "b"),
        ]
        assert wanted("sqs", "SendMessageBatch", QueueUrl="https://sqs/1/siyu-q") == [("sqs:SendMessage", "q")]

    def test_objects(self) -> None:
        assert wanted("s3", "HeadObject", Bucket="siyu-media") == [("s3:GetObject", "media")]
        assert wanted("s3", "ListObjectsV2", Bucket="siyu-media") == [("s3:ListBucket", "media")]

    def test_an_unknown_service_is_loud(self) -> None:
        assert list(needed("ses", "SendEmail", {}, "")) == [("ses:SendEmail", "?")]


WALKED = {"growth", "members", "points", "stocks", "wallets"}


class TestFile:
    def test_order_and_doubles_do_not_matter(self) -> None:
        found = parse("# head\nb x:Y r\na x:Y r\n\na x:Y r\n")
        assert found == {Call("a", "x:Y", "r"), Call("b", "x:Y", "r")}
        assert parse(text(found)) == found
        assert text(found).splitlines()[1:] == ["a x:Y r", "b x:Y r"]

    def test_it_names_functions_that_exist_and_each_that_does_something(self) -> None:
        from app import app

        named = {call.function for call in calls.load()}
        busy = {source.name for source in app.event_sources} - {"posters", "tracking", "notifications", "fulfillment"}
        busy |= {each.queue for each in events.all_subscribers() if each.react.__module__.startswith("chalicelib.")}
        assert named <= recorder._names()
        assert busy | {"api"} <= named, f"no test ever saw {sorted(busy - named)} at work: make policies"

    def test_nothing_strange_is_allowed(self) -> None:
        for call in calls.load():
            assert call.resource != "?"
            assert recorder._is_ours(call), call
            assert not call.action.endswith((":CreateTable", ":DeleteTable")), call
            # Whole tables are read on a clock or by a walk in the background (segments, ledgers), never on a request.
            walks = call.function == "run_backfills" or (call.function == "reactions" and call.resource in WALKED)
            assert not call.action.endswith(":Scan") or walks, call


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> recorder.Recorder:
    """The recorder of this run, with an empty memory that comes back afterwards."""
    found: recorder.Recorder = request.config.pluginmanager.get_plugin("siyu-calls").recorder
    monkeypatch.setattr(found, "seen", set())
    monkeypatch.setattr(found, "refused", set())
    return found


class TestRecorder:
    def test_a_request_is_the_apis(self, http: Client, seen: recorder.Recorder) -> None:
        http.get("/categories").ok()
        assert Call("api", "dynamodb:Query", "taxonomy") in seen.seen

    def test_a_job_is_its_own_function_however_it_is_started(self, cloud: Cloud, seen: recorder.Recorder) -> None:
        outbox.sweep()
        direct, seen.seen = seen.seen, set()
        jobs.run("deliver_due_events")
        assert direct == seen.seen
        assert Call("deliver_due_events", "dynamodb:Query", "outbox") in direct

    def test_a_reaction_is_its_queues(self, cloud: Cloud, seen: recorder.Recorder) -> None:
        event = events.kind("MemberClosed")(member_id="mem_nobody")
        waiting = outbox.item("evt_1", event, None)
        heard = events.subscribers_of(type(event))
        for subscriber in heard:
            inbox.react(outbox.message(waiting, subscriber.name))
        assert heard
        assert {call.function for call in seen.seen} == {each.queue for each in heard}

    def test_what_a_test_does_itself_is_nobodys(self, cloud: Cloud, seen: recorder.Recorder) -> None:
        aws.client("dynamodb").get_item(TableName="siyu-inbox", Key={"id": {"S": "x"}})
        assert seen.seen == set()

    def test_signing_counts_as_calling(self, cloud: Cloud, seen: recorder.Recorder, monkeypatch: Any) -> None:
        monkeypatch.setattr(recorder, "_function", lambda frame: "api")
        client = aws.client("s3")
        client.generate_presigned_url("get_object", Params={"Bucket": settings().work_bucket, "Key": "a"})
        client.generate_presigned_post(settings().media_bucket, "a")
        assert seen.seen == {Call("api", "s3:GetObject", "work"), Call("api", "s3:PutObject", "media")}
        seen.refused.clear()

    def test_a_call_too_many_is_refused_by_name(
        self, http: Client, seen: recorder.Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        query = Call("api", "dynamodb:Query", "taxonomy")
        monkeypatch.setattr(seen, "allowed", seen.allowed - {query})
        _forget_taxonomy()
        http.get("/categories").ok()
        assert query in seen.refused
        seen.refused.clear()
        assert "make policies" in recorder.HELP

    def test_a_client_of_anybody_passes(self, cloud: Cloud, seen: recorder.Recorder) -> None:
        boto3.client("sqs", region_name=settings().region).list_queues()
        assert seen.seen == set()


def _forget_taxonomy() -> None:
    from chalicelib.mall.catalog.taxonomy import service

    service.forget()
