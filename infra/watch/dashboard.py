"""The dashboard: what the shop sells, what buyers wait for, what piles up, from the top down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.core.metrics import namespace
from infra.watch.facts import Mall

Line = list[Any]
_WIDTH, _HEIGHT = 8, 6
GROUPS = ("open", "buyer reads", "buyer writes", "staff", "hooks")


def body(mall: Mall, region: str | dict[str, str]) -> dict[str, Any]:
    """The body of ``AWS::CloudWatch::Dashboard``, before it becomes text."""
    own = namespace(mall.prefix)
    gate = [part for name, value in mall.gate.dimensions.items() for part in (name, _text(value))]
    rows = [
        [
            ("Orders", "Sum", [[own, f"Orders{step}"] for step in ("Placed", "Paid", "Canceled", "Completed")]),
            ("Money that came, fen", "Sum", [[own, "PaidAmount"]]),
            ("Payments, refunds", "Sum", [[own, name] for name in _MONEY]),
        ],
        [
            ("Requests", "Sum", [["AWS/ApiGateway", "Count", *gate], ["AWS/ApiGateway", mall.gate.refused, *gate]]),
            ("Faults of ours", "Sum", [["AWS/ApiGateway", mall.gate.failed, *gate], *_by_group(own, "ServerErrors")]),
            ("Wait, 95 of 100, ms", "p95", [["AWS/ApiGateway", "Latency", *gate], *_by_group(own, "Latency")]),
        ],
        [
            ("Oldest message, s", "Maximum", _queue_lines(mall.queues, "ApproximateAgeOfOldestMessage")),
            ("Messages waiting", "Maximum", _queue_lines(mall.queues, "ApproximateNumberOfMessagesVisible")),
            ("Dead letters", "Maximum", _queue_lines(mall.dead, "ApproximateNumberOfMessagesVisible")),
        ],
        [
            ("Outbox behind, s", "Maximum", [[own, "OutboxLag"]]),
            ("Reactions that failed", "Sum", [[own, name, "queue", each] for each in mall.queues for name in _FAILED]),
            ("Asks for a person", "Sum", [[own, name] for name in ("Alarms", "EventsParked", "DatabaseRetries")]),
        ],
        [
            ("Partners called", "Sum", [[own, "PartnerCalls", "partner", each] for each in mall.partners]),
            ("Partners failed", "Sum", [[own, "PartnerErrors", "partner", each] for each in mall.partners]),
            ("Functions died", "Sum", _function_lines(_deployed(mall), "Errors")),
        ],
        [
            ("Jobs, ms", "Maximum", _function_lines([mall.functions[each] for each in mall.jobs], "Duration")),
            ("Functions refused", "Sum", _function_lines(_deployed(mall), "Throttles")),
            ("Functions at work", "Maximum", [["AWS/Lambda", "ConcurrentExecutions"]]),
        ],
    ]
    return {
        "widgets": [
            _widget(title, statistic, lines, column * _WIDTH, row * _HEIGHT, region)
            for row, widgets in enumerate(rows)
            for column, (title, statistic, lines) in enumerate(widgets)
        ]
    }


_FAILED = ("ReactionFailures", "UnreadableMessages")
_MONEY = ("PaymentsSucceeded", "LatePayments", "RefundsRequested", "RefundsSucceeded", "RefundsFailed")


def _text(value: str | dict[str, str]) -> str:
    """The body is a text: a parameter stands in it as ``Fn::Sub`` knows it."""
    return value if isinstance(value, str) else f"${{{value['Ref']}}}"


def _by_group(own: str, metric: str) -> list[Line]:
    return [[own, metric, "group", group] for group in GROUPS]


def _queue_lines(queues: Sequence[str], metric: str) -> list[Line]:
    return [["AWS/SQS", metric, "QueueName", queue] for queue in queues]


def _function_lines(functions: Sequence[str], metric: str) -> list[Line]:
    return [["AWS/Lambda", metric, "FunctionName", function] for function in functions]


def _deployed(mall: Mall) -> list[str]:
    return list(mall.functions.values())


def _widget(title: str, statistic: str, lines: list[Line], x: int, y: int, region: Any) -> dict[str, Any]:
    properties = {"title": title, "region": region, "stat": statistic, "period": 300, "metrics": lines}
    return {
        "type": "metric",
        "x": x,
        "y": y,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {**properties, "view": "timeSeries", "stacked": False},
    }
