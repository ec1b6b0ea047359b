"""What happens to points and coupons is told to their holders."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds.schemas import Kind
from chalicelib.growth.notifications.loyalty import service
from chalicelib.growth.notifications.service import tell
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.coupons.events import CouponEvent, CouponExpiring, CouponGranted
from chalicelib.loyalty.points.events import PointsExpiring


@subscribe(PointsExpiring, queue="notifications")
def tell_points_expiring(event: PointsExpiring, tx: Transaction) -> None:
    """Some of one's points end soon; who has spent them meanwhile is left in peace."""
    said = service.of_points(event.member_id, event.month)
    if said is not None:
        kind = service.POINTS_EXPIRING
        tell(tx, kind, member_id=event.member_id, group=event.month, values=said, links={})


@subscribe(CouponExpiring, queue="notifications")
def tell_coupon_expiring(event: CouponExpiring, tx: Transaction) -> None:
    """A coupon ends in a day; who has used it or given it away is left in peace."""
    _tell_of_coupon(tx, service.COUPON_EXPIRING, event)


@subscribe(CouponGranted, queue="notifications")
def tell_coupon_received(event: CouponGranted, tx: Transaction) -> None:
    """The mall gave a coupon that the member did not ask for."""
    _tell_of_coupon(tx, service.COUPON_RECEIVED, event)


def _tell_of_coupon(tx: Transaction, kind: Kind, event: CouponEvent) -> None:
    if service.coupon_over(event.member_id, event.coupon_id):
        return
    said = service.of_coupon(coupons.load(event.member_id, event.coupon_id))
    links = {"coupon_id": event.coupon_id}
    tell(tx, kind, member_id=event.member_id, group=event.coupon_id, values=said, links=links)
