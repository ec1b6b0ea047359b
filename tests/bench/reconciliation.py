"""A day's bill compared, from the kept file to the report. ``ROWS`` says how many payments it has.

On dynoxide, whose CPU is in another process; S3 is moto's, on the disk, so that the memory is the comparison's.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

from tests.bench.cold import ROOT
from tests.bench.segments import mall

ROWS = int(os.environ.get("ROWS", "100000"))
DAY, AMOUNT = "2026-11-24", 9_900
#: One payment in so many is of another amount, and one in so many is not in our books.
WRONG, MISSING = 10_000, 25_000
_CODE = "import json; from tests.bench.reconciliation import measure; print(json.dumps(measure()))"


def table() -> str:
    """The section of docs/performance.md."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIYU_")}
    kept["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = "1"
    answer = subprocess.run([sys.executable, "-c", _CODE], cwd=ROOT, env=kept, check=True, stdout=subprocess.PIPE)
    told = json.loads(answer.stdout.splitlines()[-1])
    return "\n".join(
        [
            "| rows | differences | messages | seconds | CPU s | longest message, s | round trips per 1,000 rows "
            "| memory, MB |",
            "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            f"| {told['rows']:,} | {told['found']} | {told['messages']} | {told['seconds']:.0f} | {told['cpu']:.0f} "
            f"| {told['longest']:.1f} | {told['trips']:.1f} | +{told['memory']:.0f} |",
        ]
    )


def measure() -> dict[str, float]:
    """What was compared, and what it took; memory beyond what the process had before."""
    with mall() as empty:
        from tests.bench.meter import metered

        _prepare()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with metered() as meter:
            messages, seconds, cpu, longest = empty()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        from chalicelib.trade.reconciliation.models import MALL, Reconciliation

        day = Reconciliation.get(MALL, DAY, consistent_read=True)
        if day.status != "done" or day.found != len(range(0, ROWS, WRONG)) + len(range(1, ROWS, MISSING)):
            raise RuntimeError(f"{day.status}, {day.found} differences")
        calls = sum(call.startswith("dynamodb:") for call in meter.calls)
        return {
            "rows": ROWS,
            "found": day.found,
            "messages": messages,
            "seconds": seconds,
            "cpu": cpu,
            "longest": longest,
            "trips": calls * 1000 / ROWS,
            "memory": memory / 1024,
        }


def _prepare() -> None:
    """The bill is fetched and kept, our payments are booked, and the first message waits."""
    from chalicelib.core import clock
    from chalicelib.core.transaction import Transaction
    from chalicelib.gateways.object_storage import service as storage
    from chalicelib.gateways.object_storage.service import Bucket
    from chalicelib.gateways.wechat_pay import bill_parts
    from chalicelib.trade.payments.models import Payment, PaymentStatus
    from chalicelib.trade.reconciliation.comparing import service as comparing
    from chalicelib.trade.reconciliation.events import CompareDay
    from chalicelib.trade.reconciliation.models import DayStatus, Reconciliation

    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as kept:
        _write(file)
        file.seek(0)
        place = bill_parts.pack(file, kept, comparing.CHUNK)
        kept.seek(0)
        storage.put(Bucket.WORK, comparing.bill_key(DAY), kept, "application/gzip")
    at = datetime(2026, 11, 24, 4, tzinfo=UTC)
    with Payment.batch_write() as batch:
        for number in range(ROWS):
            if number % MISSING == 1:
                continue
            batch.save(
                Payment(
                    id=_number(number),
                    member_id=f"mem_{number:06d}",
                    order_id=f"ord_{number:06d}",
                    tender="wechat_pay",
                    status=PaymentStatus.SUCCEEDED,
                    amount=AMOUNT,
                    description="x",
                    openid="o-bench",
                    created_at=at,
                    expires_at=at,
                    succeeded_at=at,
                    transaction_id=f"42{number:010d}",
                    channel_day=DAY,
                )
            )
    now = clock.now()
    begun = {"status": DayStatus.COMPARING, "run": 1, "step": 1, "begun_at": now, "touched_at": now}
    Reconciliation(day=DAY, **begun, has_bill=True, rows=ROWS, place=place).save()
    with Transaction() as tx:
        tx.emit(CompareDay(day=DAY, run=1, step=1))


def _number(number: int) -> str:
    return f"261124{number:014d}01"


def _write(file: IO[bytes]) -> None:
    """The packed bill, as the stand-in writes it, a line at a time."""
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        packed.writelines(f"{line}\r\n".encode() for line in _lines())


def _lines() -> Iterator[str]:
    from infra.local.partners.wechat_pay.bills import COLUMNS, TOTALS, yuan

    usual = {**dict.fromkeys(COLUMNS, "0.00"), "交易状态": "SUCCESS", "交易时间": "2026-11-24 12:00:00"}
    total = 0
    yield ",".join(COLUMNS)
    for number in range(ROWS):
        amount = AMOUNT + (number % WRONG == 0)
        total += amount
        own = {"商户订单号": _number(number), "微信订单号": f"42{number:010d}", "订单金额": yuan(amount)}
        yield ",".join(f"`{each}" for each in ({**usual, **own}[name] for name in COLUMNS))
    yield ",".join(TOTALS)
    sums = {**dict.fromkeys(TOTALS, "0.00"), "总交易单数": str(ROWS), "订单总金额": yuan(total)}
    yield ",".join(f"`{sums[name]}" for name in TOTALS)
