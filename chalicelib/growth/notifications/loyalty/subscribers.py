"""What happens to points, coupons, levels and streaks is told to their holders."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds.schemas import Kind
from chalicelib.growth.notifications.loyalty import service
from chalicelib.growth.notifications.service import tell
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.coupons.events import CouponEvent, CouponExpiring, CouponGranted
from chalicelib.loyalty.membership.events import LevelChanged
from chalicelib.loyalty.points.events import PointsExpiring
from chalicelib.loyalty.tasks.check_in.events import CheckInDue


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


@subscribe(LevelChanged, queue="notifications")
def tell_level_changed(event: LevelChanged, tx: Transaction) -> None:
    """Another level, up or down; who comes begins with the lowest, and need not be told."""
    if not event.before:
        return
    said, standing = service.of_level(event.member_id), service.standing_of(event.member_id)
    if said is not None and standing.startswith(f"{event.level}-"):
        tell(tx, service.LEVEL_CHANGED, member_id=event.member_id, group=standing, values=said, links={})


@subscribe(CheckInDue, queue="notifications")
def tell_check_in_due(event: CheckInDue, tx: Transaction) -> None:
    """Today is still open, and the member asked to be told."""
    said = service.of_check_in(event.day, event.streak)
    tell(tx, service.CHECK_IN_DUE, member_id=event.member_id, group=event.day, values=said, links={})


def _tell_of_coupon(tx: Transaction, kind: Kind, event: CouponEvent) -> None:
    if service.coupon_over(event.member_id, event.coupon_id):
        return
    said = service.of_coupon(coupons.load(event.member_id, event.coupon_id))
    links = {"coupon_id": event.coupon_id}
    tell(tx, kind, member_id=event.member_id, group=event.coupon_id, values=said, links=links)
