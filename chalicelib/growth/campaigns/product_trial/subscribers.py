"""How trials react: to their deadlines, their orders, the merchant, and for the numbers."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import (
    CampaignClosed,
    CampaignOrderCanceled,
    CampaignStarted,
    PiecesReturned,
)
from chalicelib.growth.campaigns.base.models import CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.product_trial.deposits import service as deposits
from chalicelib.growth.campaigns.product_trial.events import (
    CheckReport,
    LapseTester,
    LapseTesters,
    PickTesters,
    TesterPicked,
    TrialApplied,
    TrialDepositRefused,
    TrialReportDue,
    TrialReviewed,
)
from chalicelib.growth.campaigns.product_trial.models import Application
from chalicelib.growth.campaigns.product_trial.notices import service as notices
from chalicelib.growth.campaigns.product_trial.picking import service as picking
from chalicelib.growth.campaigns.product_trial.reporting import service as reporting
from chalicelib.growth.campaigns.product_trial.schemas import PickBy
from chalicelib.growth.campaigns.product_trial.service import NAME, application_of, rules_of

SHOWN = timedelta(minutes=1)
"""After the last application, until the index certainly shows it."""


@subscribe(CampaignStarted, queue="reactions")
def plan_picking(event: CampaignStarted, tx: Transaction) -> None:
    """Where the answers decide, they do so when applications are over."""
    if event.play != NAME:
        return
    rules = rules_of(campaign_of(event.campaign_id, consistent=True).settings)
    if rules.pick_by is PickBy.SCORE:
        at = max(rules.apply_until, clock.now()) + SHOWN
        tx.emit(PickTesters(campaign_id=event.campaign_id), at=at)


@subscribe(PickTesters, queue="reactions")
def pick_testers(event: PickTesters, tx: Transaction) -> None:
    """A page of them."""
    picking.pick_page(tx, event)


@subscribe(TrialApplied, queue="reactions")
def count_applicant(event: TrialApplied, tx: Transaction) -> None:
    """Who applies takes part."""
    statistics.join(tx, campaign_of(event.campaign_id), event.member_id)


@subscribe(TesterPicked, queue="notifications")
def tell_picked(event: TesterPicked, tx: Transaction) -> None:
    """It can be ordered."""
    notices.tell_picked(tx, application_of(event.campaign_id, event.member_id))


@subscribe(TrialReportDue, queue="notifications")
def tell_report_due(event: TrialReportDue, tx: Transaction) -> None:
    """The goods have come."""
    notices.tell_report_due(tx, application_of(event.campaign_id, event.member_id), event.until)


@subscribe(TrialReviewed, queue="notifications")
def tell_reviewed(event: TrialReviewed, tx: Transaction) -> None:
    """Accepted, or sent back."""
    notices.tell_reviewed(tx, application_of(event.campaign_id, event.member_id))


@subscribe(LapseTester, queue="reactions")
def lapse_tester(event: LapseTester, tx: Transaction) -> None:
    """Its time is over."""
    picking.lapse(tx, application_of(event.campaign_id, event.member_id))


@subscribe(LapseTesters, queue="reactions")
def lapse_page(event: LapseTesters, tx: Transaction) -> None:
    """A page of them."""
    picking.lapse_page(tx, event)


@subscribe(CampaignClosed, queue="reactions")
def let_testers_go(event: CampaignClosed, tx: Transaction) -> None:
    """The merchant ended it: who has not ordered is let go, deposits go back. Who has goods reports as before."""
    if (event.play, event.status) == (NAME, CampaignStatus.STOPPED):
        tx.emit(LapseTesters(campaign_id=event.campaign_id))


@subscribe(TrialDepositRefused, queue="reactions")
def refuse_deposit(event: TrialDepositRefused, tx: Transaction) -> None:
    """Its money goes back."""
    deposits.refuse(tx, event.deposit_id)


@subscribe(CheckReport, queue="reactions")
def check_report(event: CheckReport, tx: Transaction) -> None:
    """Have the goods come, and is the report late?"""
    reporting.check(tx, event)


@subscribe(CampaignOrderCanceled, queue="reactions")
def reopen_trial(event: CampaignOrderCanceled, tx: Transaction) -> None:
    """The piece is held again for whom it was picked."""
    mine = Application.find(event.campaign_id, event.member_id, consistent=True) if event.play == NAME else None
    if mine is not None:
        picking.order_ended(tx, mine, event.order_id)


@subscribe(PiecesReturned, queue="reactions")
def end_returned_trial(event: PiecesReturned, tx: Transaction) -> None:
    """The tester gave the goods back; where they got others for them, the trial goes on."""
    mine = Application.find(event.campaign_id, event.member_id, consistent=True) if event.play == NAME else None
    if mine is not None and not event.exchanged:
        picking.went_back(tx, mine, event.order_id)
