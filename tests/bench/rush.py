"""A rush as AWS would take it: a simulation, event by event, with the limits of DynamoDB, Lambda and the rest.

It plays the algorithm of docs/algorithms/flash-sale.md (flag, counters, ticket, order, payment) against clocks and
limits, not against the code. The same plan gives the same result to the last digit. ``python -m tests.bench rush``.
"""

from __future__ import annotations

import heapq
import random
import zlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SOLD_OUT_SECONDS = 3.0
HOLDER_BYTES, ITEM_BYTES = 34, 120
RETRIES = 3


@dataclass(frozen=True)
class Limits:
    """What is assumed of the world. Times in seconds, rates a second."""

    gateway_rate: int = 10_000
    """Requests that API Gateway lets through; the default of an account."""
    gateway_burst: int = 5_000
    warm: int = 50
    """Execution environments that run before the rush."""
    concurrency: int = 1_000
    """Lambda's default limit; new ones come at 1,000 each 10 seconds."""
    cold_start: float = 0.9
    memory_answer: float = 0.004
    read: float = 0.006
    write: float = 0.008
    transaction: float = 0.022
    item_units: int = 1_000
    """Write units that one item takes in a second."""
    pay_rate: int = 300
    """Prepay calls that WeChat Pay takes of one merchant."""


@dataclass(frozen=True)
class Plan:
    """So many buyers for so many pieces. They come within ``arrive``: half of them in the first tenth of it."""

    buyers: int
    pieces: int
    shards: int
    without_tickets: bool = False
    """Everybody orders at once, in transactions that meet on one stock item: for comparison."""
    arrive: float = 20.0
    limits: Limits = Limits()


@dataclass
class Outcome:
    """What came of it; times in seconds since the session began."""

    tickets: int = 0
    orders: int = 0
    paid: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    ticket_at: list[float] = field(default_factory=list)
    told_at: float = 0.0
    order_at: float = 0.0
    paid_at: float = 0.0
    containers: int = 0


class Bucket:
    """A rate with a second's worth in store."""

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self.rate, self.burst = rate, rate if burst is None else burst
        self.left, self.at = self.burst, 0.0

    def take(self, now: float, units: float = 1.0) -> bool:
        self.left, self.at = min(self.burst, self.left + (now - self.at) * self.rate), now
        if self.left < units:
            return False
        self.left -= units
        return True


class Rush:
    """One run."""

    def __init__(self, plan: Plan, seed: int = 1) -> None:
        self.plan, self.limits, self.out = plan, plan.limits, Outcome()
        self.random = random.Random(seed)
        shards = 1 if plan.without_tickets else plan.shards
        whole, rest = divmod(plan.pieces, shards)
        self.left = [whole + (shard < rest) for shard in range(shards)]
        self.holders = [0] * shards
        self.counters = [Bucket(self.limits.item_units) for _ in range(shards)]
        self.busy_until = [0.0] * shards
        self.gateway = Bucket(self.limits.gateway_rate, self.limits.gateway_burst)
        self.free: list[int] = list(range(self.limits.warm))
        self.flags = [0.0] * self.limits.warm
        self.events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self.serial = 0
        self.payments: deque[float] = deque()

    def run(self) -> Outcome:
        # Beside the heap, which stays small: a million first taps are sorted once.
        first = sorted((self._arrival(), buyer) for buyer in range(self.plan.buyers))
        for at, buyer in first:
            self._until(at)
            self.tap(at, buyer, 0)
        self._until(float("inf"))
        self.out.containers = len(self.flags)
        return self.out

    def _until(self, end: float) -> None:
        while self.events and self.events[0][0] <= end:
            now, _, act, arguments = heapq.heappop(self.events)
            act(now, *arguments)

    def at(self, when: float, act: Callable[..., None], *arguments: Any) -> None:
        self.serial += 1
        heapq.heappush(self.events, (when, self.serial, act, arguments))

    def _arrival(self) -> float:
        spread = self.plan.arrive / 10 if self.random.random() < 0.5 else self.plan.arrive
        return self.random.random() * spread

    # ---- the way in

    def tap(self, now: float, buyer: int, again: int) -> None:
        if not self.gateway.take(now):
            self._later(now, buyer, again, "turned away by the gateway")
            return
        if self.free:
            self.enter(now, buyer, self.free.pop())
        elif len(self.flags) < min(self.limits.concurrency, self.limits.warm + 1_000 * (1 + int(now // 10))):
            self.flags.append(0.0)
            self.at(now + self.limits.cold_start, self.enter, buyer, len(self.flags) - 1)
        else:
            self._later(now, buyer, again, "turned away by Lambda")

    def _later(self, now: float, buyer: int, again: int, why: str) -> None:
        """The client waits, ever longer, and taps again."""
        self.out.counts[why] += 1
        self.at(now + (1 + self.random.random()) * 2 ** min(again, 3), self.tap, buyer, again + 1)

    def done(self, now: float, container: int) -> None:
        self.free.append(container)
        self.out.told_at = max(self.out.told_at, now)

    # ---- the ticket

    def enter(self, now: float, buyer: int, container: int) -> None:
        if self.flags[container] > now:
            self.out.counts["sold out from memory"] += 1
            self.at(now + self.limits.memory_answer, self.done, container)
            return
        if self.plan.without_tickets:
            self.at(now + self.limits.memory_answer + self.limits.read, self.order_at_once, buyer, container, 0)
            return
        home = zlib.crc32(str(buyer).encode()) % len(self.left)
        self.at(now + self.limits.memory_answer + self.limits.read, self.take, buyer, container, [home], True, 0)

    def take(self, now: float, buyer: int, container: int, shards: list[int], home: bool, tries: int) -> None:
        shard = shards[0]
        if not self.counters[shard].take(now, self._units(shard)):
            self._throttled(now, buyer, container, shards, home, tries)
            return
        self.out.counts["counter writes"] += 1
        after = now + self.limits.write
        if self.left[shard] > 0:
            self.left[shard] -= 1
            self.holders[shard] += 1
            self.at(after + self.limits.transaction, self.ticket, buyer, container, shard)
        elif home:
            self.at(after + self.limits.read, self.look_around, buyer, container)
        elif len(shards) > 1:
            self.at(after, self.take, buyer, container, shards[1:], False, 0)
        else:
            self.at(after, self.sold_out, container)

    def _throttled(self, now: float, buyer: int, container: int, shards: list[int], home: bool, tries: int) -> None:
        """botocore repeats it, the environment waits."""
        self.out.counts["counter writes throttled"] += 1
        if tries == RETRIES:
            self.at(now, self.done, container)
            self._later(now, buyer, 0, "told to come again")
            return
        wait = self.random.random() * 2**tries
        self.at(now + wait, self.take, buyer, container, shards, home, tries + 1)

    def look_around(self, now: float, buyer: int, container: int) -> None:
        others = [shard for shard, pieces in enumerate(self.left) if pieces > 0]
        if not others:
            self.sold_out(now, container)
            return
        self.random.shuffle(others)
        self.at(now, self.take, buyer, container, others, False, 0)

    def sold_out(self, now: float, container: int) -> None:
        self.flags[container] = now + SOLD_OUT_SECONDS
        self.out.counts["sold out by the tables"] += 1
        self.done(now, container)

    def _units(self, shard: int) -> int:
        return -(-(ITEM_BYTES + HOLDER_BYTES * self.holders[shard]) // 1024)

    # ---- the order, the payment

    def ticket(self, now: float, buyer: int, container: int, shard: int) -> None:
        self.out.tickets += 1
        self.out.ticket_at.append(now)
        self.done(now, container)
        self.at(now + 3 + 12 * self.random.random(), self.order, shard, 0)

    def order_at_once(self, now: float, buyer: int, container: int, tries: int) -> None:
        if self.left[0] == 0:
            self.out.counts["sold out by the tables"] += 1
            self.done(now, container)
        elif now >= self.busy_until[0]:
            self.left[0] -= 1
            self.busy_until[0] = now + self.limits.transaction
            self.out.ticket_at.append(now)
            self.out.orders += 1
            self.at(now + self.limits.transaction, self.done, container)
        elif tries == RETRIES:
            self.done(now, container)
            self._later(now, buyer, 0, "told to come again")
        else:
            self.out.counts["order conflicts"] += 1
            wait = self.random.random() * 0.05 * 2 ** (tries + 1)
            self.at(now + wait, self.order_at_once, buyer, container, tries + 1)

    def order(self, now: float, shard: int, tries: int) -> None:
        """A transaction on the shard's stock: one at a time, the other is canceled and tried again."""
        if now < self.busy_until[shard]:
            self.out.counts["order conflicts"] += 1
            wait = self.random.random() * 0.05 * 2 ** (tries + 1) if tries < RETRIES else 1 + self.random.random()
            self.at(now + wait, self.order, shard, (tries + 1) % (RETRIES + 1))
            return
        self.busy_until[shard] = now + self.limits.transaction
        self.out.orders += 1
        self.out.order_at = max(self.out.order_at, now + self.limits.transaction)
        self.at(now + self.limits.transaction, self.pay)

    def pay(self, now: float) -> None:
        """WeChat Pay's rate over a second that slides; who is too many asks a second later."""
        while self.payments and self.payments[0] <= now - 1:
            self.payments.popleft()
        if len(self.payments) >= self.limits.pay_rate:
            self.out.counts["payments put off"] += 1
            self.at(self.payments[0] + 1 + self.random.random(), self.pay)
            return
        self.payments.append(now)
        self.out.paid += 1
        self.out.paid_at = max(self.out.paid_at, now)


CROWDS = (
    Plan(2_000, 100, 8),
    Plan(20_000, 1_000, 50),
    Plan(100_000, 1_000, 50),
    Plan(1_000_000, 100, 8, arrive=60),
)
"""Shards as the mall chooses them."""
WIDE = Limits(gateway_rate=50_000, gateway_burst=25_000, warm=2_000, concurrency=5_000)
"""Quotas raised and environments kept warm for a sale of the year."""
SPREADS = (1, 4, 16, 64)


def table() -> str:
    """The section of docs/performance.md."""
    crowds = [_row(plan) for plan in CROWDS]
    crowds.append(_row(Plan(1_000_000, 10_000, 64, arrive=60, limits=WIDE)))
    spreads = [_spread(Plan(20_000, 2_000, shards, limits=WIDE)) for shards in SPREADS]
    spreads.append(_spread(Plan(20_000, 2_000, 1, without_tickets=True, limits=WIDE)))
    return "\n".join([*_CROWDS_HEAD, *crowds, "", *_SPREADS_HEAD, *spreads])


_CROWDS_HEAD = [
    "| buyers | pieces | shards | environments | last ticket s | tickets/s | counter writes (throttled) | sold out "
    "from memory | turned away, tapped again | everybody told s | last order s (conflicts) | last payment begun s |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
]
_SPREADS_HEAD = [
    "| 20,000 buyers, 2,000 pieces | last piece s | pieces/s | throttled or in conflict | told to come again "
    "| everybody told s |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
]


def _row(plan: Plan) -> str:
    out = _sound(plan)
    counts, last = out.counts, max(out.ticket_at)
    told = counts["sold out from memory"] + counts["sold out by the tables"]
    away = counts["turned away by the gateway"] + counts["turned away by Lambda"] + counts["told to come again"]
    buyers = f"{plan.buyers:,}" + (", raised quotas" if plan.limits is WIDE else "")
    return (
        f"| {buyers} | {plan.pieces:,} | {plan.shards} | {out.containers:,} | {last:.1f} | {plan.pieces / last:,.0f} "
        f"| {counts['counter writes']:,} ({counts['counter writes throttled']:,}) "
        f"| {counts['sold out from memory'] * 100 / max(told, 1):.1f} % | {away:,} | {out.told_at:.1f} "
        f"| {out.order_at:.1f} ({counts['order conflicts']:,}) | {out.paid_at:.1f} |"
    )


def _spread(plan: Plan) -> str:
    out = _sound(plan)
    last = max(out.ticket_at)
    name = "no tickets: orders at once, one stock item" if plan.without_tickets else f"{plan.shards} shards"
    met = out.counts["counter writes throttled"] + out.counts["order conflicts"]
    return (
        f"| {name} | {last:.1f} | {plan.pieces / last:,.0f} | {met:,} | {out.counts['told to come again']:,} "
        f"| {out.told_at:.1f} |"
    )


def _sound(plan: Plan) -> Outcome:
    out = Rush(plan).run()
    if out.orders != plan.pieces:
        raise RuntimeError(f"{plan}: {out.orders} orders")
    return out
