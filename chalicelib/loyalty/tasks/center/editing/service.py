"""Writing tasks. What was promised with a finished task stays: docs/algorithms/tasks.md, "Task center"."""

from __future__ import annotations

from chalicelib.core import clock, ids, states
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.tasks.center import service
from chalicelib.loyalty.tasks.center.editing.schemas import EditTask, SetTaskStatus, StaffTasks, StaffTaskView
from chalicelib.loyalty.tasks.center.errors import TaskEdited, TaskFixed, TooManyTasks
from chalicelib.loyalty.tasks.center.models import MALL, TASK_STEPS, Task, TaskStatus
from chalicelib.loyalty.tasks.center.schemas import Plan

MAX_TASKS = 200


def everything() -> StaffTasks:
    """All tasks, newest first."""
    found = Task.query(MALL, scan_index_forward=False, limit=MAX_TASKS)
    return StaffTasks(items=[StaffTaskView.of(each) for each in found])


def create(plan: Plan) -> StaffTaskView:
    """A draft. :raises TooManyTasks: :raises TemplateNotFound: the reward names no template."""
    rewards.require_sound([plan.reward])
    if Task.count(MALL) >= MAX_TASKS:
        raise TooManyTasks(limit=MAX_TASKS)
    task = Task(shop=MALL, id=ids.new("tsk"), status=TaskStatus.DRAFT, plan=plan, created_at=clock.now(), version=1)
    with Transaction() as tx:
        tx.put(task, only_if=Task.id.does_not_exist(), otherwise=TaskEdited(version=1))
    return StaffTaskView.of(task)


def edit(task_id: str, asked: EditTask) -> StaffTaskView:
    """Change a task as it was seen; who finished it before has what was promised.

    :raises TaskNotFound: :raises TaskEdited: :raises TemplateNotFound: :raises TaskFixed: another kind or period
    """
    task, plan = service.load(task_id), asked.plan
    if task.version != asked.version:
        raise TaskEdited(version=task.version)
    if task.status is not TaskStatus.DRAFT and (plan.kind, plan.period) != (task.plan.kind, task.plan.period):
        raise TaskFixed()
    rewards.require_sound([plan.reward])
    task.plan, task.version = plan, asked.version + 1
    with Transaction() as tx:
        tx.put(task, only_if=Task.version == asked.version, otherwise=TaskEdited(version=task.version))
    return StaffTaskView.of(task)


def remove(task_id: str, version: int) -> None:
    """Delete a task that is not active; what members claimed stays theirs.

    :raises TaskNotFound: :raises TaskEdited: also when it is active.
    """
    task = service.load(task_id)
    gone = (Task.version == version) & (Task.status != TaskStatus.ACTIVE)
    with Transaction() as tx:
        tx.delete(task, only_if=gone, otherwise=TaskEdited(version=task.version))


def set_status(task_id: str, asked: SetTaskStatus) -> StaffTaskView:
    """Begin or stop. :raises TaskNotFound: :raises TaskEdited: also when the step is none. :raises TooManyTasks:"""
    task = service.load(task_id)
    if task.version != asked.version or not TASK_STEPS.allows(task.status, asked.status):
        raise TaskEdited(version=task.version)
    if asked.status is TaskStatus.ACTIVE and len(service.active()) >= service.MAX_ACTIVE:
        raise TooManyTasks(limit=service.MAX_ACTIVE)
    with Transaction() as tx:
        states.move(
            tx,
            Task(shop=MALL, id=task_id),
            Task.status,
            TASK_STEPS,
            asked.status,
            Task.version.set(asked.version + 1),
            also=Task.version == asked.version,
            otherwise=TaskEdited(version=task.version),
        )
    return StaffTaskView.of(service.load(task_id))
