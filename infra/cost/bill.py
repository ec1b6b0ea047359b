"""From footprints (what an operation asks of AWS) to money. Pure arithmetic: every number comes from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

MINUTES = 30 * 24 * 60
_WRITES = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}
Footprint = Mapping[str, Any]


@dataclass(frozen=True)
class Usage:
    """What is paid for, in the units of the price list."""

    requests: float = 0  # that reach the gateway
    invocations: float = 0
    gb_seconds: float = 0
    read_units: float = 0
    write_units: float = 0
    table_gb: float = 0
    sqs: float = 0
    s3_gets: float = 0
    out_gb: float = 0
    log_gb: float = 0
    log_kept_gb: float = 0
    metrics: float = 0
    alarms: float = 0
    dashboards: float = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def __mul__(self, times: float) -> Usage:
        return Usage(*(getattr(self, each.name) * times for each in fields(self)))


@dataclass(frozen=True)
class Variant:
    """How the mall is set up. *cached*: the share of public reads that the phone has and does not ask for."""

    gateway: str = "rest"  # rest, http, url (the function's own)
    arm: bool = False
    platform_log: bool = True
    home_in_one: bool = False
    cached: float = 0.0


@dataclass(frozen=True)
class Measured:
    """What tests/budgets counted. *operations*: name → its footprint; *kept_bytes*: what stays of an order."""

    operations: Mapping[str, Footprint]
    kept_bytes: float


def of_operation(footprint: Footprint, shop: Mapping[str, Any], variant: Variant, *, reaction: bool) -> Usage:
    """One operation: a request, or the batches of messages that followed from it."""
    calls: Mapping[str, int] = footprint["calls"]
    named = {key.partition(":")[2]: count for key, count in calls.items()}
    batches = named.get("DeleteMessageBatch", 0)
    runs = batches if reaction else 1
    asked = sum(count for name, count in named.items() if name not in ("ReceiveMessage", "DeleteMessageBatch"))
    log_gb = (footprint["log_bytes"] + runs * (shop["platform_log_bytes"] if variant.platform_log else 0)) / 1e9
    return Usage(
        requests=0 if reaction else 1,
        invocations=runs,
        gb_seconds=_milliseconds(named, asked, runs, shop) / 1000 * shop["memory_gb"],
        read_units=footprint["read_units"],
        write_units=footprint["write_units"],
        # A batch with messages is received once and deleted once.
        sqs=named.get("SendMessageBatch", 0) + 2 * batches,
        s3_gets=named.get("GetObject", 0),
        out_gb=0 if reaction else (footprint["answer_bytes"] + 400) / 1e9,
        log_gb=log_gb,
        log_kept_gb=log_gb * shop["log_months"],
    )


def _milliseconds(named: Mapping[str, int], asked: int, runs: int, shop: Mapping[str, Any]) -> float:
    """CPU, stretched by the share of a core that the memory buys, and waiting for the answers."""
    writes = sum(count for name, count in named.items() if name in _WRITES)
    other = named.get("SendMessageBatch", 0) + named.get("GetObject", 0)
    wait = shop["wait_ms"]
    waited = writes * wait["write"] + other * wait["other"] + (asked - writes - other) * wait["read"]
    cpu = runs * shop["cpu_ms_per_request"] + asked * shop["cpu_ms_per_call"]
    return float(cpu / shop["vcpu_at_that_memory"] + waited)


def of_orders(measured: Measured, shop: Mapping[str, Any], variant: Variant, orders: float) -> Usage:
    """*orders* with all the browsing around them."""
    total = Usage()
    for name, times in shop["per_order"].items():
        reaction = name.startswith(("reactions", "deadlines"))
        total += of_operation(measured.operations[name], shop, variant, reaction=reaction) * times
    for name, times in _visit(shop, variant).items():
        one = of_operation(measured.operations[name], shop, variant, reaction=False)
        hidden = variant.cached if name in shop["public"] else 0.0
        total += one * ((1 - hidden) * times * shop["visits_per_order"])
    stored = Usage(table_gb=measured.kept_bytes / 1e9 * shop["stored_months"])
    return (total + stored) * orders


def _visit(shop: Mapping[str, Any], variant: Variant) -> dict[str, float]:
    """Operation → how often in a visit."""
    visit: dict[str, float] = dict(shop["per_visit"])
    if variant.home_in_one:
        for name in shop["home"]["instead_of"]:
            visit[name] -= 1
        visit[shop["home"]["asks"]] = 1.0
    return visit


@dataclass(frozen=True)
class Standing:
    """What is there whether anybody buys or not. *runs*: operation → how often a month."""

    queues: int
    runs: Mapping[str, float]
    metrics: int
    alarms: int
    dashboards: int = 1


def of_month(measured: Measured, shop: Mapping[str, Any], variant: Variant, there: Standing) -> Usage:
    """A month in which nobody comes: empty queues are asked, jobs run, alarms watch."""
    total = Usage(
        sqs=there.queues * shop["idle_polls_per_queue_and_minute"] * MINUTES,
        metrics=there.metrics,
        alarms=there.alarms,
        dashboards=there.dashboards,
    )
    for name, times in there.runs.items():
        run = of_operation(measured.operations[name], shop, variant, reaction=False)
        total += replace(run, requests=0, out_gb=0) * times
    return total


def bill(usage: Usage, prices: Mapping[str, Any], variant: Variant) -> dict[str, float]:
    """Service → money, in the currency of *prices*."""
    gateway = {"rest": prices["rest_million"], "http": prices["http_million"], "url": 0.0}[variant.gateway]
    return {
        "API Gateway": usage.requests * gateway / 1e6,
        "Lambda": usage.invocations * prices["lambda_million"] / 1e6
        + usage.gb_seconds * prices["gb_second_arm" if variant.arm else "gb_second_x86"],
        "DynamoDB": (usage.read_units * prices["read_million"] + usage.write_units * prices["write_million"]) / 1e6,
        "DynamoDB storage, recovery": usage.table_gb * (prices["table_gb_month"] + prices["recovery_gb_month"]),
        "SQS": usage.sqs * prices["sqs_million"] / 1e6,
        "S3": usage.s3_gets * prices["s3_get_million"] / 1e6,
        "Transfer out": usage.out_gb * prices["out_gb"],
        "CloudWatch logs": usage.log_gb * prices["log_gb"] + usage.log_kept_gb * prices["log_gb_month"],
        "CloudWatch metrics, alarms": usage.metrics * prices["metric_month"]
        + usage.alarms * prices["alarm_month"]
        + usage.dashboards * prices["dashboard_month"],
    }
