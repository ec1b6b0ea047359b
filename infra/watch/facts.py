"""What there is to watch, read from the code and from the template of the data stack."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from infra.local.cloud import Template
from infra.local.schedules import At, Every, parse

REGION = "cn-northwest-1"
API = "api"
#: The ``partner`` of a gateway's calls (core/http.py).
PARTNERS_FOLDER = "chalicelib/gateways"


@dataclass(frozen=True)
class Gate:
    """Dimensions of the gateway's metrics, and what it calls refusals and faults."""

    dimensions: dict[str, Any]
    refused: str
    failed: str


@dataclass(frozen=True)
class Mall:
    """The parts of a deployed mall. Names are those that CloudWatch knows.

    ``functions``: name in app.py → deployed name; ``jobs``: name → the longest time between two runs.
    """

    prefix: str
    queues: tuple[str, ...]
    dead: tuple[str, ...]
    functions: Mapping[str, str]
    jobs: Mapping[str, timedelta]
    partners: tuple[str, ...]
    front: str = "rest"

    @property
    def gate(self) -> Gate:
        """What stands before the API, as CloudWatch knows it."""
        if self.front == "http":
            # Its id is known when it stands: a parameter of the watching stack.
            return Gate({"ApiId": {"Ref": "HttpApiId"}, "Stage": "$default"}, "4xx", "5xx")
        return Gate({"ApiName": f"{self.prefix}api", "Stage": "api"}, "4XXError", "5XXError")


def read(prefix: str, front: str = "rest") -> Mall:
    """The mall that this checkout deploys. *prefix* stands in front of every name: ``siyu-prod-``; *front*: the
    stage's."""
    queues = [each.properties["QueueName"] for each in _data(prefix).resources("AWS::SQS::Queue")]
    sources = _sources()
    jobs = {each.name: _longest(each.schedule_expression) for each in sources if hasattr(each, "schedule_expression")}
    return Mall(
        prefix=prefix,
        queues=tuple(each for each in queues if not each.endswith("-dead")),
        dead=tuple(each for each in queues if each.endswith("-dead")),
        functions={each: prefix + each for each in (API, *(source.name for source in sources))},
        jobs=jobs,
        partners=_partners(),
        front=front,
    )


def _data(prefix: str) -> Template:
    return Template.read(REGION, parameters={"Prefix": prefix, "Protect": "true", "ConsoleOrigin": ""})


def _sources() -> list[Any]:
    """The queue and schedule functions of app.py."""
    settle()
    from app import app

    return list(app.event_sources)


def settle() -> None:
    """Who imports the mall needs settings. Where there are none, any will do: nothing is called."""
    if "SIYU_SESSION_SECRET" not in os.environ:
        from infra.local import memory
        from infra.local.partners.keys import credentials

        nowhere = "http://127.0.0.1:9"
        memory.prepare(REGION)
        os.environ.update(credentials().environment(nowhere, nowhere), SIYU_STAGE="test", SIYU_SESSION_SECRET="-" * 32)


def _longest(expression: Any) -> timedelta:
    schedule = parse(expression)
    if isinstance(schedule, Every):
        return schedule.interval
    assert isinstance(schedule, At)
    _, hour, day, _, weekday, _ = schedule.fields
    if day is not None:
        raise ValueError(f"{expression}: CloudWatch can not miss what runs less often than each week")
    if weekday is not None:
        return timedelta(days=7 - len(weekday) + 1)
    return timedelta(hours=1) if hour is None else timedelta(days=1)


def _partners() -> tuple[str, ...]:
    """The names under which the gateways call: each client module says ``PARTNER``."""
    import ast
    from pathlib import Path

    found = set()
    for path in (Path(__file__).parents[2] / PARTNERS_FOLDER).rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PARTNER":
                found.add(str(ast.literal_eval(node.value)))
    return tuple(sorted(found))
