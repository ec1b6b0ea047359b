"""A report comes, or does not; staff take it, or send it back.

Algorithm: docs/algorithms/product-trial.md, "The report".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.ledgers import insistently
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.product_trial.deposits.refunding import service as refunding
from chalicelib.growth.campaigns.product_trial.errors import NotReported, ReportNotDue
from chalicelib.growth.campaigns.product_trial.events import CheckReport, TrialReportDue, TrialReviewed
from chalicelib.growth.campaigns.product_trial.models import Application, ApplicationStatus, Report, TrialDeposit
from chalicelib.growth.campaigns.product_trial.reporting.schemas import ReviewReport, SubmitReport
from chalicelib.growth.campaigns.product_trial.schemas import ProductTrialSettings, Unreported
from chalicelib.growth.campaigns.product_trial.service import NAME, application_of, named, rules_of, step
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus

LOOK_AGAIN = timedelta(days=1)
"""How often an order is asked whether its goods have come."""


def submit(member_id: str, campaign_id: str, asked: SubmitReport) -> None:
    """The tester reports. :raises TrialNotFound: :raises ReportNotDue: with the reason. :raises TrialMoved:"""
    mine = application_of(campaign_id, member_id)
    _require_due(mine)
    report = Report(text=asked.text, pictures=list(asked.pictures), stars=asked.stars)
    said = [Application.report.set(report), Application.reported_at.set(clock.now())]
    with Transaction() as tx:
        step(tx, mine, ApplicationStatus.REPORTED, *said)


def due(mine: Application, order: Order | None, rules: ProductTrialSettings) -> datetime | None:
    """The first moment at which it is too late to report; None: the goods have not come, or went back."""
    if order is None or order.status is not OrderStatus.COMPLETED or order.completed_at is None:
        return None
    if mine.status is ApplicationStatus.RETURNED:
        return None
    return mine.report_until or order.completed_at + timedelta(days=rules.report_days)


def review(campaign_id: str, asked: ReviewReport) -> None:
    """Staff accept the report: reward and deposit; or send it back. :raises TrialNotFound: :raises NotReported:"""
    insistently(lambda: _review(campaign_id, asked))


def check(tx: Transaction, event: CheckReport) -> None:
    """The deadline of an order's report: not yet, or too late. It comes back until the goods have come."""
    mine = application_of(event.campaign_id, event.member_id)
    if mine.order_id != event.order_id or mine.status is not ApplicationStatus.ORDERED:
        return  # one that is sent back has a deadline of its own
    now, order = clock.now(), orders.load(mine.member_id, event.order_id, consistent=True)
    until = due(mine, order, _rules(mine))
    if until is None:
        tx.emit(event, at=now + LOOK_AGAIN)
        return
    if now < until:
        if not mine.reminded:
            tx.update(Application(**named(mine)), [Application.reminded.set(True)])
            tx.emit(TrialReportDue(**named(mine), until=until))
        tx.emit(event, at=until)
        return
    step(tx, mine, ApplicationStatus.OVERDUE, *_too_late(tx, mine), also=Application.deposit == mine.deposit)


def _too_late(tx: Transaction, mine: Application) -> list[Action]:
    if mine.deposit is not TrialDeposit.PAID:
        return []
    if _rules(mine).unreported is Unreported.KEPT:
        return [Application.deposit.set(TrialDeposit.KEPT)]
    return refunding.back(tx, mine, refunding.OVERDUE)


def _review(campaign_id: str, asked: ReviewReport) -> None:
    mine, now = application_of(campaign_id, asked.member_id), clock.now()
    if mine.status is not ApplicationStatus.REPORTED:
        raise NotReported()
    rules = _rules(mine)
    said: list[Action] = [Application.review_score.set(asked.score), Application.reviewed_at.set(now)]
    said.append(Application.review_note.set(asked.note) if asked.note else Application.review_note.remove())
    with Transaction() as tx:
        if asked.accepted:
            if mine.deposit is TrialDeposit.PAID:
                said += refunding.back(tx, mine, refunding.ACCEPTED)
            step(tx, mine, ApplicationStatus.ACCEPTED, *said, also=Application.deposit == mine.deposit)
            rewards.grant(tx, mine.member_id, rules.reward, NAME, mine.id, "试用报告奖励")
        else:
            until = now + timedelta(days=rules.report_days)
            step(tx, mine, ApplicationStatus.ORDERED, Application.report_until.set(until), *said)
            tx.emit(CheckReport(**named(mine), order_id=mine.order_id or ""), at=until)
        tx.emit(TrialReviewed(**named(mine)))


def _require_due(mine: Application) -> None:
    if mine.status in (ApplicationStatus.REPORTED, ApplicationStatus.ACCEPTED):
        raise ReportNotDue(reason="reported")
    if mine.status in (ApplicationStatus.OVERDUE, ApplicationStatus.RETURNED):
        raise ReportNotDue(reason="over")
    if mine.status is not ApplicationStatus.ORDERED or mine.order_id is None:
        raise ReportNotDue(reason="not_picked")
    until = due(mine, orders.load(mine.member_id, mine.order_id, consistent=True), _rules(mine))
    if until is None:
        raise ReportNotDue(reason="not_received")
    if clock.now() >= until:
        raise ReportNotDue(reason="over")


def _rules(mine: Application) -> ProductTrialSettings:
    return rules_of(campaign_of(mine.campaign_id).settings)
