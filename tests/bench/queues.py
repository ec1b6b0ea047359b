"""How fast one consumer empties each queue: in one process with the database and the stand-ins.

Sixty orders are paid and shipped; then each queue is emptied by the real handlers, batch by batch. A second table
tries batch sizes on what follows from paid orders: as they come, one after another, and as a window would collect them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count
from typing import Any

from tests.bench.cold import ROOT

ORDERS = 60
SIZES = (1, 2, 5, 10)
RUN_USD, MESSAGE_CALL_USD = 0.20, 0.40
"""A million of Lambda's runs, of SQS's calls, in us-east-1. A batch is received once and deleted once."""
_try = count(1)
_CODE = "import json; from tests.bench.queues import measure; print(json.dumps(measure()))"


def table() -> str:
    """The section of docs/performance.md."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIYU_")}
    command = [sys.executable, "-c", _CODE]
    answer = subprocess.run(command, cwd=ROOT, env=kept, check=True, capture_output=True, text=True)
    emptied, tried = json.loads(answer.stdout.splitlines()[-1])
    rows = [
        "| queue | messages | seconds | messages/s | CPU ms a message |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, messages, seconds, cpu, _ in emptied:
        rate, each = messages / seconds, cpu * 1000 / messages
        rows.append(f"| {name} | {messages} | {seconds:.1f} | {rate:.0f} | {each:.1f} |")
    rows += [
        "",
        "| orders come | batch size | messages | runs | messages a run | CPU ms a message | USD a million messages |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for how, size, messages, cpu, runs in tried:
        usd = (RUN_USD + 2 * MESSAGE_CALL_USD) * runs / messages
        each = cpu * 1000 / messages
        rows.append(f"| {how} | {size} | {messages} | {runs} | {messages / runs:.1f} | {each:.1f} | {usd:.2f} |")
    return "\n".join(rows)


def measure() -> tuple[list[Any], list[Any]]:
    """Of each queue: name, messages, seconds, seconds of CPU (the database's and the stand-ins' are in it), runs; and
    of each batch size: how orders come, size, messages, seconds of CPU, runs."""
    from infra.local import memory
    from infra.local.cloud import Template, make
    from infra.local.partners import start
    from tests import conftest

    with memory.running():
        from app import app
        from chalicelib.core import aws
        from chalicelib.core.settings import settings
        from infra.local import queues

        partners = start(conftest.PARTNERS_PORT, keys_path=conftest._CACHE / "partners.json", automatic_notices=False)
        make(Template.read(conftest.REGION), aws.client)
        found = queues.consumers(app, settings().queue_url_base, settings().table_prefix, conftest.REGION)
        consumers = {each.queue.removeprefix(settings().table_prefix): each for each in found}
        _orders(ORDERS)
        rows = [(name, *_emptied(consumers[name])) for name in ("reactions", "fulfillment")]
        _ship()
        rows += [(name, *_emptied(consumers[name])) for name in ("tracking", "notifications")]
        tried = [
            (how, size, *_tried(replace(consumers["reactions"], batch_size=size), apart=how == "one by one"))
            for how in ("one by one", "all at once")
            for size in SIZES
        ]
        partners.stop()
        return [row for row in rows if row[1]], tried


def _orders(count: int, start: int = 0) -> None:
    from tests.trade.fulfillment.factories import paid

    for number in range(start, start + count):
        paid(member_id=f"mem_{number}")


def _tried(consumer: Any, *, apart: bool) -> tuple[int, float, int]:
    """Messages, seconds of CPU and runs for as many orders; *apart*: the queue is emptied after each."""
    found = []
    for number in range(ORDERS if apart else 1):
        _orders(1 if apart else ORDERS, start=number + ORDERS * next(_try))
        found.append(_emptied(consumer))
    return sum(each[0] for each in found), sum(each[2] for each in found), sum(each[3] for each in found)


def _ship() -> None:
    from chalicelib.core.transaction import Transaction
    from chalicelib.trade.fulfillment.shipments import service as shipments
    from chalicelib.trade.fulfillment.shipments.handover import service
    from chalicelib.trade.fulfillment.shipments.handover.schemas import Handover
    from chalicelib.trade.orders.models import Order

    for number in range(ORDERS):
        (order,) = Order.query(f"mem_{number}", consistent_read=True)
        shipment, others = shipments.open_shipment(order)
        how = Handover(carrier="yto", tracking_number=f"YT{number:013d}")
        with Transaction() as tx:
            service.hand_over(tx, service.Leaving(order, shipment, others, f"pcl_{number}", how, "bench"))


def _emptied(consumer: Any) -> tuple[int, float, float, int]:
    from chalicelib.core import aws
    from infra.local.queues import Delivered

    report, began, cpu, runs = Delivered(), time.perf_counter(), time.process_time(), 0
    while consumer.deliver(aws.client("sqs"), report):
        runs += 1
    if report.failed:
        raise RuntimeError(f"{consumer.name}: {len(report.failed)} failed")
    return len(report.bodies), time.perf_counter() - began, time.process_time() - cpu, runs
