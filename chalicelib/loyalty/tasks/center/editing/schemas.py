"""Tasks as staff see and write them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.tasks.center.models import Task, TaskStatus
from chalicelib.loyalty.tasks.center.schemas import Plan

Version = Annotated[int, Field(ge=1, le=1_000_000)]


class CreateTask(Schema):
    """``POST /admin/tasks``."""

    plan: Plan


class EditTask(CreateTask):
    """``PUT /admin/tasks/{task_id}``."""

    version: Version


class SetTaskStatus(Schema):
    """``POST /admin/tasks/{task_id}/status``."""

    status: TaskStatus
    version: Version


class NamedVersion(Schema):
    """Which version is meant."""

    version: Version


class StaffTaskView(Schema):
    """A task."""

    id: str
    status: TaskStatus
    plan: Plan
    version: int
    created_at: datetime

    @classmethod
    def of(cls, task: Task) -> StaffTaskView:
        return cls.model_validate({name: getattr(task, name) for name in cls.model_fields})


class StaffTasks(Schema):
    """All tasks, newest first: they are at most 200."""

    items: list[StaffTaskView]


class ListTaskDays(Schema):
    """Both days belong to it; at most 92."""

    first: date
    last: date


class TaskDayView(Schema):
    """A business day on which something happened."""

    day: date
    finished: int
    claimed: int


class TaskDays(Schema):
    items: list[TaskDayView]
