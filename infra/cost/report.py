"""The report of docs/cost.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chalicelib import wiring
from chalicelib.core.metrics import KERNEL
from infra.cost.bill import MINUTES, Measured, Standing, Usage, Variant, bill, of_month, of_orders
from infra.watch import read
from infra.watch.alarms import alarms

HERE = Path(__file__).parent
#: prod.json's choices, and a mini program that opens with one call and keeps nothing.
AS_IT_IS = Variant(arm=True, platform_log=False, home_in_one=True)
#: One after another: each keeps what the ones before it changed.
STEPS: Sequence[tuple[str, Variant]] = [
    ("REST API, x86-64, Lambda's own lines, the home page in two calls", Variant()),
    ("Lambda's START, END and REPORT lines off (`PlatformLog`)", Variant(platform_log=False)),
    ("and arm64 (`arch`)", Variant(platform_log=False, arm=True)),
    ("and the home page in one call (`GET /home`): **as it is deployed**", AS_IT_IS),
    ("and an HTTP API instead of REST (`front`)", replace(AS_IT_IS, gateway="http")),
    ("and 30 of 100 public reads kept by the phone", replace(AS_IT_IS, gateway="http", cached=0.3)),
    ("and half of them", replace(AS_IT_IS, gateway="http", cached=0.5)),
    ("and four of five", replace(AS_IT_IS, gateway="http", cached=0.8)),
    ("computed: the function's own URL instead, half kept", replace(AS_IT_IS, gateway="url", cached=0.5)),
    ("computed: the same, four of five kept", replace(AS_IT_IS, gateway="url", cached=0.8)),
]
GOAL = 0.20
KEPT = (0.0, 0.3, 0.5, 0.8)
VISITS = (0, 3, 5, 10, 20, 30)


def read_json(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return found


def standing() -> Standing:
    """This checkout: its queues and jobs, the metrics that always have data, the alarms by the metrics they watch."""
    mall = read("siyu-prod-")
    runs = {"sweep of the outbox, nothing due": 0.0, "refresh of the search index, nothing changed": 0.0}
    for name, interval in mall.jobs.items():
        like = "sweep of the outbox" if name == "deliver_due_events" else "refresh of the search index"
        key = next(each for each in runs if each.startswith(like))
        runs[key] += MINUTES * 60 / interval.total_seconds()
    always = sum(5 if KERNEL[name] == (("group",),) else 1 for name in ("Latency", "OutboxLag"))
    counted = sum(len(names) for names in wiring.COUNTED.values())
    watched = sum(
        sum("MetricStat" in each for each in alarm["Metrics"]) if "Metrics" in alarm else 1
        for alarm in alarms(mall).values()
    )
    return Standing(
        queues=len(mall.queues),
        runs=runs,
        metrics=always + counted + len(mall.partners),
        alarms=watched + len(mall.dead),
    )


def tables(measured: Measured) -> str:
    """Every table of the report, as Markdown."""
    shop, prices, there = read_json("shop.json"), read_json("prices.json"), standing()
    regions: dict[str, Any] = prices["regions"]
    parts = [
        _per_thousand(measured, shop, regions),
        _months(measured, shop, regions["us-east-1"], there),
        _steps(measured, shop, regions),
        _habits(measured, shop, regions["us-east-1"]),
        _standing(measured, shop, regions, there),
    ]
    return "\n\n".join(parts)


def _per_thousand(measured: Measured, shop: Mapping[str, Any], regions: Mapping[str, Any]) -> str:
    usage = of_orders(measured, shop, AS_IT_IS, 1000)
    bills = {name: bill(usage, prices, AS_IT_IS) for name, prices in regions.items()}
    rows = [
        [service, *(f"{each[service]:.3f}" for each in bills.values())]
        for service in bills["us-east-1"]
        if any(each[service] for each in bills.values())
    ]
    rows.append(["**all**", *(f"**{sum(each.values()):.2f}**" for each in bills.values())])
    alone = of_orders(measured, {**shop, "visits_per_order": 0}, AS_IT_IS, 1000)
    rows.append(
        ["of that, the orders themselves"]
        + [f"{sum(bill(alone, prices, AS_IT_IS).values()):.2f}" for prices in regions.values()]
    )
    kept = Usage(table_gb=usage.table_gb)
    rows.append(
        [f"and of that, keeping them {shop['stored_months']} months"]
        + [f"{sum(bill(kept, prices, AS_IT_IS).values()):.2f}" for prices in regions.values()]
    )
    pictures = shop["pictures_kb_per_visit"] / 1e6 * shop["visits_per_order"] * 1000
    rows.append(
        [f"beside it, pictures ({pictures:.0f} GB)"]
        + [f"{pictures * prices['cdn_gb']:.2f}" for prices in regions.values()]
    )
    heads = [f"{name}, {prices['currency']}" for name, prices in regions.items()]
    visits = shop["visits_per_order"]
    said = (
        f"1,000 orders with {visits} visits each: {usage.requests:,.0f} requests, {usage.invocations:,.0f} runs, "
        f"{usage.gb_seconds:,.0f} GB-seconds, {usage.read_units:,.0f} read and {usage.write_units:,.0f} write units, "
        f"{usage.log_gb:.2f} GB of logs, {usage.out_gb:.2f} GB of answers, "
        f"{measured.kept_bytes / 1000:.1f} KB kept of an order."
    )
    return f"{said}\n\n{_table(['per 1,000 orders', *heads], rows)}"


def _months(measured: Measured, shop: Mapping[str, Any], prices: Mapping[str, Any], there: Standing) -> str:
    idle = bill(of_month(measured, shop, AS_IT_IS, there), prices, AS_IT_IS)
    months = {
        name: bill(of_orders(measured, shop, AS_IT_IS, count), prices, AS_IT_IS)
        for name, count in shop["orders_per_month"].items()
    }
    rows = [
        [service, f"{idle[service]:.2f}", *(f"{idle[service] + each[service]:.2f}" for each in months.values())]
        for service in idle
        if idle[service] or any(each[service] for each in months.values())
    ]
    totals = [sum(idle.values()), *(sum(idle.values()) + sum(each.values()) for each in months.values())]
    rows.append(["**a month**", *(f"**{each:.2f}**" for each in totals)])
    heads = [f"{name}, {count:,} orders" for name, count in shop["orders_per_month"].items()]
    return _table(["us-east-1, USD a month", "nobody comes", *heads], rows)


def _steps(measured: Measured, shop: Mapping[str, Any], regions: Mapping[str, Any]) -> str:
    rows = []
    for name, variant in STEPS:
        usage = of_orders(measured, shop, variant, 1000)
        totals = [sum(bill(usage, prices, variant).values()) for prices in regions.values()]
        rows.append([name, f"{usage.requests:,.0f}", *(f"{each:.2f}" for each in totals)])
    heads = [f"{name}, {prices['currency']}" for name, prices in regions.items()]
    return _table(["per 1,000 orders, one after another", "requests", *heads], rows)


def _habits(measured: Measured, shop: Mapping[str, Any], prices: Mapping[str, Any]) -> str:
    """What the assumptions do: how often people come for an order, and how much their phones keep."""
    rows = []
    for gateway, named in (("rest", "REST API"), ("http", "HTTP API")):
        for visits in VISITS:
            row = [f"{named}, {visits} visits to an order"]
            for cached in KEPT:
                variant = replace(AS_IT_IS, gateway=gateway, cached=cached)
                usage = of_orders(measured, {**shop, "visits_per_order": visits}, variant, 1000)
                total = sum(bill(usage, prices, variant).values())
                row.append(f"**{total:.2f}**" if total <= GOAL else f"{total:.2f}")
            rows.append(row)
    heads = [f"{share:.0%} of public reads kept" for share in KEPT]
    return _table(["us-east-1, USD per 1,000 orders", *heads], rows)


def _standing(measured: Measured, shop: Mapping[str, Any], regions: Mapping[str, Any], there: Standing) -> str:
    polls = there.queues * shop["idle_polls_per_queue_and_minute"] * MINUTES
    sweep = next(name for name in there.runs if name.startswith("sweep"))
    facts: dict[str, Standing] = {
        f"asking {there.queues} empty queues ({polls / 1e6:.1f} million polls)": only(there, queues=there.queues),
        "the sweep of the outbox each minute": only(there, runs={sweep: there.runs[sweep]}),
        "the other jobs": only(there, runs={k: v for k, v in there.runs.items() if k != sweep}),
        f"{there.metrics} metrics that always have data": only(there, metrics=there.metrics),
        f"{there.alarms} alarms, by the metrics they watch": only(there, alarms=there.alarms),
        "one dashboard": only(there, dashboards=there.dashboards),
    }
    rows = []
    for name, part in facts.items():
        usage = of_month(measured, shop, AS_IT_IS, part)
        rows.append([name, *(f"{sum(bill(usage, prices, AS_IT_IS).values()):.2f}" for prices in regions.values())])
    heads = [f"{name}, {prices['currency']}" for name, prices in regions.items()]
    return _table(["a month in which nobody comes", *heads], rows)


def only(there: Standing, **kept: Any) -> Standing:
    """Only what is *kept* of what is there."""
    nothing = {"queues": 0, "runs": {}, "metrics": 0, "alarms": 0, "dashboards": 0}
    return Standing(**{**nothing, **kept})


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
