"""How fast one consumer empties each queue: in one process with the database and the stand-ins.

Sixty orders are paid and shipped; then each queue is emptied by the real handlers, batch by batch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

from tests.bench.cold import ROOT

ORDERS = 60
_CODE = "import json; from tests.bench.queues import measure; print(json.dumps(measure()))"


def table() -> str:
    """The section of docs/performance.md."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIYU_")}
    command = [sys.executable, "-c", _CODE]
    answer = subprocess.run(command, cwd=ROOT, env=kept, check=True, capture_output=True, text=True)
    rows = [
        "| queue | messages | seconds | messages/s | CPU ms a message |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, messages, seconds, cpu in json.loads(answer.stdout.splitlines()[-1]):
        rate, each = messages / seconds, cpu * 1000 / messages
        rows.append(f"| {name} | {messages} | {seconds:.1f} | {rate:.0f} | {each:.1f} |")
    return "\n".join(rows)


def measure() -> list[tuple[str, int, float, float]]:
    """Queue, messages, seconds, seconds of CPU (the database's and the stand-ins' are in it)."""
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
        _orders()
        rows = [(name, *_emptied(consumers[name])) for name in ("reactions", "fulfillment")]
        _ship()
        rows += [(name, *_emptied(consumers[name])) for name in ("tracking", "notifications")]
        partners.stop()
        return [row for row in rows if row[1]]


def _orders() -> None:
    from tests.trade.fulfillment.factories import paid

    for number in range(ORDERS):
        paid(member_id=f"mem_{number}")


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


def _emptied(consumer: Any) -> tuple[int, float, float]:
    from chalicelib.core import aws
    from infra.local.queues import Delivered

    report, began, cpu = Delivered(), time.perf_counter(), time.process_time()
    while consumer.deliver(aws.client("sqs"), report):
        pass
    if report.failed:
        raise RuntimeError(f"{consumer.name}: {len(report.failed)} failed")
    return len(report.bodies), time.perf_counter() - began, time.process_time() - cpu
