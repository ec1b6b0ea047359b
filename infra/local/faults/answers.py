"""AWS answers badly: conflicts, throttles, lost answers, half-done batches, stale indexes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from infra.local.faults.outgoing import Call, Plan, Result, active


class _Injector(Plan):
    """Does something to the first *times* calls of *operation*."""

    def __init__(self, operation: str, times: int) -> None:
        super().__init__()
        self.operation, self.left = operation, times

    def takes(self, call: Call) -> bool:
        if call.operation != self.operation or self.left == 0:
            return False
        self.left -= 1
        return True


class _Answer(_Injector):
    def __init__(self, operation: str, times: int, make: Callable[[Call], Result]) -> None:
        super().__init__(operation, times)
        self._make = make

    def before(self, call: Call) -> Result | None:
        return self._make(call) if self.takes(call) else None


class _Lost(_Injector):
    def after(self, call: Call, result: Result) -> Result:
        return (None, ReadTimeoutError(endpoint_url=call.request.url)) if self.takes(call) else result


def _error(status: int, code: str, message: str, **more: Any) -> Result:
    parsed = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}, "RequestId": "injected"},
        **more,
    }
    response = AWSResponse("", status, {}, None)
    response._content = b""
    return (response, parsed), None


@contextmanager
def conflict(times: int = 1) -> Iterator[None]:
    """The next transactions are canceled because another one touches their first item; nothing is written."""

    def canceled(call: Call) -> Result:
        reasons = [{"Code": "None"} for _ in call.body["TransactItems"]]
        reasons[0] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
        codes = ", ".join(each["Code"] for each in reasons)
        text = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        return _error(400, "TransactionCanceledException", text, CancellationReasons=reasons)

    with active(_Answer("TransactWriteItems", times, canceled)):
        yield


@contextmanager
def throttle(operation: str, times: int = 1) -> Iterator[None]:
    """The next calls of *operation* are refused for their rate; botocore retries a few by itself."""
    code, text = "ProvisionedThroughputExceededException", "The level of configured provisioned throughput was exceeded"
    with active(_Answer(operation, times, lambda _: _error(400, code, text))):
        yield


@contextmanager
def broken(operation: str, times: int = 1) -> Iterator[None]:
    """The next calls of *operation* get a 500; nothing is written."""
    with active(_Answer(operation, times, lambda _: _error(500, "InternalServerError", "Internal server error"))):
        yield


@contextmanager
def lost_answer(operation: str, times: int = 1) -> Iterator[None]:
    """The next calls of *operation* take effect, but their answers time out."""
    with active(_Lost(operation, times)):
        yield


class _Unprocessed(_Injector):
    """Half of a batch is done, at least one entry is left over."""

    _KEYS = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}

    def __init__(self, operation: str, times: int) -> None:
        super().__init__(operation, times)
        self._left_over: dict[str, Any] = {}

    def before(self, call: Call) -> None:
        self._left_over = {}
        if call.operation in self._KEYS and self.takes(call):
            body = call.body
            split = _split_writes if call.operation == "BatchWriteItem" else _split_reads
            body["RequestItems"], self._left_over = split(body["RequestItems"])
            call.request.body = json.dumps(body).encode()
            call.request.headers["Content-Length"] = str(len(call.request.body))

    def after(self, call: Call, result: Result) -> Result:
        answer, _ = result
        if self._left_over and answer is not None:
            answer[1][self._KEYS[call.operation]] = self._left_over
        return result


def _split_writes(items: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    flat = [(table, entry) for table, entries in items.items() for entry in entries]
    return _gathered(flat[: len(flat) // 2 or 1]), _gathered(flat[len(flat) // 2 or 1 :])


def _gathered(flat: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table, entry in flat:
        found.setdefault(table, []).append(entry)
    return found


def _split_reads(items: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    done, left = _split_writes({table: entry["Keys"] for table, entry in items.items()})
    return tuple({table: {**items[table], "Keys": keys} for table, keys in part.items()} for part in (done, left))  # type: ignore[return-value]


@contextmanager
def unprocessed(operation: Literal["BatchWriteItem", "BatchGetItem"], times: int = 1) -> Iterator[None]:
    """The next batches are done by half: the rest comes back as unprocessed."""
    with active(_Unprocessed(operation, times)):
        yield


class _StaleIndexes(Plan):
    def __init__(self, backend: Any) -> None:
        super().__init__()
        self._backend, self._old = backend, {name: copy.deepcopy(table) for name, table in backend.tables.items()}
        self._new: dict[str, Any] = {}

    def before(self, call: Call) -> None:
        if call.operation == "Query" and "IndexName" in (body := call.body):
            name = body["TableName"]
            self._new[name] = self._backend.tables[name]
            self._backend.tables[name] = self._old[name]

    def after(self, call: Call, result: Result) -> Result:
        self._backend.tables.update(self._new)
        self._new.clear()
        return result


@contextmanager
def stale_indexes(memory: Any) -> Iterator[None]:
    """Queries on an index show everything as it was when the block began. moto only, one thread.

    :param memory: ``cloud.memory``.
    """
    with active(_StaleIndexes(memory.dynamodb)):
        yield
