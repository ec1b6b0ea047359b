"""CloudWatch, played: which of the mall's own alarms would ring for the lines that were logged.

Alarms on AWS's own metrics (queues, Lambda, the gateway) have no lines; the tests say what those would have seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.core.metrics import namespace
from infra.watch import read
from infra.watch.alarms import alarms

Line = Mapping[str, Any]
PREFIX = "siyu-"


def ringing(lines: Iterable[Line]) -> set[str]:
    """The short names of the alarms that ring."""
    logged, mall = [line for line in lines if "_aws" in line], read(PREFIX)
    return {
        name.removeprefix(PREFIX) for name, alarm in alarms(mall).items() if _is_ours(alarm) and _rings(alarm, logged)
    }


def _is_ours(alarm: Mapping[str, Any]) -> bool:
    inputs = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    return all(each["Namespace"] == namespace(PREFIX) for each in inputs)


def _rings(alarm: Mapping[str, Any], lines: Sequence[Line]) -> bool:
    """So many periods on end are above the threshold. Silence never rings here: it would need a clock of its own."""
    above = {period for period, value in _values(alarm, lines).items() if value > alarm["Threshold"]}
    return any(all(first + later in above for later in range(alarm["EvaluationPeriods"])) for first in above)


def _values(alarm: Mapping[str, Any], lines: Sequence[Line]) -> dict[int, float]:
    if "Metrics" not in alarm:
        return _series(alarm, alarm["Period"], alarm["Statistic"], lines)
    (expression,) = (each["Expression"] for each in alarm["Metrics"] if "Expression" in each)
    inputs = {
        each["Id"]: _series(each["MetricStat"]["Metric"], each["MetricStat"]["Period"], "Sum", lines)
        for each in alarm["Metrics"]
        if "MetricStat" in each
    }
    periods = {period for series in inputs.values() for period in series}
    return {
        period: _computed(expression, {name: series.get(period, 0) for name, series in inputs.items()})
        for period in periods
    }


def _computed(expression: str, values: dict[str, float]) -> float:
    """The few words of metric math that our alarms use."""
    words = {"IF": lambda test, yes, no: yes if test else no, "FILL": lambda value, _: value}
    guarded = {name: value or 1e-9 if f"/ {name}" in expression else value for name, value in values.items()}
    return float(eval(expression.replace(" AND ", " and "), {"__builtins__": {}}, {**words, **guarded}))


def _series(metric: Mapping[str, Any], period: int, statistic: str, lines: Sequence[Line]) -> dict[int, float]:
    """Number of the period → its value, of the lines that count this metric under these dimensions."""
    wanted = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
    found: dict[int, list[float]] = {}
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        named = {each["Name"] for each in directive["Metrics"]}
        counts = metric["MetricName"] in named and list(wanted) in [list(each) for each in directive["Dimensions"]]
        if counts and all(line.get(name) == value for name, value in wanted.items()):
            number = line["_aws"]["Timestamp"] // 1000 // period
            found.setdefault(number, []).append(line[metric["MetricName"]])
    return {number: sum(each) if statistic == "Sum" else max(each) for number, each in found.items()}
