"""Tables of the task center."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.loyalty.tasks.center.schemas import Kind, Plan, TaskReward

MALL = "mall"
SHARDS = 8


class TaskStatus(StrEnum):
    """Whether a task counts and gives; within its window."""

    DRAFT = "draft"
    ACTIVE = "active"
    STOPPED = "stopped"


TASK_STEPS = Steps(
    {
        TaskStatus.DRAFT: [TaskStatus.ACTIVE],
        TaskStatus.ACTIVE: [TaskStatus.STOPPED],
        TaskStatus.STOPPED: [TaskStatus.ACTIVE],
    }
)


class Task(Table):
    """What staff set out. All tasks of the mall stand in one partition: they are few."""

    class Meta:
        table_name = table_name("tasks")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    status = EnumAttribute(TaskStatus)
    plan = DocumentAttribute[Plan](Plan)
    created_at = TimeAttribute()
    version = IntAttribute(default=1)


class TaskProgress(Table):
    """How far a member is with a task in a period."""

    class Meta:
        table_name = table_name("task_progress")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``tsk_…#2026-11-24``."""
    done = IntAttribute(default=0)
    finished_at = TimeAttribute(null=True)
    claimed_at = TimeAttribute(null=True)
    reward = DocumentAttribute[TaskReward](TaskReward, null=True)
    """What was promised when it was finished…"""
    target = IntAttribute(null=True)
    """…for so much."""
    version = IntAttribute(default=0)
    expires_at = IntAttribute(null=True)


class TaskCount(Table):
    """What one order or one visitor counted for a task in a period."""

    class Meta:
        table_name = table_name("task_counts")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``ord_…#tsk_…#once``."""
    kind = EnumAttribute(Kind)
    amount = IntAttribute()
    expires_at = IntAttribute(null=True)


class TaskReport(Table):
    """How often a client reported something on a business day."""

    class Meta:
        table_name = table_name("task_reports")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``share#2026-11-24``."""
    times = IntAttribute()
    expires_at = IntAttribute()


class TaskDay(Table):
    """Numbers of a task on a business day, sharded."""

    class Meta:
        table_name = table_name("task_days")

    task_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``2026-11-24#3``."""
    finished = IntAttribute(default=0)
    claimed = IntAttribute(default=0)


def progress_id(task_id: str, period: str) -> str:
    """The id of a member's progress with a task in a period."""
    return f"{task_id}#{period}"
