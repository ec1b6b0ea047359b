"""Everything that leaves the process: where a fault gets between a call and its effect."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import botocore.endpoint
from botocore.endpoint import Endpoint

from chalicelib.core import http as partner_http

When = Literal["before", "after"]
#: What ``Endpoint._do_get_response`` returns: ((http response, parsed) or None, exception or None).
Result = tuple[tuple[Any, dict[str, Any]] | None, BaseException | None]


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


class Plan:
    """What a fault does around each step of its thread. The base class lets everything pass."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def before(self, call: Call) -> Result | None:
        """None lets the call go on; a result is given in its place."""

    def after(self, call: Call, result: Result) -> Result:
        return result

    def partner(self, when: When, method: str, url: str) -> None:
        """Around a request to a partner."""


plans: list[Plan] = []


def _mine() -> list[Plan]:
    return [plan for plan in plans if plan.thread == threading.get_ident()]


_send = Endpoint._do_get_response


def _do_get_response(self: Any, request: Any, operation_model: Any, context: Any) -> Result:
    mine = _mine()
    if not mine:
        result: Result = _send(self, request, operation_model, context)
        return result
    call = Call(operation_model.service_model.service_name, operation_model.name, request)
    given = None
    for plan in mine:
        given = given or plan.before(call)
    result = given or _send(self, request, operation_model, context)
    for plan in mine:
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
def active(plan: Plan) -> Iterator[None]:
    """*plan* gets between, in this block."""
    plans.append(plan)
    try:
        yield
    finally:
        plans.remove(plan)
