"""What moto alone would accept is refused, on moto as on dynoxide."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws
from tests.harness import Cloud

ORDERS = "siyu-orders"
KEY = {"member_id": {"S": "mem_1"}, "id": {"S": "ord_1"}}
QUERY = {
    "TableName": ORDERS,
    "KeyConditionExpression": "member_id = :m",
    "ExpressionAttributeValues": {":m": {"S": "mem_1"}},
}
BY_DAY = {
    "TableName": ORDERS,
    "IndexName": "by_day",
    "KeyConditionExpression": "#d = :d",
    "ExpressionAttributeNames": {"#d": "day"},
    "ExpressionAttributeValues": {":d": {"S": "2026-11-24"}},
}


def _call(operation: str, **request: Any) -> Any:
    return getattr(aws.client("dynamodb"), operation)(**request)


def _refused(cloud: Cloud, operation: str, request: dict[str, Any]) -> str:
    with cloud.unchanged(), pytest.raises(ClientError) as caught:
        _call(operation, **request)
    response = caught.value.response
    assert response["Error"]["Code"] in ("ValidationException", "TransactionCanceledException"), response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(response["Error"]["Message"])


def _put(**attributes: Any) -> dict[str, Any]:
    return {"TableName": ORDERS, "Item": {**KEY, **attributes}}


def _many(count: int) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": {"id": {"S": str(i)}}}} for i in range(count)]


def _query(base: dict[str, Any] = QUERY, **more: Any) -> dict[str, Any]:
    values = {**base["ExpressionAttributeValues"], **more.pop("values", {})}
    return {**base, "ExpressionAttributeValues": values, **more}


def _transaction(**update: Any) -> dict[str, Any]:
    base = {"TableName": ORDERS, "Key": KEY, "UpdateExpression": "SET amount = :a"}
    return {"TransactItems": [{"Update": {**base, "ExpressionAttributeValues": {":a": {"N": "1"}}, **update}}]}


@pytest.mark.dynoxide
@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param(
            "put_item",
            {
                **_put(),
                "ConditionExpression": "attribute_not_exists(id)",
                "ExpressionAttributeValues": {":unused": {"S": "x"}},
            },
            id="unused value in a put",
        ),
        pytest.param("query", _query(values={":unused": {"S": "x"}}), id="unused value in a query"),
        pytest.param("query", {**_query(), "ExpressionAttributeNames": {"#u": "x"}}, id="unused name in a query"),
        pytest.param(
            "transact_write_items",
            _transaction(ExpressionAttributeValues={":a": {"N": "1"}, ":unused": {"N": "2"}}),
            id="unused value in a transaction",
        ),
        pytest.param("put_item", _put(number={"N": "20261124"}), id="index key of another type"),
        pytest.param("put_item", _put(number={"S": ""}), id="empty index key"),
        pytest.param(
            "update_item",
            {
                "TableName": ORDERS,
                "Key": KEY,
                "UpdateExpression": "SET #n = :n, amount = :a",
                "ExpressionAttributeNames": {"#n": "number"},
                "ExpressionAttributeValues": {":n": {"S": ""}, ":a": {"N": "1"}},
            },
            id="empty index key by update",
        ),
        pytest.param(
            "transact_write_items",
            {"TransactItems": [{"Put": _put(phone={"N": "1"})}]},
            id="index key in a transaction",
        ),
        pytest.param(
            "batch_write_item",
            {"RequestItems": {ORDERS: [{"PutRequest": {"Item": {**KEY, "phone": {"S": ""}}}}]}},
            id="index key in a batch",
        ),
        pytest.param(
            "query", _query(FilterExpression="id <> :i", values={":i": {"S": "x"}}), id="filter on a key attribute"
        ),
        pytest.param(
            "query", _query(BY_DAY, FilterExpression="id <> :i", values={":i": {"S": "x"}}), id="filter on an index key"
        ),
        pytest.param("batch_write_item", {"RequestItems": {"siyu-guards": _many(26)}}, id="26 in a batch"),
        pytest.param("query", _query(Limit=0), id="limit 0"),
        pytest.param("query", _query(ExclusiveStartKey={"id": {"S": "x"}}), id="half a start key"),
        pytest.param(
            "query",
            _query(ExclusiveStartKey={"member_id": {"S": "mem_1"}, "id": {"N": "1"}}),
            id="start key of another type",
        ),
        pytest.param("query", _query(BY_DAY, ExclusiveStartKey=KEY), id="start key without the index's"),
        pytest.param("put_item", _put(amount={"N": "1" * 39}), id="39 digits"),
        pytest.param("put_item", _put(amount={"N": "1e126"}), id="too large a number"),
        pytest.param("put_item", _put(amount={"N": "one"}), id="no number"),
        pytest.param(
            "query",
            _query(FilterExpression="remark = :r" + " OR remark = :r" * 400, values={":r": {"S": "x"}}),
            id="expression over 4 KB",
        ),
        pytest.param(
            "create_table",
            {
                "TableName": "siyu-short",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("a", "b")],
                "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "by",
                        "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            },
            id="index name of two letters",
        ),
    ],
)
def test_is_refused_and_writes_nothing(cloud: Cloud, operation: str, request_: dict[str, Any]) -> None:
    assert _refused(cloud, operation, request_)


class TestMotoAlone:
    """Where dynoxide is lenient too, or where the rule is the house's."""

    def test_over_a_hundred_operands(self, cloud: Cloud) -> None:
        values = {f":v{i}": {"S": str(i)} for i in range(101)}
        found = _query(FilterExpression=f"remark IN ({', '.join(values)})", values=values)
        assert "number of operands: 101" in _refused(cloud, "query", found)

    def test_fractions(self, cloud: Cloud) -> None:
        for number in ("0.1", "99.50", "1e-3"):
            assert "whole numbers only" in _refused(cloud, "put_item", _put(amount={"N": number}))
        nested = {"M": {"lines": {"L": [{"M": {"amount": {"N": "0.5"}}}]}}}
        assert "whole numbers only" in _refused(cloud, "put_item", _put(document=nested))

    def test_a_transaction_over_four_megabytes(self, cloud: Cloud) -> None:
        items = [
            {"Put": {"TableName": "siyu-guards", "Item": {"id": {"S": str(i)}, "x": {"S": "x" * 390_000}}}}
            for i in range(12)
        ]
        assert "4 MB" in _refused(cloud, "transact_write_items", {"TransactItems": items})


@pytest.mark.dynoxide
def test_what_is_right_passes(cloud: Cloud) -> None:
    _call("put_item", **_put(number={"S": "1"}, phone={"S": "138"}, day={"S": "2026-11-24"}, amount={"N": "9" * 38}))
    _call("transact_write_items", **_transaction())
    found = _query(BY_DAY, FilterExpression="attribute_exists(amount) OR attribute_not_exists(amount)")
    assert _call("query", **found)["Count"] == 1
    start = {**KEY, "day": {"S": "2026-11-24"}}
    assert _call("query", **_query(BY_DAY, ExclusiveStartKey=start, Limit=1))["Count"] == 0
    assert _call("query", **_query(ExclusiveStartKey={**KEY, "id": {"S": "a"}}))["Count"] == 1
    _call("batch_write_item", RequestItems={"siyu-guards": _many(25)})
