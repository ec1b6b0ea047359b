"""The alarms. Each stands for something that a buyer, or the money, feels; its text says what, and where to read on.

What AWS counts by itself (queues, functions, the gateway) is not counted a second time: that is free, ours is not.
``notBreaching`` where silence is good news; ``breaching`` where silence is the trouble itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core.metrics import namespace
from infra.watch.facts import API, Mall

Alarm = dict[str, Any]
_FIVE_MINUTES, _HALF_AN_HOUR, _HOUR, _DAY = 300, 1800, 3600, 86400
_GUIDE = "docs/operations.md"


def alarms(mall: Mall) -> dict[str, Alarm]:
    """Name → properties of ``AWS::CloudWatch::Alarm``, without the topic. Dead letters bring their own in data.yaml."""
    found = [
        *_money(mall),
        *_payment_notices(mall),
        *_api(mall),
        *_delivery(mall),
        *_queues(mall),
        *_functions(mall),
        *_partners(mall),
    ]
    return {each["AlarmName"]: each for each in found}


def _money(mall: Mall) -> Iterator[Alarm]:
    own = namespace(mall.prefix)
    yield _alarm(
        mall,
        "nobody-pays",
        "Ten orders in half an hour, and not one payment came through: the payment sheet or the notices are broken. "
        f"{_GUIDE}, payment notices stop.",
        Metrics=[
            _expression("silent", "IF(placed >= 10 AND FILL(paid, 0) == 0, 1, 0)"),
            _input("placed", own, "OrdersPlaced", {}, "Sum", _HALF_AN_HOUR),
            _input("paid", own, "PaymentsSucceeded", {}, "Sum", _HALF_AN_HOUR),
        ],
        Threshold=0,
    )
    yield _simple(
        mall,
        "refund-failed",
        f"A refund failed for good: the buyer waits for money that only a person can send. {_GUIDE}, refunds.",
        own,
        "RefundsFailed",
        {},
        period=_FIVE_MINUTES,
    )
    yield _simple(
        mall,
        "person-needed",
        f"The code met what it must not decide (a log line with alarm=true). {_GUIDE}, a line asks for a person.",
        own,
        "Alarms",
        {},
        period=_FIVE_MINUTES,
    )


def _payment_notices(mall: Mall) -> Iterator[Alarm]:
    own = namespace(mall.prefix)
    yield _simple(
        mall,
        "late-payments",
        "Five payments in an hour came after their orders had closed, and were sent "
        f"back: notices come late. {_GUIDE}, payment notices stop.",
        own,
        "LatePayments",
        {},
        above=4,
        period=_HOUR,
    )
    yield _simple(
        mall,
        "notices-missed",
        "Three payments in an hour were found by asking, minutes after they were made: "
        f"the notices do not come. {_GUIDE}, payment notices stop.",
        own,
        "PaymentsFoundByAsking",
        {},
        above=2,
        period=_HOUR,
    )


def _api(mall: Mall) -> Iterator[Alarm]:
    gate = mall.gate
    own = namespace(mall.prefix)
    yield _alarm(
        mall,
        "api-5xx",
        f"More than 1 % of the requests fail. {_GUIDE}, a bad release.",
        **_metric("AWS/ApiGateway", gate.failed, gate.dimensions),
        Statistic="Average",
        Period=_FIVE_MINUTES,
        EvaluationPeriods=2,
        Threshold=0.01,
    )
    yield _alarm(
        mall,
        "api-slow",
        f"One request in twenty takes more than two seconds. {_GUIDE}, the mall is slow.",
        **_metric("AWS/ApiGateway", "Latency", gate.dimensions),
        ExtendedStatistic="p95",
        Period=_FIVE_MINUTES,
        EvaluationPeriods=3,
        Threshold=2000,
    )
    yield _simple(
        mall,
        "buyers-refused",
        f"Five times in five minutes a buyer's order, payment or cart met a fault of ours. {_GUIDE}, a bad release.",
        own,
        "ServerErrors",
        {"group": "buyer writes"},
        above=4,
        period=_FIVE_MINUTES,
    )
    yield _simple(
        mall,
        "hooks-refused",
        f"A partner's notice met a fault of ours; it will come again for a day. {_GUIDE}, payment notices stop.",
        own,
        "ServerErrors",
        {"group": "hooks"},
        above=2,
        period=_FIVE_MINUTES,
    )
    yield from _database(mall, own)


def _database(mall: Mall, own: str) -> Iterator[Alarm]:
    yield _simple(
        mall,
        "database-retries",
        f"DynamoDB throttles or does not answer; buyers wait meanwhile. {_GUIDE}, DynamoDB throttles.",
        own,
        "DatabaseRetries",
        {},
        above=20,
        period=_FIVE_MINUTES,
    )


def _delivery(mall: Mall) -> Iterator[Alarm]:
    own = namespace(mall.prefix)
    yield _alarm(
        mall,
        "outbox-behind",
        "The sweep of the outbox is five minutes behind, or does not run: unpaid "
        f"orders stay open, deadlines are late. {_GUIDE}, the outbox falls behind.",
        **_metric(own, "OutboxLag", {}),
        Statistic="Maximum",
        Period=_FIVE_MINUTES,
        EvaluationPeriods=2,
        Threshold=300,
        TreatMissingData="breaching",
    )
    yield _simple(
        mall,
        "event-parked",
        f"An event that this release does not know was put aside. {_GUIDE}, parked events.",
        own,
        "EventsParked",
        {},
        period=_FIVE_MINUTES,
    )


def _queues(mall: Mall) -> Iterator[Alarm]:
    for queue in mall.queues:
        short = queue.removeprefix(mall.prefix)
        yield _alarm(
            mall,
            f"queue-old-{short}",
            f"A message of {short} has waited for ten minutes. {_GUIDE}, a queue grows.",
            **_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}),
            Statistic="Maximum",
            Period=_FIVE_MINUTES,
            EvaluationPeriods=2,
            Threshold=600,
        )


def _functions(mall: Mall) -> Iterator[Alarm]:
    # Without a dimension: all functions of the account. One for each would cost as much as half the other alarms.
    yield _simple(
        mall,
        "functions-throttled",
        f"Lambda refused to run functions: the account's concurrency is used up. {_GUIDE}, the mall is slow.",
        "AWS/Lambda",
        "Throttles",
        {},
        above=9,
        period=_FIVE_MINUTES,
    )
    for name, deployed in mall.functions.items():
        who = {"FunctionName": deployed}
        above = 2 if name == API else 0
        yield _simple(
            mall,
            f"failed-{name}",
            f"The function {name} died: an exception, or its time was up. {_GUIDE}, a bad release.",
            "AWS/Lambda",
            "Errors",
            who,
            above=above,
            period=_FIVE_MINUTES,
        )
    for name, interval in mall.jobs.items():
        yield _alarm(
            mall,
            f"not-run-{name}",
            f"The job {name} did not run when it should. {_GUIDE}, a job does not run.",
            **_metric("AWS/Lambda", "Invocations", {"FunctionName": mall.functions[name]}),
            Statistic="Sum",
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
            **_patience(interval),
        )


def _patience(interval: timedelta) -> dict[str, int]:
    """Three runs missed; of a daily job, one. CloudWatch looks back a day, by the hour seven days."""
    seconds = max(round(3 * interval.total_seconds()), _FIVE_MINUTES)
    if seconds <= _DAY:
        return {"Period": seconds, "EvaluationPeriods": 1}
    hours = min(round(interval.total_seconds()) // _HOUR + 1, 7 * 24)
    return {"Period": _HOUR, "EvaluationPeriods": hours}


def _partners(mall: Mall) -> Iterator[Alarm]:
    own = namespace(mall.prefix)
    for partner in mall.partners:
        who = {"partner": partner}
        yield _alarm(
            mall,
            f"partner-{partner}",
            f"One call in five to {partner} fails. {_GUIDE}, a partner is down.",
            Metrics=[
                _expression("share", "IF(calls >= 10, 100 * FILL(errors, 0) / calls, 0)"),
                _input("calls", own, "PartnerCalls", who, "Sum", _FIVE_MINUTES),
                _input("errors", own, "PartnerErrors", who, "Sum", _FIVE_MINUTES),
            ],
            Threshold=20,
            EvaluationPeriods=2,
        )


def _simple(
    mall: Mall, name: str, text: str, where: str, metric: str, who: dict[str, str], *, above: int = 0, period: int
) -> Alarm:
    """The sum of one metric in one period is more than *above*."""
    return _alarm(mall, name, text, **_metric(where, metric, who), Statistic="Sum", Period=period, Threshold=above)


def _alarm(mall: Mall, name: str, text: str, **properties: Any) -> Alarm:
    return {
        "AlarmName": f"{mall.prefix}{name.replace('_', '-')}",
        "AlarmDescription": text,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **properties,
    }


def _metric(where: str, name: str, who: Mapping[str, Any]) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in who.items()]
    return {"Namespace": where, "MetricName": name, **({"Dimensions": dimensions} if dimensions else {})}


def _input(key: str, where: str, name: str, who: dict[str, str], statistic: str, period: int) -> dict[str, Any]:
    stat = {"Metric": _metric(where, name, who), "Period": period, "Stat": statistic}
    return {"Id": key, "ReturnData": False, "MetricStat": stat}


def _expression(key: str, text: str) -> dict[str, Any]:
    return {"Id": key, "Expression": text, "ReturnData": True}
