"""What comes with a top-up that is paid, and goes with its principal."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.wallet.events import PrincipalReturned, ToppedUp
from chalicelib.loyalty.wallet.returns import service as returns
from chalicelib.loyalty.wallet.top_ups.service import KIND as TOP_UP
from chalicelib.loyalty.wallet.top_ups.service import TOPPED_UP, terms_of
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.refunds.events import RefundFailed


@subscribe(ToppedUp, queue="reactions")
def give_points(event: ToppedUp, tx: Transaction) -> None:
    """The points that come with it."""
    top_up = purchases.load(event.top_up_id)
    points.earn(tx, top_up.member_id, TOPPED_UP, top_up.id, terms_of(top_up).points)


@subscribe(ToppedUp, queue="reactions")
def give_coupon(event: ToppedUp, tx: Transaction) -> None:
    """The coupon that comes with it. A full pocket: tried again, then staff see it among the dead letters."""
    top_up = purchases.load(event.top_up_id)
    if (template_id := terms_of(top_up).template_id) is not None and not top_up.refunded_amount:
        purchases.require_whole(tx, top_up)  # its principal may go back in this moment, and takes the coupon along
        coupons.grant_bought(tx, template_id, top_up.member_id, cause=top_up.id)


@subscribe(PrincipalReturned, queue="reactions")
def take_points_back(event: PrincipalReturned, tx: Transaction) -> None:
    """The points that came with it go as the principal goes, also if they were spent."""
    top_up = purchases.load(event.top_up_id)
    now = event.before_amount + event.amount
    lost = purchases.share(terms_of(top_up).points, top_up.amount, event.before_amount, now)
    points.take_back(tx, top_up.member_id, f"{top_up.id}/{now}", lost)


@subscribe(PrincipalReturned, queue="reactions")
def take_coupon_back(event: PrincipalReturned, tx: Transaction) -> None:
    """The coupon that came with it ends, if it was not used."""
    top_up = purchases.load(event.top_up_id)
    if (template_id := terms_of(top_up).template_id) is not None:
        coupons.take_back(tx, top_up.member_id, template_id, cause=top_up.id)


@subscribe(RefundFailed, queue="payments")
def restore_principal(event: RefundFailed, tx: Transaction) -> None:
    """Principal that the channel did not give back is in the wallet again."""
    if event.payment_id.startswith(f"{TOP_UP}_"):
        returns.restore(tx, refunds.load(event.refund_id))
