"""Deposits that are not ordered, or whose order ended.

Algorithm: docs/algorithms/presale.md, "When it is not ordered".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import SettleCampaign
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import CampaignStatus, Phase
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.presale.errors import DepositMoved, DepositSettled
from chalicelib.growth.campaigns.presale.events import (
    DepositEnded,
    FreeDeposit,
    LapseDeposit,
    RefundDeposits,
)
from chalicelib.growth.campaigns.presale.models import STEPS, Deposit, DepositStatus
from chalicelib.growth.campaigns.presale.schemas import Unpaid
from chalicelib.growth.campaigns.presale.service import NAME, require_live
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.cart.service import examine_but_stock
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.purchases import service as purchases

COMES_BACK = timedelta(minutes=2)
"""After an order was canceled, until its pieces are certainly held again."""
INDEX_LAG = timedelta(minutes=5)
PAGE = 25
_INSTANT = timedelta(microseconds=1)
OVER, STOPPED, BY_STAFF = "预售尾款未支付，定金退回", "预售活动已取消，定金退回", "商家退回预售定金"
GONE = "预售商品在支付尾款期间未能购买，定金退回"
LATE = "定金支付超时，款项原路退回"


def named(deposit: Deposit) -> dict[str, Any]:
    """What every event of it says."""
    return {"member_id": deposit.member_id, "deposit_id": deposit.id, "campaign_id": deposit.campaign_id}


def settle(tx: Transaction, deposit: Deposit) -> None:
    """Its time is over, or its campaign was ended by the merchant: kept or refunded. Else nothing."""
    if deposit.status is not DepositStatus.PAID:
        return
    stopped = campaign_of(deposit.campaign_id, consistent=True).status is CampaignStatus.STOPPED
    if not stopped and clock.now() < deposit.balance_until:
        return
    reason = STOPPED if stopped else _why_back(deposit)
    to = DepositStatus.REFUNDED if reason else DepositStatus.KEPT
    _leave(tx, deposit, to)
    if reason:
        refund(tx, deposit, reason)
    tx.emit(DepositEnded(**named(deposit), status=to))


def _why_back(deposit: Deposit) -> str:
    """Why a deposit whose time is over goes back; empty: it is kept. Whose goods could not be bought is not at fault.

    The product counts as it is now, its schedule over all of the balance's time: an interval, so both ends tell. A
    schedule that ends with the presale takes nothing from the buyer.
    """
    if deposit.unpaid is Unpaid.REFUNDED:
        return OVER
    product = products.products([deposit.product_id], consistent=True).get(deposit.product_id)
    ends = (deposit.balance_from, deposit.balance_until - _INSTANT)
    gone = any(examine_but_stock(product, deposit.sku_id, deposit.quantity, at) for at in ends)
    return GONE if gone else ""


def refund_by_hand(deposit: Deposit) -> None:
    """Staff give back a deposit that waits, or one that was kept. :raises DepositSettled: nothing to give back."""
    if deposit.status not in (DepositStatus.PAID, DepositStatus.KEPT):
        raise DepositSettled(status=deposit.status)
    with Transaction() as tx:
        _leave(tx, deposit, DepositStatus.REFUNDED)
        refund(tx, deposit, BY_STAFF)
        if deposit.status is DepositStatus.PAID:
            free(tx, deposit)
        tx.emit(DepositEnded(**named(deposit), status=DepositStatus.REFUNDED))


def refund(tx: Transaction, deposit: Deposit, reason: str) -> None:
    """All of it goes back by the channel. :raises AccountMoved: (at commit) some of it went back since."""
    purchases.refund(tx, purchases.load(deposit.id), deposit.amount, reason=reason)


def free(tx: Transaction, deposit: Deposit) -> None:
    """Its held pieces are on sale again and no longer count, while the campaign is live; afterwards the base has them.

    :raises AccountMoved: (at commit) the campaign closed meanwhile, or the member's tally moved.
    """
    if campaign_of(deposit.campaign_id, consistent=True).phase is not Phase.LIVE:
        tx.emit(SettleCampaign(campaign_id=deposit.campaign_id, play=NAME))
        return
    require_live(tx, deposit.campaign_id)
    own = (deposit.campaign_id, deposit.sku_id)
    inventory.release(tx, deposit.held_key, own, deposit.quantity, ref=deposit.id)
    listing.mark(tx, [deposit.product_id])
    if deposit.counted:
        limits.put_back(tx, deposit.member_id, deposit.campaign_id, {deposit.sku_id: deposit.quantity})


def order_ended(tx: Transaction, deposit: Deposit, order: Order) -> None:
    """The order that the deposit is in was canceled. Unpaid: the deposit waits again. Paid: it went back with the rest.

    :raises DepositMoved: (at commit) comes again.
    """
    paid = order.paid_at is not None
    to, gone = (DepositStatus.RETURNED, []) if paid else (DepositStatus.PAID, [Deposit.order_id.remove()])
    if deposit.order_id != order.id or not STEPS.allows(deposit.status, to):
        return
    item, mine = Deposit(member_id=deposit.member_id, id=deposit.id), Deposit.order_id == order.id
    move(tx, item, Deposit.status, STEPS, to, *gone, also=mine, otherwise=DepositMoved())
    back = clock.now() + COMES_BACK
    if paid:
        tx.emit(FreeDeposit(**named(deposit)), at=back)
    else:
        tx.emit(LapseDeposit(**named(deposit)), at=max(deposit.balance_until, back))
        # Should the campaign be over by then, the pieces go on.
        tx.emit(SettleCampaign(campaign_id=deposit.campaign_id, play=NAME), at=back)


def refund_page(tx: Transaction, event: RefundDeposits) -> None:
    """The merchant ended the campaign: each of its deposits is looked at, a page a message."""
    keys, cursor = pages.query(Deposit.by_campaign, event.campaign_id, limit=PAGE, cursor=event.cursor)
    for key in keys:
        tx.emit(LapseDeposit(member_id=key.member_id, deposit_id=key.id, campaign_id=event.campaign_id))
    if cursor is not None:
        tx.emit(event.model_copy(update={"cursor": cursor}))
    elif event.again:
        later = RefundDeposits(campaign_id=event.campaign_id, again=False)
        tx.emit(later, at=clock.now() + INDEX_LAG)


def _leave(tx: Transaction, deposit: Deposit, to: DepositStatus) -> None:
    item, as_read = Deposit(member_id=deposit.member_id, id=deposit.id), Deposit.status == deposit.status
    move(tx, item, Deposit.status, STEPS, to, also=as_read, otherwise=DepositMoved())
