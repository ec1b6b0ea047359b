"""The deposit of who was picked. Algorithm: docs/algorithms/product-trial.md, "The deposit"."""

from __future__ import annotations

from pydantic import BaseModel

from chalicelib.core import clock
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.product_trial.deposits.refunding import service as refunding
from chalicelib.growth.campaigns.product_trial.errors import NoDeposit
from chalicelib.growth.campaigns.product_trial.events import TrialDepositRefused
from chalicelib.growth.campaigns.product_trial.models import KIND, Application, ApplicationStatus, TrialDeposit
from chalicelib.growth.campaigns.product_trial.service import application_of, named
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.purchases.schemas import PurchaseView

_PAYABLE = (TrialDeposit.NONE, TrialDeposit.OPEN)


class _Nothing(BaseModel):
    """A command without a body."""


def start(member_id: str, openid: str, campaign_id: str, key: str) -> PurchaseView:
    """Begin to pay the deposit, or go on with it: once for each *key*.

    :raises TrialNotFound: :raises NoDeposit: nothing is to be paid now.
    :raises PartnerError: the channel did not answer; the same key goes on.
    """
    once = Once(member_id, f"trial_deposit#{campaign_id}", key, _Nothing())
    return purchases.start(member_id, once, lambda: _new(member_id, openid, campaign_id))


def sync(member_id: str, campaign_id: str) -> None:
    """Ask the channel about it. :raises TrialNotFound: :raises NoDeposit: none was begun. :raises PartnerError:"""
    mine = application_of(campaign_id, member_id)
    if mine.deposit_id is None:
        raise NoDeposit()
    purchases.sync(purchases.own(member_id, KIND, mine.deposit_id))


def refuse(tx: Transaction, deposit_id: str) -> None:
    """Its money came too late, or for nothing: it goes back."""
    purchase = purchases.load(deposit_id)
    purchases.refund(tx, purchase, purchase.amount, reason=refunding.LATE)


class TrialDeposits:
    """A ``PurchaseKind``: of two that are begun for an application the one that is paid first counts."""

    title = "试用押金"

    def begun(self, tx: Transaction, purchase: DirectPurchase) -> None:
        mine = _payable(purchase.terms["campaign_id"], purchase.member_id)
        _set(tx, mine, TrialDeposit.OPEN, purchase.id)

    def paid(self, tx: Transaction, purchase: DirectPurchase) -> None:
        try:
            mine = _payable(purchase.terms["campaign_id"], purchase.member_id)
        except NoDeposit:
            campaign_id = purchase.terms["campaign_id"]
            member_id = purchase.member_id
            tx.emit(TrialDepositRefused(campaign_id=campaign_id, member_id=member_id, deposit_id=purchase.id))
            return
        _set(tx, mine, TrialDeposit.PAID, purchase.id)

    def lapsed(self, tx: Transaction, purchase: DirectPurchase) -> None:
        """It held nothing."""


def _new(member_id: str, openid: str, campaign_id: str) -> DirectPurchase:
    amount = _payable(campaign_id, member_id).deposit_amount
    terms = {"campaign_id": campaign_id}
    return purchases.new(KIND, member_id, openid, amount=amount, description="试用押金", terms=terms)


def _payable(campaign_id: str, member_id: str) -> Application:
    """The application, while its deposit can be paid. :raises TrialNotFound: :raises NoDeposit:"""
    mine = application_of(campaign_id, member_id)
    picked = mine.status is ApplicationStatus.PICKED and mine.order_by is not None and clock.now() < mine.order_by
    if not picked or not mine.deposit_amount or mine.deposit not in _PAYABLE:
        raise NoDeposit()
    return mine


def _set(tx: Transaction, mine: Application, to: TrialDeposit, deposit_id: str) -> None:
    same = (Application.status == ApplicationStatus.PICKED) & (Application.deposit == mine.deposit)
    tx.update(
        Application(**named(mine)),
        [Application.deposit.set(to), Application.deposit_id.set(deposit_id)],
        only_if=same,
        otherwise=AccountMoved(),
    )
