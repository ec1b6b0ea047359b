"""Fixtures of operating the mall."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.core import logs
from chalicelib.core.settings import settings
from infra.ops.console import Console
from infra.ops.target import Target
from tests.harness import Cloud


@pytest.fixture
def written() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """``written()``: every line that the mall logged during the test, read back from its JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def target(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The tests' mall as an operator sees it: the same DynamoDB as the mall's, whichever it is."""
    from chalicelib.core import aws
    from infra.ops import target as module

    monkeypatch.setattr("infra.ops.dead_letters._WAIT_SECONDS", 0)
    made = module._client.__wrapped__
    monkeypatch.setattr(
        module,
        "_client",
        lambda service, *where: aws.client(service) if service == "dynamodb" else made(service, *where),
    )
    return Target(stage="test", region=settings().region, prefix=settings().table_prefix)


@pytest.fixture
def console() -> Console:
    """Everything is allowed."""
    return Console(yes_prod=True)
