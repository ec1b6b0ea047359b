"""The sign that something was done: alone it is one plain write, and the guarantee is the same."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.errors import TooBusy
from chalicelib.core.inbox import AlreadyDone, InboxItem
from chalicelib.core.transaction import Transaction
from infra.local import faults
from tests.harness import Cloud


def mark(name: str = "evt_1/part.react", *, also: str = "") -> None:
    with Transaction() as tx:
        tx.mark(InboxItem(id=name, expires_at=1), only_if=InboxItem.id.does_not_exist(), otherwise=AlreadyDone())
        if also:
            tx.put(InboxItem(id=also, expires_at=2))


@pytest.mark.dynoxide
def test_alone_it_is_a_plain_write(cloud: Cloud) -> None:
    with faults.watched() as watch:
        mark()
    assert watch.steps == ["dynamodb PutItem"]
    with cloud.unchanged(), pytest.raises(AlreadyDone):
        mark()


@pytest.mark.dynoxide
def test_with_others_it_is_all_or_nothing(cloud: Cloud) -> None:
    with faults.watched() as watch:
        mark(also="something")
    assert watch.steps == ["dynamodb TransactWriteItems"]
    with cloud.unchanged(), pytest.raises(AlreadyDone):
        mark(also="something else")


def test_a_lost_answer_is_repeated_and_says_the_truth(cloud: Cloud) -> None:
    with faults.lost_answer("PutItem"), pytest.raises(AlreadyDone):
        mark()
    assert len(cloud.items("inbox")) == 1


def test_throttled_nothing_is_written(cloud: Cloud) -> None:
    with cloud.unchanged(), faults.throttle("PutItem", times=9), pytest.raises(TooBusy):
        mark()
    mark()


@pytest.mark.parametrize(
    ("code", "wanted"), [("TransactionConflictException", TooBusy), ("ValidationException", ClientError)]
)
def test_what_else_dynamodb_says(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, code: str, wanted: type[Exception]
) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "PutItem")

    monkeypatch.setattr(aws.client("dynamodb"), "put_item", refuse)
    with pytest.raises(wanted):
        mark()
