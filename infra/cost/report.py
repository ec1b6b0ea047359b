"""The report of docs/cost.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib import wiring
from chalicelib.core.metrics import KERNEL
from infra.cost.bill import MINUTES, Footprint, Standing, Variant, bill, of_month, of_orders
from infra.watch import read
from infra.watch.alarms import alarms

HERE = Path(__file__).parent
AS_IT_IS = Variant()
#: One after another: each keeps what the ones before it changed.
STEPS: Sequence[tuple[str, Variant]] = [
    ("as it is deployed", AS_IT_IS),
    ("Lambda's own START, END and REPORT lines off", Variant(platform_log=False)),
    ("and arm64", Variant(platform_log=False, arm=True)),
    ("and the home page in one call", Variant(platform_log=False, arm=True, home_in_one=True)),
    ("and half of the public reads kept by the phone", Variant("rest", True, False, True, 0.5)),
    ("and an HTTP API instead of REST", Variant("http", True, False, True, 0.5)),
    ("or the function's own URL instead", Variant("url", True, False, True, 0.5)),
    ("and four of five public reads kept by the phone", Variant("url", True, False, True, 0.8)),
]


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


def tables(footprints: Mapping[str, Footprint]) -> str:
    """Every table of the report, as Markdown."""
    shop, prices, there = read_json("shop.json"), read_json("prices.json"), standing()
    regions: dict[str, Any] = prices["regions"]
    parts = [
        _per_thousand(footprints, shop, regions),
        _months(footprints, shop, regions["us-east-1"], there),
        _steps(footprints, shop, regions),
        _standing(footprints, shop, regions, there),
    ]
    return "\n\n".join(parts)


def _per_thousand(footprints: Mapping[str, Footprint], shop: Mapping[str, Any], regions: Mapping[str, Any]) -> str:
    usage = of_orders(footprints, shop, AS_IT_IS, 1000)
    bills = {name: bill(usage, prices, AS_IT_IS) for name, prices in regions.items()}
    rows = [
        [service, *(f"{each[service]:.3f}" for each in bills.values())]
        for service in bills["us-east-1"]
        if any(each[service] for each in bills.values())
    ]
    rows.append(["**all**", *(f"**{sum(each.values()):.2f}**" for each in bills.values())])
    alone = of_orders(footprints, {**shop, "visits_per_order": 0}, AS_IT_IS, 1000)
    rows.append(
        ["of that, the orders themselves"]
        + [f"{sum(bill(alone, prices, AS_IT_IS).values()):.2f}" for prices in regions.values()]
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
        f"{usage.log_gb:.2f} GB of logs, {usage.out_gb:.2f} GB of answers."
    )
    return f"{said}\n\n{_table(['per 1,000 orders', *heads], rows)}"


def _months(
    footprints: Mapping[str, Footprint], shop: Mapping[str, Any], prices: Mapping[str, Any], there: Standing
) -> str:
    idle = bill(of_month(footprints, shop, AS_IT_IS, there), prices, AS_IT_IS)
    months = {
        name: bill(of_orders(footprints, shop, AS_IT_IS, count), prices, AS_IT_IS)
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


def _steps(footprints: Mapping[str, Footprint], shop: Mapping[str, Any], regions: Mapping[str, Any]) -> str:
    rows = []
    for name, variant in STEPS:
        usage = of_orders(footprints, shop, variant, 1000)
        totals = [sum(bill(usage, prices, variant).values()) for prices in regions.values()]
        rows.append([name, f"{usage.requests:,.0f}", *(f"{each:.2f}" for each in totals)])
    heads = [f"{name}, {prices['currency']}" for name, prices in regions.items()]
    return _table(["per 1,000 orders, one after another", "requests", *heads], rows)


def _standing(
    footprints: Mapping[str, Footprint], shop: Mapping[str, Any], regions: Mapping[str, Any], there: Standing
) -> str:
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
        usage = of_month(footprints, shop, AS_IT_IS, part)
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
