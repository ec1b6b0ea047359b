"""What the tests stand on: hardened moto, and dynoxide beside it, behave as DynamoDB does under load and in errors."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.sqs.models import Queue, SQSBackend

from chalicelib.core import aws
from chalicelib.core.settings import settings
from infra.local import dynoxide, moto_hardening
from tests.harness import Cloud

STOCKS, GUARDS, INBOX = "siyu-stocks", "siyu-guards", "siyu-inbox"


def _key(name: str = "sku_1") -> dict[str, Any]:
    return {"owner": {"S": "mall"}, "sku_id": {"S": name}}


def _stock(name: str = "sku_1", left: int = 100) -> None:
    aws.client("dynamodb").put_item(TableName=STOCKS, Item={**_key(name), "left": {"N": str(left)}})


def _left(name: str = "sku_1") -> int:
    item = aws.client("dynamodb").get_item(TableName=STOCKS, Key=_key(name), ConsistentRead=True)["Item"]
    return int(item["left"]["N"])


def _take(name: str = "sku_1", count: int = 1) -> dict[str, Any]:
    return {
        "TableName": STOCKS,
        "Key": _key(name),
        "UpdateExpression": "SET #left = #left - :n",
        "ConditionExpression": "#left >= :n",
        "ExpressionAttributeNames": {"#left": "left"},
        "ExpressionAttributeValues": {":n": {"N": str(count)}},
    }


def _outcomes(call: Callable[[int], Any], tries: int, threads: int = 20) -> Counter[str]:
    def attempt(i: int) -> str:
        try:
            call(i)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(attempt, range(tries)))


@pytest.mark.dynoxide
class TestConcurrency:
    """The canary: unpatched moto fails every one of these, within a few runs."""

    def test_a_conditional_decrement_never_oversells(self, cloud: Cloud) -> None:
        _stock(left=100)
        outcomes = _outcomes(lambda _: aws.client("dynamodb").update_item(**_take()), 160)
        assert outcomes == {"ok": 100, "ConditionalCheckFailedException": 60}
        assert _left() == 0

    def test_put_if_absent_has_one_winner(self, cloud: Cloud) -> None:
        def put(i: int) -> None:
            item = {"id": {"S": f"key {i // 8}"}, "by": {"N": str(i)}}
            aws.client("dynamodb").put_item(TableName=GUARDS, Item=item, ConditionExpression="attribute_not_exists(id)")

        assert _outcomes(put, 80)["ok"] == 10

    def test_transactions_are_all_or_nothing(self, cloud: Cloud) -> None:
        _stock("sku_1", 30)
        _stock("sku_2", 1000)

        def buy(i: int) -> None:
            taken = [{"Update": _take("sku_1")}, {"Update": _take("sku_2", 2)}]
            order = {"Put": {"TableName": INBOX, "Item": {"id": {"S": str(i)}}}}
            aws.client("dynamodb").transact_write_items(TransactItems=[order, *taken])

        outcomes = _outcomes(buy, 60)
        # A real conflict may cancel too, but never more may succeed than there is.
        assert outcomes["ok"] == 30
        assert set(outcomes) == {"ok", "TransactionCanceledException"}
        assert (_left("sku_1"), _left("sku_2")) == (0, 940)
        assert len(cloud.items("inbox")) == 30


@pytest.mark.dynoxide
class TestQueries:
    """moto's queries are patched to look at their partition only: the answers stay DynamoDB's."""

    def _all(self, **query: Any) -> list[str]:
        found: list[str] = []
        while True:
            page = aws.client("dynamodb").query(**query)
            found += [item["id"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    @pytest.mark.parametrize("limit", [1, 3, 100])
    @pytest.mark.parametrize("forward", [True, False])
    def test_order_and_pages(self, cloud: Cloud, limit: int, forward: bool) -> None:
        ids = ["a", "a1", "b", "c", "ca", "d", "é", "锅"]
        for id_ in sorted(ids, key=hash):
            for member in ("mem_2", "mem_1"):
                item = {"member_id": {"S": member}, "id": {"S": id_}, "day": {"S": f"day {id_ in 'abc'}"}}
                aws.client("dynamodb").put_item(TableName="siyu-orders", Item=item)
        aws.client("dynamodb").put_item(TableName="siyu-orders", Item={"member_id": {"S": "mem_1"}, "id": {"S": "x"}})
        asked = {"TableName": "siyu-orders", "Limit": limit, "ScanIndexForward": forward}
        step = 1 if forward else -1
        by_member = {"KeyConditionExpression": "member_id = :m", "ExpressionAttributeValues": {":m": {"S": "mem_1"}}}
        assert self._all(**asked, **by_member) == sorted([*ids, "x"])[::step]
        part = {":m": {"S": "mem_1"}, ":a": {"S": "b"}, ":z": {"S": "d"}}
        between = {**by_member, "KeyConditionExpression": "member_id = :m AND id BETWEEN :a AND :z"}
        assert self._all(**asked, **{**between, "ExpressionAttributeValues": part}) == ["b", "c", "ca", "d"][::step]
        nobody = {**by_member, "ExpressionAttributeValues": {":m": {"S": "mem_3"}}}
        assert self._all(**asked, **nobody) == []
        by_day = {
            "IndexName": "by_day",
            "KeyConditionExpression": "#d = :d",
            "ExpressionAttributeNames": {"#d": "day"},
            "ExpressionAttributeValues": {":d": {"S": "day True"}},
        }
        assert self._all(**asked, **by_day) == ["a", "a", "b", "b", "c", "c"][::step]

    def test_scans_see_everything(self, cloud: Cloud) -> None:
        for i in range(5):
            _stock(f"sku_{i}")
        assert len(aws.client("dynamodb").scan(TableName=STOCKS)["Items"]) == 5


class TestHardening:
    def test_is_installed(self, cloud: Cloud) -> None:
        for patched in (
            DynamoHandler.call_action,
            DynamoHandler.put_item,
            DynamoHandler.transact_write_items,
            DynamoDBBackend.transact_write_items,
            Table.query,
            Table.all_items,
            ResponseSerializer.get_value,
            Queue.delete_message,
            SQSBackend.receive_message,
        ):
            assert hasattr(patched, "__wrapped__"), patched

    def test_every_call_holds_the_lock(self, cloud: Cloud) -> None:
        free: list[bool] = []

        def try_lock() -> bool:
            if taken := moto_hardening.LOCK.acquire(blocking=False):
                moto_hardening.LOCK.release()
            return taken

        class Spying(dict[str, Any]):
            def __contains__(self, name: object) -> bool:
                with ThreadPoolExecutor(1) as pool:
                    free.append(pool.submit(try_lock).result())
                return super().__contains__(name)

        backend = cloud.memory.dynamodb
        tables = backend.tables
        backend.tables = Spying(tables)
        try:
            _stock()
        finally:
            backend.tables = tables
        assert free
        assert not any(free)

    def test_a_transaction_does_not_copy_the_table(self, cloud: Cloud) -> None:
        client = aws.client("dynamodb")
        for i in range(1500):
            cloud.memory.dynamodb.put_item(INBOX, {"id": {"S": f"old {i}"}})
        started = time.process_time()
        for i in range(5):
            client.transact_write_items(
                TransactItems=[{"Put": {"TableName": INBOX, "Item": {"id": {"S": str(i)}}}}, {"Put": _order(i)}]
            )
        assert time.process_time() - started < 0.5, "unpatched: 2 s"

    def test_reading_does_not_cost_what_moto_takes(self, cloud: Cloud) -> None:
        for i in range(1000):
            cloud.memory.dynamodb.put_item(STOCKS, {"owner": {"S": f"owner {i % 50}"}, "sku_id": {"S": str(i)}})
        asked = {"TableName": STOCKS, "KeyConditionExpression": "#o = :o", "ExpressionAttributeNames": {"#o": "owner"}}
        started = time.process_time()
        for i in range(20):
            value = {":o": {"S": f"owner {i}"}}
            assert aws.client("dynamodb").query(**asked, ExpressionAttributeValues=value)["Count"] == 20
        assert time.process_time() - started < 0.6, "unpatched: 1.2 s, and ten times that for items of 12 attributes"

    def test_a_canceled_transaction_leaves_everything_as_it_was(self, cloud: Cloud) -> None:
        _stock("sku_1", 5)
        _stock("sku_2", 0)
        with cloud.unchanged(), pytest.raises(ClientError) as caught:
            aws.client("dynamodb").transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": GUARDS, "Item": {"id": {"S": "new"}}}},
                    {"Delete": {"TableName": STOCKS, "Key": _key("sku_9")}},
                    {"Update": _take("sku_1")},
                    {"Update": {**_take("sku_2"), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
                ]
            )
        reasons = caught.value.response["CancellationReasons"]
        assert [reason["Code"] for reason in reasons] == ["None", "None", "None", "ConditionalCheckFailed"]
        assert reasons[3]["Item"]["left"] == {"N": "0"}


def _order(i: int) -> dict[str, Any]:
    return {"TableName": GUARDS, "Item": {"id": {"S": f"order {i}"}}}


@pytest.mark.dynoxide
class TestClientToken:
    def test_the_same_transaction_twice_is_applied_once(self, cloud: Cloud) -> None:
        _stock(left=10)
        request = {"TransactItems": [{"Update": _take()}], "ClientRequestToken": "the same token"}
        for _ in range(3):
            aws.client("dynamodb").transact_write_items(**request)
        assert _left() == 9

    def test_another_transaction_under_that_token_is_refused(self, cloud: Cloud) -> None:
        _stock(left=10)
        client = aws.client("dynamodb")
        client.transact_write_items(TransactItems=[{"Update": _take()}], ClientRequestToken="the same token")
        with cloud.unchanged(), pytest.raises(ClientError, match="IdempotentParameterMismatch"):
            client.transact_write_items(TransactItems=[{"Update": _take(count=2)}], ClientRequestToken="the same token")

    def test_a_canceled_one_may_be_tried_again(self, cloud: Cloud) -> None:
        _stock(left=0)
        request = {"TransactItems": [{"Update": _take()}], "ClientRequestToken": "the same token"}
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            aws.client("dynamodb").transact_write_items(**request)
        _stock(left=1)
        aws.client("dynamodb").transact_write_items(**request)
        assert _left() == 0


class TestBench:
    def test_a_test_begins_with_an_empty_cloud_and_reaches_nothing_else(self, cloud: Cloud) -> None:
        assert all(cloud.items(name.removeprefix("siyu-")) == [] for name in cloud.memory.tables())
        assert all(cloud.memory.bodies(name) == [] for name in cloud.memory.queues())
        with pytest.raises(OSError, match="loopback only"):
            __import__("socket").create_connection(("192.0.2.1", 80), timeout=1)
        with pytest.raises(OSError, match="loopback only"):
            __import__("socket").getaddrinfo("example.com", 443)

    def test_unchanged_sees_every_store(self, cloud: Cloud) -> None:
        writes: list[Callable[[], Any]] = [
            _stock,
            lambda: aws.client("sqs").send_message(QueueUrl=aws.queue_url("payments"), MessageBody="{}"),
            lambda: aws.client("s3").put_object(Bucket=settings().work_bucket, Key="a", Body=b"x"),
        ]
        for write in writes:
            with pytest.raises(AssertionError, match="written although refused"), cloud.unchanged():
                write()

    def test_clearing_is_quick(self, cloud: Cloud) -> None:
        started = time.perf_counter()
        for _ in range(100):
            cloud.memory.clear()
        assert (time.perf_counter() - started) / 100 < 0.002

    @pytest.mark.dynoxide
    def test_the_database_is_the_one_asked_for(
        self, request: pytest.FixtureRequest, cloud: Cloud, database: Any
    ) -> None:
        _stock(left=3)
        assert _left() == 3
        assert len(cloud.items("stocks")) == 1
        on_moto = len(cloud.memory.items(STOCKS)) == 1
        assert on_moto == (database is None) == ("moto" in request.node.name)


class TestDynoxide:
    def test_says_what_is_missing(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: Any) -> None:
        monkeypatch.setattr(dynoxide, "TOOLS", tmp_path)
        monkeypatch.setattr(dynoxide.shutil, "which", lambda name: None)
        monkeypatch.delenv("CI", raising=False)
        assert dynoxide.main() == 0
        assert "needs npm" in capsys.readouterr().err
        monkeypatch.setenv("CI", "true")
        assert dynoxide.main() == 1

    def test_takes_no_other_binary(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
        other = tmp_path / "node_modules" / dynoxide.PACKAGE / "dynoxide"
        other.parent.mkdir(parents=True)
        other.write_bytes(b"#!/bin/sh\n")
        monkeypatch.setattr(dynoxide, "TOOLS", tmp_path)
        assert dynoxide.find() is None

    def test_a_file_keeps_what_was_written(self, tmp_path: Any) -> None:
        import boto3

        if dynoxide.find() is None:
            pytest.skip("not fetched here: make tools")
        for turn in range(2):
            with dynoxide.running(tmp_path / "siyu.db") as url:
                client = boto3.client("dynamodb", endpoint_url=url)
                if turn == 0:
                    client.create_table(
                        TableName="kept",
                        BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                    )
                    client.put_item(TableName="kept", Item={"id": {"S": "a"}})
                assert client.scan(TableName="kept")["Items"] == [{"id": {"S": "a"}}]
                client.close()
