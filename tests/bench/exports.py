"""A file of many orders, from the wish to its last byte. ``ROWS`` says how many rows, of two to an order.

On dynoxide, whose CPU is in another process; S3 is moto's, on the disk, so that the peak of memory is the worker's.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from datetime import timedelta
from typing import Any

from tests.bench.cold import ROOT
from tests.bench.segments import mall

ROWS = int(os.environ.get("ROWS", "100000"))
_CODE = "import json; from tests.bench.exports import measure; print(json.dumps(measure()))"


def table() -> str:
    """The section of docs/performance.md."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIYU_")}
    kept["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = "1"
    answer = subprocess.run([sys.executable, "-c", _CODE], cwd=ROOT, env=kept, check=True, stdout=subprocess.PIPE)
    rows = [
        "| format | rows | MB | messages | minutes | CPU ms a row | longest message, s | peak of memory, MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, size, messages, seconds, cpu, longest, peak in json.loads(answer.stdout.splitlines()[-1]):
        rows.append(
            f"| {name} | {ROWS:,} | {size / 1e6:.1f} | {messages:,} | {seconds / 60:.1f} | {cpu * 1000 / ROWS:.2f} "
            f"| {longest:.1f} | {peak:.0f} |"
        )
    return "\n".join(rows)


def measure() -> list[tuple[str, int, int, float, float, float, float]]:
    """Format, bytes, messages, seconds, seconds of CPU, seconds of the longest message, MB of this process at most."""
    with mall() as empty:
        from chalicelib.core import clock
        from chalicelib.mall.exports import service
        from chalicelib.mall.exports.schemas import CreateDataExport
        from chalicelib.mall.identity.service import Staff

        _fill()
        empty()
        staff, rows = Staff("stf_bench", "bench", frozenset({"*"})), []
        for name in ("csv", "xlsx"):
            days = {"from_day": clock.today() - timedelta(days=365), "to_day": clock.today()}
            asked = CreateDataExport.model_validate({"kind": "orders", "format": name, "filters": days})
            made = service.create(asked, f"bench-{name}-0001", staff)
            used = empty()
            shown = service.show(made.id, staff)
            if (shown.status, shown.rows) != ("ready", ROWS):
                raise RuntimeError(f"not what was asked for: {shown}")
            rows.append((name, shown.size, *used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
        return rows


def _fill() -> None:
    """Orders of two lines with seven discounts, spread over a month; unpaid: no parcels are asked for."""
    from chalicelib.core import clock, ids
    from chalicelib.trade.orders.models import Order, OrderStatus, status_day
    from tests.trade.exports.test_lines import rich_order

    order: Any = rich_order()
    order.payment_id, order.payment_count = None, 0
    raw, today = order.serialize(), clock.today()
    order.delete()
    with Order.batch_write() as batch:
        for number in range(ROWS // 2):
            day = (today - timedelta(days=number % 30)).isoformat()
            state = status_day(OrderStatus.PENDING_PAYMENT, day)
            own = {"id": ids.new("ord"), "number": ids.number(), "day": day, "status_day": state}
            told = {name: {"S": value} for name, value in own.items()}
            batch.save(Order.from_raw_data({**raw, **told, "status": {"S": "pending_payment"}}))
