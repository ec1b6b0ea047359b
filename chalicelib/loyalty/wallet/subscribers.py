"""What happens when nothing is heard of a top-up, and what comes with one that is paid."""

from __future__ import annotations

import logging

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.wallet.events import CheckTopUp, PrincipalReturned, ToppedUp
from chalicelib.loyalty.wallet.models import TopUpStatus
from chalicelib.loyalty.wallet.returns import service as returns
from chalicelib.loyalty.wallet.top_ups import service as top_ups
from chalicelib.loyalty.wallet.top_ups.service import CHECKS, LATER
from chalicelib.loyalty.wallet.top_ups.service import PREFIX as TOP_UP
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.refunds.events import RefundFailed

log = logging.getLogger(__name__)


@subscribe(CheckTopUp, queue="payments")
def check_top_up(event: CheckTopUp, tx: Transaction) -> None:
    """Ask about a top-up whose notice may be lost; once its time is over, end it. Again, until it has ended."""
    top_up = top_ups.load(event.top_up_id)
    if top_up.status is not TopUpStatus.CREATED:
        return
    try:
        top_ups.ask(top_up)
    except PartnerError as error:
        log.warning("top-up not checked", extra={"top_up_id": top_up.id, "error": str(error)})
    if top_ups.load(top_up.id).status is TopUpStatus.CREATED:
        following = event.check + 1
        at = top_up.created_at + CHECKS[following] if following < len(CHECKS) else clock.now() + LATER
        tx.emit(CheckTopUp(top_up_id=top_up.id, check=following), at=at)


@subscribe(ToppedUp, queue="reactions")
def give_points(event: ToppedUp, tx: Transaction) -> None:
    """The points that come with it."""
    top_up = top_ups.load(event.top_up_id)
    points.earn(tx, top_up.member_id, "topped_up", top_up.id, top_up.points)


@subscribe(ToppedUp, queue="reactions")
def give_coupon(event: ToppedUp, tx: Transaction) -> None:
    """The coupon that comes with it. A full pocket: tried again, then staff see it among the dead letters."""
    top_up = top_ups.load(event.top_up_id)
    if top_up.template_id is not None:
        coupons.grant(tx, top_up.template_id, top_up.member_id, cause=top_up.id)


@subscribe(PrincipalReturned, queue="reactions")
def take_points_back(event: PrincipalReturned, tx: Transaction) -> None:
    """The points that came with it go as the principal goes, also if they were spent."""
    top_up = top_ups.load(event.top_up_id)
    now = event.before_amount + event.amount
    lost = returns.share(top_up.points, top_up.amount, event.before_amount, now)
    points.take_back(tx, top_up.member_id, f"{top_up.id}/{now}", lost)


@subscribe(PrincipalReturned, queue="reactions")
def take_coupon_back(event: PrincipalReturned, tx: Transaction) -> None:
    """The coupon that came with it ends, if it was not used."""
    top_up = top_ups.load(event.top_up_id)
    if top_up.template_id is not None:
        coupons.take_back(tx, top_up.member_id, top_up.template_id, cause=top_up.id)


@subscribe(RefundFailed, queue="payments")
def restore_principal(event: RefundFailed, tx: Transaction) -> None:
    """Principal that the channel did not give back is in the wallet again."""
    if event.payment_id.startswith(f"{TOP_UP}_"):
        returns.restore(tx, refunds.load(event.refund_id))
