"""What members see of tasks, and claiming. Algorithm: docs/algorithms/tasks.md, "Task center"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.core import clock
from chalicelib.core.ledgers import insistently
from chalicelib.core.tables import Key, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.tasks.center import service
from chalicelib.loyalty.tasks.center.claims.schemas import State, TaskList, TaskView
from chalicelib.loyalty.tasks.center.errors import TaskClosed, TaskNotFinished, TaskNotFound
from chalicelib.loyalty.tasks.center.events import TaskClaimed
from chalicelib.loyalty.tasks.center.models import MALL, Task, TaskProgress, TaskStatus, progress_id
from chalicelib.loyalty.tasks.center.schemas import LOOKS
from chalicelib.loyalty.tasks.check_in.make_up.service import add_cards
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member

Rows = Mapping[Key, TaskProgress]


@dataclass(frozen=True)
class Standing:
    """A member's row of a period, as it is or as it would be."""

    task: Task
    row: TaskProgress
    is_new: bool
    """It was never written."""

    @property
    def state(self) -> State:
        if self.row.claimed_at is not None:
            return State.CLAIMED
        reached = self.row.done >= service.target_of(self.task.plan)
        return State.FINISHED if reached or self.row.finished_at is not None else State.DOING


def standing(task: Task, member: Member, key: str, rows: Rows) -> Standing:
    """How far *member* is with *task* in the period *key*."""
    row_id = progress_id(task.id, key)
    stored = rows.get((member.id, row_id))
    if stored is not None:
        return Standing(task, stored, False)
    fresh, plan = service.fresh(task, member.id, row_id), task.plan
    if plan.kind in LOOKS and plan.is_open(clock.now()) and service.is_for(task, member):
        fresh.done = service.seen(plan, member)
    return Standing(task, fresh, True)


def mine(member_id: str) -> TaskList:
    """The tasks of the member: those that are open, and those whose reward waits."""
    now, today, tasks = clock.now(), clock.today(), service.active()
    keys = {each.id: (each.plan.period.key(today), each.plan.period.before(today)) for each in tasks}
    wanted = {(member_id, progress_id(each.id, key)) for each in tasks for key in keys[each.id]}
    found = batch_get({Member: [member_id], TaskProgress: wanted}, consistent=True)
    member = Member.require_active(found[Member].get(member_id))
    views = []
    for task in tasks:
        this = standing(task, member, keys[task.id][0], found[TaskProgress])
        before = standing(task, member, keys[task.id][1], found[TaskProgress])
        waits = task.plan.is_claimable(now) and State.FINISHED in (this.state, _of(before))
        if waits or (task.plan.is_open(now) and (service.is_for(task, member) or not this.is_new)):
            views.append(view(this, before if _of(before) is State.FINISHED else None))
    return TaskList(items=views)


def _of(before: Standing) -> State | None:
    """The state of an earlier period; what never began has none."""
    return None if before.is_new else before.state


def view(this: Standing, before: Standing | None = None) -> TaskView:
    """As people see it."""
    plan, row = this.task.plan, this.row
    target = service.target_of(plan)
    return TaskView(
        id=this.task.id,
        title=plan.title,
        text=plan.text,
        kind=plan.kind,
        page=plan.page,
        period=plan.period,
        key=row.id.partition("#")[2],
        target=target,
        count=target if row.finished_at is not None else min(max(row.done, 0), target),
        state=this.state,
        reward=row.reward or plan.reward,
        automatic=plan.automatic,
        ends_at=plan.ends_at,
        earlier=before.row.id.partition("#")[2] if before is not None else None,
    )


def claim(member_id: str, task_id: str, key: str | None) -> TaskView:
    """The reward of a finished task is the member's; a second tap answers the same.

    :param key: of the period; None: this one.
    :raises TaskNotFound: :raises TaskClosed: :raises TaskNotFinished: :raises AccountMoved:
    """
    return insistently(lambda: _claim(member_id, task_id, key))


def _claim(member_id: str, task_id: str, key: str | None) -> TaskView:
    task, today = service.load(task_id), clock.today()
    if task.status is TaskStatus.DRAFT:
        raise TaskNotFound()
    keys = (task.plan.period.key(today), task.plan.period.before(today))
    if key is not None and key not in keys:
        raise TaskClosed()
    this = _read(task, member_id, key or keys[0])
    if this.state is not State.CLAIMED:
        if task.status is not TaskStatus.ACTIVE or not task.plan.is_claimable(clock.now()):
            raise TaskClosed()
        if this.state is State.DOING:
            raise TaskNotFinished(count=max(this.row.done, 0), target=service.target_of(task.plan))
        with Transaction() as tx:
            _give(tx, this)
    return view(this)


def _read(task: Task, member_id: str, key: str) -> Standing:
    wanted = (member_id, progress_id(task.id, key))
    found = batch_get({Member: [member_id], TaskProgress: [wanted]}, consistent=True)
    return standing(task, Member.require_active(found[Member].get(member_id)), key, found[TaskProgress])


def _give(tx: Transaction, this: Standing) -> None:
    """Add to *tx* that the finished row is claimed, and its reward. The row goes first: it knows what a repeat is."""
    row, task = this.row, this.task
    key = row.id.removeprefix(f"{task.id}#")
    at_once = row.finished_at is None
    row.finished_at = row.finished_at or clock.now()
    row.reward, row.claimed_at = row.reward or task.plan.reward, clock.now()
    service.put(tx, row)
    members.require_active(tx, row.member_id)
    rewards.grant(tx, row.member_id, row.reward, "task", f"{task.id}/{key}", task.plan.title)
    if row.reward.make_up_cards:
        add_cards(tx, row.member_id, row.reward.make_up_cards)
    tx.emit(TaskClaimed(member_id=row.member_id, task_id=task.id, period=key, at_once=at_once))


def give_automatic(tx: Transaction, member_id: str, task_id: str, key: str) -> None:
    """The finished task's reward comes by itself, if the task says so and nobody was faster."""
    task, member = Task.find(MALL, task_id, consistent=True), Member.find(member_id, consistent=True)
    if task is None or not task.plan.automatic or member is None or member.closed_at is not None:
        return
    this = _read(task, member_id, key)
    if not this.is_new and this.row.finished_at is not None and this.state is State.FINISHED:
        _give(tx, this)
