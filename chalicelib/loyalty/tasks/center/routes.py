"""What a buyer may ask of the task center."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.tasks.center import errors
from chalicelib.loyalty.tasks.center.claims import service as claims
from chalicelib.loyalty.tasks.center.claims.schemas import ClaimTask, TaskList, TaskView
from chalicelib.loyalty.tasks.center.reports import service as reports
from chalicelib.loyalty.tasks.center.reports.schemas import ReportView, Share, Visit
from chalicelib.mall.identity.service import Buyer

api = Api("tasks", title="任务 Tasks")


@api.get("/me/tasks")
def my_tasks(buyer: Buyer) -> TaskList:
    """List what I can do, how far I am, and what it gives."""
    return claims.mine(buyer.member_id)


@api.post(
    "/me/tasks/{task_id}/claim",
    raises=[
        *(errors.TaskNotFound, errors.TaskClosed, errors.TaskNotFinished),
        *(errors.ProgressMoved, AccountMoved),
    ],
)
def claim_task(buyer: Buyer, task_id: str, body: ClaimTask) -> TaskView:
    """Claim the reward of a finished task, of this period or the one before. Again answers the same."""
    return claims.claim(buyer.member_id, task_id, body.key)


@api.post("/me/shares", raises=[errors.ReportLimitReached, errors.ProgressMoved, KeyReused])
def report_share(buyer: Buyer, body: Share, key: IdempotencyKey) -> ReportView:
    """Say that I shared a page. Counted at most 20 times a day."""
    return ReportView(counted=reports.share(buyer.member_id, body, key))


@api.post("/me/visits", raises=[errors.ReportLimitReached, errors.ProgressMoved, KeyReused])
def report_visit(buyer: Buyer, body: Visit, key: IdempotencyKey) -> ReportView:
    """Say that I visited a page that a task names. Counted at most 50 times a day."""
    return ReportView(counted=reports.visit(buyer.member_id, body, key))
