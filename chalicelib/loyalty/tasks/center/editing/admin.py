"""Staff: tasks, their numbers, and what members did."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.errors import NotFound, Unauthorized
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.tasks.center import service as center
from chalicelib.loyalty.tasks.center.claims import service as claims
from chalicelib.loyalty.tasks.center.claims.schemas import TaskList
from chalicelib.loyalty.tasks.center.editing import service
from chalicelib.loyalty.tasks.center.editing.schemas import (
    CreateTask,
    EditTask,
    ListTaskDays,
    NamedVersion,
    SetTaskStatus,
    StaffTasks,
    StaffTaskView,
    TaskDays,
)
from chalicelib.loyalty.tasks.center.errors import TaskEdited, TaskFixed, TaskNotFound, TooManyTasks
from chalicelib.loyalty.tasks.center.numbers import service as numbers
from chalicelib.loyalty.tasks.center.reports import service as reports
from chalicelib.loyalty.tasks.center.reports.schemas import NoteDoing, NotedView
from chalicelib.mall.identity.service import Staff

api = Api("tasks_admin", title="任务 Tasks (staff)")


@api.get("/admin/tasks", permission="tasks.read")
def list_tasks(staff: Staff) -> StaffTasks:
    """List all tasks, newest first."""
    return service.everything()


@api.post("/admin/tasks", status=201, permission="tasks.write", raises=[TooManyTasks, TemplateNotFound, TemplateOver])
def create_task(staff: Staff, body: CreateTask) -> StaffTaskView:
    """Make a draft. It counts nothing before its status is `active`."""
    return service.create(body.plan)


@api.get("/admin/tasks/{task_id}", permission="tasks.read", raises=[TaskNotFound])
def show_task(staff: Staff, task_id: str) -> StaffTaskView:
    """Show a task."""
    return StaffTaskView.of(center.load(task_id))


@api.put(
    "/admin/tasks/{task_id}",
    permission="tasks.write",
    raises=[TaskNotFound, TaskEdited, TaskFixed, TemplateNotFound, TemplateOver],
)
def edit_task(staff: Staff, task_id: str, body: EditTask) -> StaffTaskView:
    """Edit a task. Who finished it before has what was promised then."""
    return service.edit(task_id, body)


@api.delete("/admin/tasks/{task_id}", status=204, permission="tasks.write", raises=[TaskNotFound, TaskEdited])
def delete_task(staff: Staff, task_id: str, query: NamedVersion) -> None:
    """Delete a task that is not active."""
    service.remove(task_id, query.version)


@api.post("/admin/tasks/{task_id}/status", permission="tasks.write", raises=[TaskNotFound, TaskEdited, TooManyTasks])
def set_task_status(staff: Staff, task_id: str, body: SetTaskStatus) -> StaffTaskView:
    """Activate or stop a task. A stopped one counts nothing and gives nothing."""
    return service.set_status(task_id, body)


@api.get("/admin/tasks/{task_id}/days", permission="tasks.read", raises=[TaskNotFound])
def count_task_days(staff: Staff, task_id: str, query: ListTaskDays) -> TaskDays:
    """Count who finished and who claimed, by day."""
    return numbers.days(task_id, query)


@api.get("/admin/members/{member_id}/tasks", permission="tasks.read")
def show_member_tasks(staff: Staff, member_id: str) -> TaskList:
    """Show what a member sees of tasks."""
    try:
        return claims.mine(member_id)
    except Unauthorized:
        raise NotFound() from None


@api.post("/admin/members/{member_id}/doings", permission="tasks.write", raises=[KeyReused])
def note_doing(staff: Staff, member_id: str, body: NoteDoing, key: IdempotencyKey) -> NotedView:
    """Say that a member did what tasks of the kind `custom` want; it counts within a moment."""
    reports.note(member_id, body, key)
    return NotedView(member_id=member_id)
