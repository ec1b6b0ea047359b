"""Testers are picked, and let go when they do not order. Algorithm: docs/algorithms/product-trial.md, "Picking"."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock, pages
from chalicelib.core.ledgers import AccountMoved, insistently
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import SettleCampaign
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus, Phase
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.product_trial.deposits.refunding import service as refunding
from chalicelib.growth.campaigns.product_trial.errors import TrialMoved
from chalicelib.growth.campaigns.product_trial.events import LapseTester, LapseTesters, PickTesters, TesterPicked
from chalicelib.growth.campaigns.product_trial.models import (
    Application,
    ApplicationStatus,
    TrialDeposit,
    campaign_status,
)
from chalicelib.growth.campaigns.product_trial.service import NAME, application_of, named, rules_of, step
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import OutOfStock

PAGE = 25
COMES_BACK = timedelta(minutes=2)
INDEX_LAG = timedelta(minutes=5)
BY_SCORE = "score"


def pick(campaign: Campaign, each: Application, by: str) -> bool:
    """A piece is theirs until the deadline. One transaction. :returns: False: the campaign does not run.

    :raises OutOfStock: all places of the SKU are taken. :raises TrialMoved: it was picked already.
    """
    now, rules = clock.now(), rules_of(campaign.settings)
    if campaign.status_at(now) is not CampaignStatus.RUNNING:
        return False
    until = min(now + timedelta(hours=rules.order_hours), campaign.ends_at)
    with Transaction() as tx:
        step(
            tx,
            each,
            ApplicationStatus.PICKED,
            Application.picked_at.set(now),
            Application.picked_by.set(by),
            Application.order_by.set(until),
            Application.deposit_amount.set(rules.deposit_amount),
        )
        _require_live(tx, campaign.id)
        inventory.set_aside(tx, (campaign.id, each.sku_id), each.held_key, 1, ref=each.id)
        tx.emit(TesterPicked(**named(each)))
        tx.emit(LapseTester(**named(each)), at=until)
    return True


def pick_page(tx: Transaction, event: PickTesters) -> None:
    """The best of those who applied, while there are pieces. Run twice, it passes over who is picked."""
    campaign = campaign_of(event.campaign_id, consistent=True)
    used_up = set(event.used_up)
    key = campaign_status(campaign.id, ApplicationStatus.APPLIED)
    keys, cursor = pages.query(Application.by_rank, key, limit=PAGE, cursor=event.cursor, newest_first=False)
    for found in keys:
        each = application_of(campaign.id, found.member_id)
        if each.status is not ApplicationStatus.APPLIED or each.sku_id in used_up:
            continue
        try:
            if not insistently(lambda each=each: pick(campaign, each, BY_SCORE)):  # type: ignore[misc]
                return
        except OutOfStock:
            used_up.add(each.sku_id)
    if cursor is not None and len(used_up) < len(campaign.items):
        tx.emit(PickTesters(campaign_id=campaign.id, cursor=cursor, used_up=sorted(used_up)))


def lapse(tx: Transaction, each: Application) -> None:
    """Not ordered in time, or the merchant ended it: the piece is on sale again, a deposit goes back."""
    if each.status is not ApplicationStatus.PICKED or each.order_by is None:
        return
    campaign = campaign_of(each.campaign_id, consistent=True)
    if campaign.status is not CampaignStatus.STOPPED and clock.now() < each.order_by:
        return
    refunded = refunding.back(tx, each, refunding.NOT_ORDERED) if each.deposit is TrialDeposit.PAID else []
    step(tx, each, ApplicationStatus.LAPSED, *refunded, also=Application.deposit == each.deposit)
    if campaign.phase is not Phase.LIVE:
        tx.emit(SettleCampaign(campaign_id=campaign.id, play=NAME))
        return
    _require_live(tx, campaign.id)
    inventory.release(tx, each.held_key, (campaign.id, each.sku_id), 1, ref=each.id)


def lapse_page(tx: Transaction, event: LapseTesters) -> None:
    """The merchant ended it: each who was picked is looked at."""
    key = campaign_status(event.campaign_id, ApplicationStatus.PICKED)
    keys, cursor = pages.query(Application.by_rank, key, limit=PAGE, cursor=event.cursor)
    for found in keys:
        tx.emit(LapseTester(campaign_id=event.campaign_id, member_id=found.member_id))
    if cursor is not None:
        tx.emit(event.model_copy(update={"cursor": cursor}))
    elif event.again:
        tx.emit(LapseTesters(campaign_id=event.campaign_id, again=False), at=clock.now() + INDEX_LAG)


def order_ended(tx: Transaction, each: Application, order_id: str) -> None:
    """Its order was canceled: the piece is held for them again until their deadline. :raises TrialMoved: (at commit)"""
    if each.order_id != order_id or each.status is not ApplicationStatus.ORDERED or each.order_by is None:
        return
    mine = Application.order_id == order_id
    step(tx, each, ApplicationStatus.PICKED, Application.order_id.remove(), also=mine, otherwise=TrialMoved())
    back = clock.now() + COMES_BACK
    tx.emit(LapseTester(**named(each)), at=max(each.order_by, back))
    tx.emit(SettleCampaign(campaign_id=each.campaign_id, play=NAME), at=back)


def went_back(tx: Transaction, each: Application, order_id: str) -> None:
    """The goods of its order are back as good as new: no report is due, a deposit goes back. A report that is with
    staff stays theirs to decide. :raises TrialMoved: (at commit)"""
    if each.order_id != order_id or each.status is not ApplicationStatus.ORDERED:
        return
    refunded = refunding.back(tx, each, refunding.RETURNED) if each.deposit is TrialDeposit.PAID else []
    same = (Application.order_id == order_id) & (Application.deposit == each.deposit)
    step(tx, each, ApplicationStatus.RETURNED, *refunded, also=same)


def _require_live(tx: Transaction, campaign_id: str) -> None:
    tx.check(Campaign(shop=MALL, id=campaign_id), only_if=Campaign.phase == Phase.LIVE, otherwise=AccountMoved())
