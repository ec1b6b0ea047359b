"""Faults that AWS has and moto never shows: a process that dies at any step, conflicts, throttles, lost answers.

Everything that leaves the process passes here: botocore's endpoint (each attempt counts) and the partners'
HTTP client. Faults hit the thread that asked for them and no other::

    faults.every_death(prepare, act, check)         # dies before and after each step of act

    with faults.conflict(times=2): ...              # the next two transactions are canceled by contention
    with faults.lost_answer("TransactWriteItems"):  # committed, but nobody hears of it
"""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.endpoint import Endpoint
from botocore.exceptions import ReadTimeoutError

from chalicelib.core import http as partner_http

When = Literal["before", "after"]
#: What ``Endpoint._do_get_response`` returns: ((http response, parsed) or None, exception or None).
Result = tuple[tuple[Any, dict[str, Any]] | None, BaseException | None]


class ProcessKilled(BaseException):
    """The process is gone. Not an Exception: nothing in the mall may catch it and go on."""


@dataclass
class Call:
    """One attempt of an AWS operation on its way out."""

    service: str
    operation: str
    request: Any

    @property
    def body(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.request.body)
        return document


class _Plan:
    """What a fault does around each step of its thread. The base class lets everything pass."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def before(self, call: Call) -> Result | None:
        """None lets the call go on; a result is given in its place."""

    def after(self, call: Call, result: Result) -> Result:
        return result

    def partner(self, when: When, method: str, url: str) -> None:
        """Around a request to a partner."""


_plans: list[_Plan] = []


def _mine() -> list[_Plan]:
    return [plan for plan in _plans if plan.thread == threading.get_ident()]


_send = Endpoint._do_get_response


def _do_get_response(self: Any, request: Any, operation_model: Any, context: Any) -> Result:
    plans = _mine()
    if not plans:
        result: Result = _send(self, request, operation_model, context)
        return result
    call = Call(operation_model.service_model.service_name, operation_model.name, request)
    given = None
    for plan in plans:
        given = given or plan.before(call)
    result = given or _send(self, request, operation_model, context)
    for plan in plans:
        result = plan.after(call, result)
    return result


def _observe_partner(when: str, method: str, url: str) -> None:
    for plan in _mine():
        plan.partner("before" if when == "before" else "after", method, url)


class _Impatient:
    """botocore waits up to 20 s between tries; a thread with a fault does not."""

    @staticmethod
    def sleep(seconds: float) -> None:
        if not _mine():
            time.sleep(seconds)


# Imported by tests only; without an active plan these cost a look at an empty list.
Endpoint._do_get_response = _do_get_response
botocore.endpoint.time = _Impatient
partner_http.observers.append(_observe_partner)


@contextmanager
def _active(plan: _Plan) -> Iterator[None]:
    _plans.append(plan)
    try:
        yield
    finally:
        _plans.remove(plan)


# ---- the process dies


@dataclass
class Watch:
    """The steps that were seen, in order: ``dynamodb TransactWriteItems``, ``POST /v3/refund/...``."""

    steps: list[str] = field(default_factory=list)
    dead: bool = False


class _Killer(_Plan):
    def __init__(self, watch: Watch, at: int | None, when: When) -> None:
        super().__init__()
        self.watch, self.at, self.when = watch, at, when

    def before(self, call: Call) -> None:
        self._enter(f"{call.service} {call.operation}")

    def after(self, call: Call, result: Result) -> Result:
        self._leave()
        return result

    def partner(self, when: When, method: str, url: str) -> None:
        if when == "before":
            self._enter(f"{method} {url.partition('?')[0]}")
        else:
            self._leave()

    def _enter(self, step: str) -> None:
        if self.watch.dead:
            raise ProcessKilled(f"already dead, and yet: {step}")
        self.watch.steps.append(step)
        self._die_if("before")

    def _leave(self) -> None:
        self._die_if("after")

    def _die_if(self, when: When) -> None:
        if self.at == len(self.watch.steps) and self.when == when:
            self.watch.dead = True
            raise ProcessKilled(f"{when} step {self.at}: {self.watch.steps[-1]}")


@contextmanager
def watched(kill_at: int | None = None, when: When = "before") -> Iterator[Watch]:
    """Counts every step that leaves this thread; dies at step *kill_at* (from 1).

    ``before``: the step has no effect. ``after``: it has, but nobody learns of it. What the dead process
    would still do on its way out (``finally``, ``except``) reaches nothing: it dies again.
    """
    watch = Watch()
    with _active(_Killer(watch, kill_at, when)):
        yield watch


def every_death(prepare: Callable[[], None], act: Callable[[], object], check: Callable[[], None]) -> list[str]:
    """Plays *act* once unharmed, then once for each place between two steps, with the process dying there.

    :param prepare: builds the same situation anew, from an empty cloud. :param act: what is interrupted;
        must take the same steps each time. :param check: lets sweeps and redeliveries run, then asserts
        the invariants; runs after every play.
    :returns: the steps of *act*, for an assertion that it still takes those.
    """
    prepare()
    with watched() as whole:
        act()
    check()
    # Dying before a step leaves the world as dying after the one before it: only the first needs both.
    deaths: list[tuple[int, When]] = [(1, "before"), *((number, "after") for number in range(1, len(whole.steps) + 1))]
    for number, when in deaths:
        try:
            _die_once(number, when, prepare, act)
            check()
        except BaseException as error:
            error.add_note(f"the process died {when} step {number} of {len(whole.steps)}: {whole.steps[number - 1]}")
            raise
    return whole.steps


def _die_once(number: int, when: When, prepare: Callable[[], None], act: Callable[[], object]) -> None:
    prepare()
    with watched(number, when) as watch, suppress(ProcessKilled):
        act()
    assert watch.dead, f"only {len(watch.steps)} steps this time: {watch.steps}"


# ---- AWS answers badly


class _Injector(_Plan):
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

    with _active(_Answer("TransactWriteItems", times, canceled)):
        yield


@contextmanager
def throttle(operation: str, times: int = 1) -> Iterator[None]:
    """The next calls of *operation* are refused for their rate; botocore retries a few by itself."""
    code, text = "ProvisionedThroughputExceededException", "The level of configured provisioned throughput was exceeded"
    with _active(_Answer(operation, times, lambda _: _error(400, code, text))):
        yield


@contextmanager
def broken(operation: str, times: int = 1) -> Iterator[None]:
    """The next calls of *operation* get a 500; nothing is written."""
    with _active(_Answer(operation, times, lambda _: _error(500, "InternalServerError", "Internal server error"))):
        yield


@contextmanager
def lost_answer(operation: str, times: int = 1) -> Iterator[None]:
    """The next calls of *operation* take effect, but their answers time out."""
    with _active(_Lost(operation, times)):
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
    with _active(_Unprocessed(operation, times)):
        yield


class _StaleIndexes(_Plan):
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
    with _active(_StaleIndexes(memory.dynamodb)):
        yield
