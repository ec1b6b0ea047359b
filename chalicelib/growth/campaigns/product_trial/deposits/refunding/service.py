"""A deposit on a report goes back."""

from __future__ import annotations

from pynamodb.expressions.update import Action

from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.product_trial.models import Application, TrialDeposit
from chalicelib.trade.payments.purchases import service as purchases

NOT_ORDERED, ACCEPTED, OVERDUE = "试用未领取，押金退回", "试用报告已通过，押金退回", "试用结束，押金退回"
RETURNED = "试用商品已退回，押金退回"
LATE = "押金支付超时，款项原路退回"


def back(tx: Transaction, each: Application, reason: str) -> list[Action]:
    """All of the paid deposit goes back by the channel; what changes on the application.

    :raises AccountMoved: (at commit) some of it went back since.
    """
    purchase = purchases.load(each.deposit_id or "")
    purchases.refund(tx, purchase, purchase.amount, reason=reason)
    return [Application.deposit.set(TrialDeposit.REFUNDED)]
