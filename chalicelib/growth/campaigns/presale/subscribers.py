"""How deposits react: to their money, their deadlines, their orders, and to the merchant."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat.shipping import PaymentKey
from chalicelib.growth.campaigns.base.events import CampaignClosed, CampaignOrderCanceled
from chalicelib.growth.campaigns.base.models import CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.presale.errors import DepositMoved
from chalicelib.growth.campaigns.presale.events import (
    DepositEnded,
    DepositPaid,
    DepositRefused,
    FreeDeposit,
    LapseDeposit,
    RefundDeposits,
    RemindBalance,
)
from chalicelib.growth.campaigns.presale.models import STEPS, Deposit, DepositStatus
from chalicelib.growth.campaigns.presale.notices import service as notices
from chalicelib.growth.campaigns.presale.service import NAME, deposit_of
from chalicelib.growth.campaigns.presale.settling import service as settling
from chalicelib.trade.fulfillment.reporting.late import service as late
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import AdvanceSpent
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.purchases import service as purchases


@subscribe(DepositPaid, queue="reactions")
def count_depositor(event: DepositPaid, tx: Transaction) -> None:
    """Who pays a deposit takes part."""
    statistics.join(tx, campaign_of(event.campaign_id), event.member_id)


@subscribe(DepositPaid, queue="fulfillment")
def announce_shipping(event: DepositPaid, tx: Transaction) -> None:
    """WeChat wants to know of what leaves weeks after it was paid, and a deposit is a payment."""
    deposit, paid = deposit_of(event.member_id, event.deposit_id), purchases.load(event.deposit_id)
    key = PaymentKey(transaction_id=paid.transaction_id, out_trade_no=paid.id)
    late.announce(tx, key, paid.succeeded_at or deposit.made_at, deposit.ship_by)


@subscribe(DepositRefused, queue="reactions")
def refuse_deposit(event: DepositRefused, tx: Transaction) -> None:
    """Its money came too late: it goes back."""
    settling.refund(tx, deposit_of(event.member_id, event.deposit_id, consistent=True), settling.LATE)


@subscribe(RemindBalance, queue="notifications")
def remind_of_balance(event: RemindBalance, tx: Transaction) -> None:
    """The balance can be paid, or not much longer."""
    notices.tell_balance(tx, deposit_of(event.member_id, event.deposit_id, consistent=True), last=event.last)


@subscribe(DepositEnded, queue="notifications")
def tell_settled(event: DepositEnded, tx: Transaction) -> None:
    """It was kept, or is on its way back."""
    notices.tell_settled(tx, deposit_of(event.member_id, event.deposit_id, consistent=True))


@subscribe(LapseDeposit, queue="reactions")
def lapse_deposit(event: LapseDeposit, tx: Transaction) -> None:
    """Its time is over."""
    settling.settle(tx, deposit_of(event.member_id, event.deposit_id, consistent=True))


@subscribe(FreeDeposit, queue="reactions")
def free_deposit(event: FreeDeposit, tx: Transaction) -> None:
    """The pieces of a called off order are back: on sale again. Until they are, the message comes again."""
    settling.free(tx, deposit_of(event.member_id, event.deposit_id, consistent=True))


@subscribe(CampaignClosed, queue="reactions")
def refund_deposits(event: CampaignClosed, tx: Transaction) -> None:
    """The merchant ended a presale: whoever paid a deposit has it back, whatever the rule."""
    if (event.play, event.status) == (NAME, CampaignStatus.STOPPED):
        tx.emit(RefundDeposits(campaign_id=event.campaign_id))


@subscribe(RefundDeposits, queue="reactions")
def refund_page(event: RefundDeposits, tx: Transaction) -> None:
    """A page of them."""
    settling.refund_page(tx, event)


@subscribe(AdvanceSpent, queue="reactions")
def spend_deposit(event: AdvanceSpent, tx: Transaction) -> None:
    """The balance is paid. An order that was called off since is the next reaction's."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    deposit = _in_order(order)
    if deposit is None or deposit.status is not DepositStatus.ORDERED:
        return
    item, mine = Deposit(member_id=deposit.member_id, id=deposit.id), Deposit.order_id == order.id
    move(tx, item, Deposit.status, STEPS, DepositStatus.SPENT, also=mine, otherwise=DepositMoved())


@subscribe(CampaignOrderCanceled, queue="reactions")
def end_deposit_order(event: CampaignOrderCanceled, tx: Transaction) -> None:
    """The order that the deposit is in was canceled."""
    if event.play != NAME:
        return
    order = orders.load(event.member_id, event.order_id, consistent=True)
    deposit = _in_order(order)
    if deposit is not None:
        settling.order_ended(tx, deposit, order)


def _in_order(order: Order) -> Deposit | None:
    if order.advance is None:
        return None
    deposit = Deposit.find(order.member_id, order.advance.purchase_id, consistent=True)
    return deposit if deposit is not None and deposit.order_id == order.id else None
