"""Everybody at full size: two walks over all members, a list of all of them, and its file. ``MEMBERS`` says how many.

On dynoxide, whose CPU is in another process; the queue, the files and the mall's own code are in this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.bench.cold import ROOT

MEMBERS = int(os.environ.get("MEMBERS", "100000"))
SEGMENTS = 3
_CODE = "import json; from tests.bench.segments import measure; print(json.dumps(measure()))"


def table() -> str:
    """The section of docs/performance.md."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIYU_")}
    answer = subprocess.run([sys.executable, "-c", _CODE], cwd=ROOT, env=kept, check=True, stdout=subprocess.PIPE)
    rows = [
        "| what | members | result | messages | minutes | CPU ms a member | longest message, s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for what, result, messages, seconds, cpu, longest in json.loads(answer.stdout.splitlines()[-1]):
        rows.append(
            f"| {what} | {MEMBERS:,} | {result:,} | {messages:,} | {seconds / 60:.1f} | {cpu * 1000 / MEMBERS:.1f} "
            f"| {longest:.1f} |"
        )
    return "\n".join(rows)


def measure() -> list[tuple[str, int, int, float, float, float]]:
    """What, its result, messages, seconds, seconds of CPU, seconds of the longest message."""
    with mall() as empty:
        from chalicelib.loyalty.segments.audiences import service as audiences
        from chalicelib.loyalty.segments.audiences.exports import service as exports
        from chalicelib.loyalty.segments.audiences.exports.schemas import ExportAudience
        from chalicelib.loyalty.segments.audiences.schemas import AudienceFields
        from chalicelib.loyalty.segments.jobs import evaluate_segments
        from chalicelib.loyalty.segments.runs import service as runs
        from chalicelib.mall.exports import service as machine
        from chalicelib.mall.identity.service import Staff

        everybody, rows = _open(empty), []
        for what in ("a walk in which all enter three segments", "a walk in which nobody moves"):
            run_id, used = evaluate_segments(), empty()
            rows.append((what, runs.show(run_id).changed, *used))
        made = audiences.create(AudienceFields(title="全部", segment_id=everybody), "bench")
        used = empty()
        rows.append(("a list of everybody", audiences.ready(audiences.load(made.id), None).kept, *used))
        wanted = ExportAudience.model_validate({"identifier": "phone", "hashing": "sha256", "reason": "bench"})
        clerk = Staff("stf_bench", "bench", frozenset({"*"}))
        export = exports.create(made.id, wanted, "bench-0001", clerk)
        used = empty()
        rows.append(("its file of hashed numbers", machine.show(export.id, clerk).rows, *used))
        return rows


def _open(empty: Callable[[], object]) -> str:
    """Members who agreed to everything and were here before; segments that are new. :returns: that of everybody."""
    from chalicelib.loyalty.gifts.models import MemberDates
    from chalicelib.loyalty.membership.models import Membership
    from chalicelib.loyalty.segments.jobs import evaluate_segments
    from chalicelib.loyalty.segments.models import MemberFacts
    from chalicelib.mall.identity.members.models import Member
    from chalicelib.mall.identity.privacy.models import Scene
    from tests.loyalty.segments import factories
    from tests.loyalty.segments.audiences.factories import crowd

    agreed = Scene.MARKETING, Scene.SHARING
    (first,) = crowd(1, *agreed)
    evaluate_segments()
    empty()
    # The others stand as the first one does after a night: level, calendar, facts, noticeboard.
    crowd(MEMBERS - 1, *agreed, start=1)
    for model in (MemberFacts, Membership, MemberDates):
        row = model.get(first, consistent_read=True).serialize()
        with model.batch_write() as batch:
            for number in range(1, MEMBERS):
                batch.save(model.from_raw_data({**row, "member_id": {"S": f"mem_c{number:06d}"}}))
    board = Member.get(first, consistent_read=True).notices
    for number in range(1, MEMBERS):
        Member(id=f"mem_c{number:06d}").update([Member.notices.set(board)])
    return str(factories.some_active(SEGMENTS)[0].id)


@contextmanager
def mall() -> Iterator[Callable[[], tuple[int, float, float, float]]]:
    """A mall; calling what it gives empties the queues: messages, seconds, seconds of CPU, those of the longest."""
    from infra.local import dynoxide, memory
    from infra.local.cloud import Template, make
    from tests import conftest

    with dynoxide.running() as url, memory.running():
        os.environ["SIYU_DYNAMODB_ENDPOINT_URL"] = url
        from app import app
        from chalicelib.core import aws
        from chalicelib.core.settings import settings
        from infra.local import queues

        settings.cache_clear()
        make(Template.read(conftest.REGION), aws.client)
        found = queues.consumers(app, settings().queue_url_base, settings().table_prefix, conftest.REGION)
        yield lambda: _emptied([replace(each, batch_size=1) for each in found])


def _emptied(consumers: Sequence[Any]) -> tuple[int, float, float, float]:
    """One message at a time, to see the longest."""
    from chalicelib.core import aws
    from infra.local.queues import Delivered

    report, began, cpu, longest = Delivered(), time.perf_counter(), time.process_time(), 0.0
    before = began
    while any(each.deliver(aws.client("sqs"), report) for each in consumers):
        longest, before = max(longest, time.perf_counter() - before), time.perf_counter()
    if report.failed:
        raise RuntimeError(f"{len(report.failed)} failed: {report.failed[:2]}")
    return len(report.bodies), time.perf_counter() - began, time.process_time() - cpu, longest
