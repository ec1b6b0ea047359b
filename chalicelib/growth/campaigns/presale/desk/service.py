"""What staff see of deposits, and the one thing that they do to them."""

from __future__ import annotations

from chalicelib.core import pages
from chalicelib.core.ledgers import insistently
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.presale.desk.schemas import DeskDeposit, FindDeposits, RefundDeposit
from chalicelib.growth.campaigns.presale.models import Deposit
from chalicelib.growth.campaigns.presale.service import deposit_of
from chalicelib.growth.campaigns.presale.settling import service as settling


def find(asked: FindDeposits) -> Page[DeskDeposit]:
    """The campaign's deposits, newest first. :raises CampaignNotFound:"""
    campaign_of(asked.campaign_id)
    found, cursor = pages.query(Deposit.by_campaign, asked.campaign_id, limit=asked.limit, cursor=asked.cursor)
    keys = [(each.member_id, each.id) for each in found]
    rows = batch_get({Deposit: keys})[Deposit] if keys else {}
    return Page[DeskDeposit](items=[DeskDeposit.of(rows[key]) for key in keys if key in rows], cursor=cursor)


def refund(deposit_id: str, asked: RefundDeposit) -> DeskDeposit:
    """:raises DepositNotFound: :raises DepositSettled: :raises DepositMoved: it was ordered in this very moment."""
    insistently(lambda: settling.refund_by_hand(deposit_of(asked.member_id, deposit_id, consistent=True)))
    return DeskDeposit.of(deposit_of(asked.member_id, deposit_id, consistent=True))
