"""Which Lambda function makes which AWS call: seen in every test, compared with infra/aws/calls.txt.

The functions' roles are made from that file, so a call that is not in it would be refused in AWS: the test that
made it fails and says what to do. A call belongs to the entry point that is nearest to it on the stack: a handler of
app.py, the API, a job, a reaction. What a test does itself, or through something that it planted, belongs to nobody.

With ``RECORD_CALLS=<directory>`` (``make policies``) the calls are written down instead, and with them samples of what
is stored and sent (:mod:`tests.upgrades.releases`).
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from botocore.client import BaseClient

from infra.build import calls
from infra.build.calls import Call
from tests.upgrades import releases

ROOT = Path(__file__).parents[1]
_TESTS, _OURS, _APP = str(ROOT / "tests") + os.sep, str(ROOT / "chalicelib") + os.sep, str(ROOT / "app.py")
_A_TEST, _THE_API, _A_REACTION = "a test", "the api", "a reaction"
HELP = (
    "infra/aws/calls.txt, from which each function's role is made, does not have:\n  {}\n"
    "Is that what the function should do? Then: make policies TESTS={}   (and commit the file)"
)


class Recorder:
    """The calls seen in this process."""

    def __init__(self) -> None:
        self.allowed = calls.load()
        self.seen: set[Call] = set()
        self.refused: set[Call] = set()
        self.samples: releases.Samples | None = None

    def note(self, service: str, operation: str, parameters: Any) -> None:
        """A botocore call is about to be made, or signed for somebody else to make."""
        from chalicelib.core.settings import settings

        function = _function(sys._getframe(2))
        if function is None:
            return
        if self.samples:
            self.samples.note(service, operation, parameters, settings().table_prefix)
        for action, resource in calls.needed(service, operation, parameters, settings().table_prefix):
            call = Call(function, action, resource)
            if call not in self.seen and _is_ours(call):
                self.seen.add(call)
            if call not in self.allowed and call in self.seen:
                self.refused.add(call)


def _function(frame: FrameType | None) -> str | None:
    while frame is not None:
        kind = _kind(frame.f_code)
        if kind == _A_TEST:
            return None
        if kind and (name := _name(kind, frame)):
            return name
        frame = frame.f_back
    return None


@cache
def _kind(code: CodeType) -> str:
    """What a piece of code is to us; asked for each frame below each call, so answered once."""
    from chalicelib.core import inbox
    from chalicelib.core.api import House

    if code.co_filename.startswith(_TESTS):
        return _A_TEST
    if code is House.__call__.__code__:
        return _THE_API
    if code is inbox.react.__code__:
        return _A_REACTION
    if code.co_filename == _APP:
        return code.co_name if code.co_name in _names() else ""
    return _job(code) if code.co_filename.startswith(_OURS) else ""


def _name(kind: str, frame: FrameType) -> str | None:
    if kind == _THE_API:
        # Tests of the kernel make small apps of their own.
        return "api" if frame.f_locals["self"].app_name == "siyu" else None
    if kind == _A_REACTION:
        subscriber = frame.f_locals.get("subscriber")
        return subscriber.queue if subscriber is not None else None
    return kind


def _job(code: CodeType) -> str:
    from chalicelib.core import jobs

    found = (name for name, run in jobs._jobs.items() if getattr(inspect.unwrap(run), "__code__", None) is code)
    return next((name for name in found if name in _names()), "")


@lru_cache
def _names() -> frozenset[str]:
    """Every function of the deployment."""
    from app import app

    return frozenset({"api", *(source.name for source in app.event_sources)})


@lru_cache
def _is_ours(call: Call) -> bool:
    # Tests of the kernel have tables of their own.
    return call.resource == "?" or call.resource.partition("/")[0] in _resources()


@lru_cache
def _resources() -> frozenset[str]:
    from infra.local.cloud import Template

    template, kinds = Template.read("cn-northwest-1"), ("TableName", "QueueName", "BucketName")
    named = (each.properties.get(kind) for each in template.resources() for kind in kinds)
    return frozenset(name.removeprefix(template.parameters["Prefix"]) for name in named if name)


class Plugin:
    """Holds the recorder, fails the test that made a call too many, tells of permissions that no test used."""

    def __init__(self, config: pytest.Config) -> None:
        self.config, self.recorder, self.elsewhere = config, Recorder(), set[Call]()
        self.directory = os.environ.get("RECORD_CALLS")
        self.recorder.samples = releases.Samples() if self.directory else None
        original, recorder = BaseClient._emit_api_params, self.recorder

        def noted(client: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
            # Every call passes here, and so does every URL or form that is signed.
            recorder.note(client.meta.service_model.service_name, operation_model.name, api_params)
            return original(client, api_params, operation_model, context)

        BaseClient._emit_api_params = noted

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        try:
            result = yield
        finally:
            refused, self.recorder.refused = self.recorder.refused, set()
        if refused and not self.directory:
            where = item.nodeid.partition("::")[0]
            pytest.fail(HELP.format("\n  ".join(map(str, sorted(refused))), where), pytrace=False)
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.directory and self.recorder.samples:
            target = Path(self.directory) / f"{os.getpid()}.txt"
            target.write_text(calls.text(self.recorder.seen), encoding="utf-8")
            part = {**self.recorder.samples.document(), "shapes": releases.shapes()}
            target.with_suffix(".json").write_text(json.dumps(part), encoding="utf-8")
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["siyu_calls"] = [str(each) for each in sorted(self.recorder.seen)]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.elsewhere |= calls.parse("\n".join(getattr(node, "workeroutput", {}).get("siyu_calls", [])))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        option = self.config.option
        whole = not (option.file_or_dir or option.keyword or option.markexpr or self.directory)
        unused = self.recorder.allowed - self.recorder.seen - self.elsewhere
        if whole and unused:
            terminalreporter.section("permissions that no test used (make policies takes them out)")
            terminalreporter.line("\n".join(map(str, sorted(unused))))


def install(config: pytest.Config) -> None:
    """Once in a process."""
    if not config.pluginmanager.has_plugin("siyu-calls"):
        config.pluginmanager.register(Plugin(config), "siyu-calls")
