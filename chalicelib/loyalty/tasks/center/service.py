"""Counting what members do. Promise and algorithm: docs/algorithms/tasks.md, "Task center"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments import service as segments
from chalicelib.loyalty.segments.models import MemberFacts
from chalicelib.loyalty.tasks.center.errors import ProgressMoved, TaskNotFound
from chalicelib.loyalty.tasks.center.events import TaskFinished, TaskReopened
from chalicelib.loyalty.tasks.center.models import (
    MALL,
    Task,
    TaskCount,
    TaskProgress,
    TaskReport,
    TaskStatus,
    progress_id,
)
from chalicelib.loyalty.tasks.center.schemas import LOOKS, ORDERS, CountsAt, Kind, Period, Plan
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.returns.service import kept_amount

EXPORTED = 300
KEEP = timedelta(days=400)
MAX_ACTIVE = 30
"""Active tasks: an event that counts for all of them fits one transaction."""
Worth = Callable[[Plan], int]


def load(task_id: str) -> Task:
    """:raises TaskNotFound:"""
    task = Task.find(MALL, task_id, consistent=True)
    if task is None:
        raise TaskNotFound()
    return task


def active() -> list[Task]:
    """The tasks that count and give, in the order in which they are shown."""
    found = Task.query(MALL, filter_condition=Task.status == TaskStatus.ACTIVE, consistent_read=True)
    return sorted(found, key=lambda each: (each.plan.sort, each.id))[:MAX_ACTIVE]


def is_for(task: Task, member: Member) -> bool:
    """Whether the member belongs to the task's audience."""
    wanted = task.plan.segment_id
    return wanted is None or wanted in ((member.notices or {}).get("segments") or [])


@dataclass(frozen=True)
class Doing:
    """What a member did, and when. *cause*: the id of what counts only once for a task and period (an order)."""

    member_id: str
    at: datetime
    worth: Worth
    """How much it counts for a plan; 0: nothing."""
    cause: str | None = None
    paid_at: datetime | None = None
    """Of an order."""
    may_go_back: bool = False
    """It may count no more one day: what is beyond a task's target is counted too."""


def count(tx: Transaction, doing: Doing, among: list[Task] | None = None) -> bool:
    """Add to *tx* that the member did something. :returns: whether it counted for any task.

    :param among: the active tasks, if they were read already.
    :raises ProgressMoved: (at commit) progress changed since it was read.
    """
    tasks = active() if among is None else among
    tasks = [each for each in tasks if each.plan.is_open(doing.at) and doing.worth(each.plan) > 0]
    if not tasks:
        return False
    member, facts = segments.load(doing.member_id)
    if member is None:
        return False
    wanted = [each for each in tasks if is_for(each, member) and not _came_before(each, facts, doing)]
    return _count(tx, doing, wanted)


def _came_before(task: Task, facts: MemberFacts, doing: Doing) -> bool:
    if task.plan.kind is not Kind.FIRST_ORDER or facts.first_paid_at is None or doing.paid_at is None:
        return False
    return facts.first_paid_at < doing.paid_at


def _count(tx: Transaction, doing: Doing, tasks: list[Task]) -> bool:
    day, who = clock.business_day(doing.at), doing.member_id
    keys = {each.id: progress_id(each.id, each.plan.period.key(day)) for each in tasks}
    causes = [(who, f"{doing.cause}#{key}") for key in keys.values()] if doing.cause else []
    found = batch_get({TaskProgress: [(who, key) for key in keys.values()], TaskCount: causes}, consistent=True)
    counted = False
    for task in tasks:
        key, worth = keys[task.id], doing.worth(task.plan)
        row = found[TaskProgress].get((who, key)) or fresh(task, who, key)
        over = row.claimed_at is not None or (row.finished_at is not None and not doing.may_go_back)
        if over or (who, f"{doing.cause}#{key}") in found[TaskCount]:
            continue
        row.done += worth
        write(tx, task, row)
        counted = True
        if doing.cause:
            once = TaskCount(member_id=who, id=f"{doing.cause}#{key}", kind=task.plan.kind, amount=worth)
            once.expires_at = row.expires_at
            tx.put(once, only_if=TaskCount.id.does_not_exist(), otherwise=ProgressMoved())
    return counted


def fresh(task: Task, member_id: str, key: str) -> TaskProgress:
    """The row of who did nothing yet; that of a day, a week or a month is forgotten after a year and more."""
    once = task.plan.period is Period.ONCE
    until = None if once else int((clock.now() + KEEP).timestamp())
    return TaskProgress(member_id=member_id, id=key, expires_at=until)


def write(tx: Transaction, task: Task, row: TaskProgress) -> None:
    """Add *row* to *tx* under the version that was read; whether it is finished follows from its count.

    :raises ProgressMoved: (at commit)
    """
    names = {"member_id": row.member_id, "task_id": task.id, "period": row.id.removeprefix(f"{task.id}#")}
    if row.finished_at is None and row.done >= target_of(task.plan):
        row.finished_at, row.reward, row.target = clock.now(), task.plan.reward, target_of(task.plan)
        tx.emit(TaskFinished(**names))
    elif row.finished_at is not None and row.claimed_at is None and row.done < (row.target or 0):
        row.finished_at = row.reward = row.target = None
        tx.emit(TaskReopened(**names))
    put(tx, row)


def put(tx: Transaction, row: TaskProgress) -> None:
    """Add *row* to *tx* as it is, under the version that was read. :raises ProgressMoved: (at commit)"""
    read, row.version = row.version, row.version + 1
    unmoved = TaskProgress.version == read if read else TaskProgress.id.does_not_exist()
    tx.put(row, only_if=unmoved, otherwise=ProgressMoved())


def target_of(plan: Plan) -> int:
    """How much finishes it."""
    return len(set(plan.fields)) if plan.kind is Kind.COMPLETE_PROFILE else plan.target


def seen(plan: Plan, member: Member) -> int:
    """How far a member is with a task that looks at them."""
    if plan.kind is Kind.BIND_PHONE:
        return int(member.phone is not None)
    return sum(bool(getattr(member, each)) for each in set(plan.fields))


def look(tx: Transaction, member_id: str) -> None:
    """Add to *tx* which tasks that look at the member are finished now."""
    now = clock.now()
    tasks = [each for each in active() if each.plan.kind in LOOKS and each.plan.is_open(now)]
    if not tasks:
        return
    keys = {each.id: (member_id, progress_id(each.id, "once")) for each in tasks}
    found = batch_get({Member: [member_id], TaskProgress: keys.values()}, consistent=True)
    member: Member | None = found[Member].get(member_id)
    if member is None or member.closed_at is not None:
        return
    for task in tasks:
        done = seen(task.plan, member) >= target_of(task.plan)
        if done and is_for(task, member) and keys[task.id] not in found[TaskProgress]:
            row = fresh(task, *keys[task.id])
            row.done = target_of(task.plan)
            write(tx, task, row)


def count_order(tx: Transaction, member_id: str, order_id: str, when: CountsAt) -> None:
    """Add to *tx* that the order was paid or completed.

    :raises ProgressMoved: (at commit) also when pieces were refunded since the order was read.
    """
    tasks = [each for each in active() if each.plan.kind in ORDERS and each.plan.counts_at is when]
    if not tasks:
        return
    order = orders.load(member_id, order_id, consistent=True)
    at = order.paid_at if when is CountsAt.PAID else order.completed_at
    if at is None:
        return
    doing = Doing(member_id, at, lambda plan: worth_of(plan.kind, order), order_id, order.paid_at, may_go_back=True)
    if count(tx, doing, tasks):
        as_read = Order.refunded_units == order.refunded_units
        tx.check(Order(member_id=order.member_id, id=order.id), only_if=as_read, otherwise=ProgressMoved())


def worth_of(kind: Kind, order: Order) -> int:
    """What the order counts now: the goods that stay, in fen, or one order while a piece stays."""
    gone = {int(number): pieces for number, pieces in order.refunded_units.items()}
    if kind is Kind.AMOUNT_SPENT:
        return kept_amount(order.lines, order.adjustments, gone)
    return int(any(line.quantity > gone.get(number, 0) for number, line in enumerate(order.lines)))


def recount_order(tx: Transaction, member_id: str, order_id: str) -> None:
    """Add to *tx* that each unclaimed task counts of the order what stays of it now.

    :raises ProgressMoved: (at commit)
    """
    order = cache(lambda: orders.load(member_id, order_id, consistent=True))
    recount(tx, member_id, order_id, lambda kind: worth_of(kind, order()))


def recount(tx: Transaction, member_id: str, cause: str, worth: Callable[[Kind], int]) -> None:
    """Add to *tx* that each unclaimed task that counted *cause* counts what it is *worth* now.

    :raises ProgressMoved: (at commit)
    """
    rows = list(TaskCount.query(member_id, TaskCount.id.startswith(f"{cause}#"), consistent_read=True))
    if not rows:
        return
    keys = {each.id: each.id.removeprefix(f"{cause}#") for each in rows}
    tasks = [(MALL, key.partition("#")[0]) for key in keys.values()]
    found = batch_get({TaskProgress: [(member_id, key) for key in keys.values()], Task: tasks}, consistent=True)
    for each in rows:
        key, left = keys[each.id], worth(each.kind)
        row, task = found[TaskProgress].get((member_id, key)), found[Task].get((MALL, key.partition("#")[0]))
        if row is None or task is None or row.claimed_at is not None or left == each.amount:
            continue
        row.done += left - each.amount
        write(tx, task, row)
        as_read = TaskCount.amount == each.amount
        tx.update(each, [TaskCount.amount.set(left)], only_if=as_read, otherwise=ProgressMoved())


def export(member_id: str) -> list[dict[str, object]]:
    """The member's progress, for the copy of their personal data. Registered with identity."""
    return [
        {
            "id": each.id,
            "count": each.done,
            "finished_at": each.finished_at.isoformat() if each.finished_at else None,
            "claimed_at": each.claimed_at.isoformat() if each.claimed_at else None,
        }
        for each in TaskProgress.query(member_id, limit=EXPORTED)
    ]


def forget(member_id: str) -> None:
    """Drop what is kept about a closed account. Running it twice does no harm."""
    for model in (TaskProgress, TaskCount, TaskReport):
        model.delete_under(member_id)
