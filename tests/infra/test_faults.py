"""The faults are what they say: each is shown to have its effect, and only that."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.core import aws, http
from chalicelib.core.api import Api
from chalicelib.core.outbox import Watermark
from chalicelib.core.tables import time_text
from infra.local import faults
from infra.local.faults import ProcessKilled, outgoing
from tests.harness import START, Cloud

GUARDS = "siyu-guards"


def _put(name: str) -> None:
    aws.client("dynamodb").put_item(TableName=GUARDS, Item={"id": {"S": name}})


def _transact(*names: str, token: str = "a token of this test") -> None:
    items = [{"Put": {"TableName": GUARDS, "Item": {"id": {"S": name}}}} for name in names]
    aws.client("dynamodb").transact_write_items(TransactItems=items, ClientRequestToken=token)


def _ids(cloud: Cloud) -> list[str]:
    return sorted(item["id"]["S"] for item in cloud.items("guards"))


class TestDeath:
    def act(self) -> None:
        _put("first")
        aws.client("sqs").send_message(QueueUrl=aws.queue_url("reactions"), MessageBody="{}")
        _transact("second", "third")

    def test_counts_every_step(self, cloud: Cloud) -> None:
        with faults.watched() as watch:
            self.act()
        assert watch.steps == ["dynamodb PutItem", "sqs SendMessage", "dynamodb TransactWriteItems"]
        assert not watch.dead

    @pytest.mark.parametrize(
        ("step", "when", "ids", "messages"),
        [
            (1, "before", [], 0),
            (1, "after", ["first"], 0),
            (2, "before", ["first"], 0),
            (2, "after", ["first"], 1),
            (3, "before", ["first"], 1),
            (3, "after", ["first", "second", "third"], 1),
        ],
    )
    def test_dies_at_the_step(self, cloud: Cloud, step: int, when: Any, ids: list[str], messages: int) -> None:
        with pytest.raises(ProcessKilled, match=f"{when} step {step}"), faults.watched(step, when):
            self.act()
        assert _ids(cloud) == ids
        assert len(cloud.messages("reactions")) == messages

    def test_the_dead_do_nothing_more(self, cloud: Cloud) -> None:
        def act() -> None:
            try:
                _put("first")
            finally:
                _put("cleaning up")

        with pytest.raises(ProcessKilled, match="already dead"), faults.watched(1):
            act()
        assert _ids(cloud) == []

    def test_no_handler_catches_it(self, serve: Any, cloud: Cloud) -> None:
        api = Api("part", title="part")

        @api.post("/careful")
        def careful() -> None:
            try:
                _put("first")
            except Exception:
                _put("second best")

        client = serve(api)
        with pytest.raises(ProcessKilled), faults.watched(1):
            client.post("/careful")
        assert _ids(cloud) == []
        assert client.post("/careful").status == 204

    def test_other_threads_live(self, cloud: Cloud) -> None:
        with faults.watched(1) as watch:
            thread = threading.Thread(target=_put, args=("other",))
            thread.start()
            thread.join()
            assert watch.steps == []
        assert _ids(cloud) == ["other"]

    def test_partners_are_steps_too(self, partners: Any) -> None:
        url = partners.base_urls["wechat"] + "/cgi-bin/stable_token"
        with faults.watched() as watch:
            http.send("wechat", "POST", url, body=b"{}")
        assert watch.steps == [f"POST {url}"]
        before = len(partners.calls)
        with pytest.raises(ProcessKilled), faults.watched(1, "before"):
            http.send("wechat", "POST", url, body=b"{}")
        assert len(partners.calls) == before
        with pytest.raises(ProcessKilled), faults.watched(1, "after"):
            http.send("wechat", "POST", url, body=b"{}")
        assert len(partners.calls) == before + 1

    def test_every_death(self, cloud: Cloud) -> None:
        seen: list[tuple[int, int]] = []
        steps = faults.every_death(
            cloud.memory.clear, self.act, lambda: seen.append((len(_ids(cloud)), len(cloud.messages("reactions"))))
        )
        assert steps == ["dynamodb PutItem", "sqs SendMessage", "dynamodb TransactWriteItems"]
        assert seen == [(3, 1), (0, 0), (1, 0), (1, 1), (3, 1)]

    def test_a_read_leaves_the_world_as_it_was(self, cloud: Cloud) -> None:
        """So nothing dies after one that did not die before it."""
        seen: list[int] = []
        steps = faults.every_death(
            cloud.memory.clear,
            lambda: [Watermark.find("first"), _put("first"), Watermark.find("first")],
            lambda: seen.append(len(_ids(cloud))),
        )
        assert (len(steps), seen) == (3, [1, 0, 1])

    def test_every_death_says_which(self, cloud: Cloud) -> None:
        def check() -> None:
            assert len(cloud.messages("reactions")) == (1 if "first" in _ids(cloud) else 0)

        with pytest.raises(AssertionError) as caught:
            faults.every_death(cloud.memory.clear, self.act, check)
        assert caught.value.__notes__ == ["the process died after step 1 of 3: dynamodb PutItem"]

    def test_steps_that_are_not_taken_again_are_told(self, cloud: Cloud) -> None:
        names = iter(["only once"])
        with pytest.raises(AssertionError, match="only 0 steps this time"):
            faults.every_death(cloud.memory.clear, lambda: [_put(name) for name in names], lambda: None)


@pytest.mark.dynoxide
class TestBadAnswers:
    def test_conflict(self, cloud: Cloud) -> None:
        with faults.conflict(times=2):
            for _ in range(2):
                with cloud.unchanged(), pytest.raises(ClientError) as caught:
                    _transact("a", "b")
                assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
                reasons = [each["Code"] for each in caught.value.response["CancellationReasons"]]
                assert reasons == ["TransactionConflict", "None"]
            _transact("a", "b")
        assert _ids(cloud) == ["a", "b"]

    def test_throttle_is_retried_by_botocore(self, cloud: Cloud) -> None:
        with faults.watched() as watch, faults.throttle("PutItem", times=2):
            _put("a")
        assert watch.steps == ["dynamodb PutItem"] * 3
        assert _ids(cloud) == ["a"]

    def test_throttle_that_stays(self, cloud: Cloud) -> None:
        with cloud.unchanged(), faults.throttle("PutItem", times=99), pytest.raises(ClientError) as caught:
            _put("a")
        assert caught.value.response["Error"]["Code"] == "ProvisionedThroughputExceededException"

    def test_broken(self, cloud: Cloud) -> None:
        with faults.broken("TransactWriteItems"):
            _transact("a")
        with cloud.unchanged(), faults.broken("PutItem", times=99), pytest.raises(ClientError, match="Internal"):
            _put("b")

    def test_lost_answer_is_repeated_and_harmless(self, cloud: Cloud) -> None:
        with faults.watched() as watch, faults.lost_answer("TransactWriteItems"):
            _transact("a")
        assert watch.steps == ["dynamodb TransactWriteItems"] * 2
        assert _ids(cloud) == ["a"]

    def test_answer_lost_for_good(self, cloud: Cloud) -> None:
        with faults.lost_answer("TransactWriteItems", times=99), pytest.raises(ReadTimeoutError):
            _transact("a")
        assert _ids(cloud) == ["a"]

    def test_unprocessed_writes(self, cloud: Cloud) -> None:
        entries = [{"PutRequest": {"Item": {"id": {"S": str(i)}}}} for i in range(5)]
        with faults.unprocessed("BatchWriteItem"):
            answer = aws.client("dynamodb").batch_write_item(RequestItems={GUARDS: entries})
        assert answer["UnprocessedItems"] == {GUARDS: entries[2:]}
        assert _ids(cloud) == ["0", "1"]

    def test_unprocessed_reads(self, cloud: Cloud) -> None:
        for name in "abc":
            _put(name)
        keys = [{"id": {"S": name}} for name in "abc"]
        request = {GUARDS: {"Keys": keys, "ConsistentRead": True}}
        with faults.unprocessed("BatchGetItem"):
            answer = aws.client("dynamodb").batch_get_item(RequestItems=request)
        assert answer["Responses"] == {GUARDS: [{"id": {"S": "a"}}]}
        assert answer["UnprocessedKeys"] == {GUARDS: {"Keys": keys[1:], "ConsistentRead": True}}

    def test_without_a_fault_nothing_is_touched(self, cloud: Cloud) -> None:
        _transact("a")
        assert _ids(cloud) == ["a"]
        assert outgoing.plans == []


def test_stale_indexes(cloud: Cloud) -> None:
    def by_number() -> int:
        return int(
            aws.client("dynamodb").query(
                TableName="siyu-orders",
                IndexName="by_number",
                KeyConditionExpression="#n = :n",
                ExpressionAttributeNames={"#n": "number"},
                ExpressionAttributeValues={":n": {"S": "1"}},
            )["Count"]
        )

    item = {"member_id": {"S": "m"}, "id": {"S": "o"}, "number": {"S": "1"}, "at": {"S": time_text(START)}}
    with faults.stale_indexes(cloud.memory):
        aws.client("dynamodb").put_item(TableName="siyu-orders", Item=item)
        assert by_number() == 0
        assert len(cloud.items("orders")) == 1
        assert by_number() == 0
    assert by_number() == 1
