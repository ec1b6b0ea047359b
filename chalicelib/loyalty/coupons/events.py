"""What happens to coupons."""

from datetime import datetime

from chalicelib.core.events import Event


class CouponEvent(Event):
    """Names a coupon."""

    member_id: str
    coupon_id: str
    template_id: str


class CouponIssued(CouponEvent):
    """A member holds a new one. ``source``: claim, code, gift, or who granted it."""

    source: str = ""


class CouponGranted(CouponEvent):
    """A member was given one without asking for it; beside ``CouponIssued``. ``source``: the cause."""

    source: str


class CouponUsed(CouponEvent):
    """An order took it."""

    order_id: str


class CouponReturned(CouponEvent):
    """It is usable again."""

    order_id: str


class CouponRedeemed(CouponEvent):
    """Used in a store, for a purchase of ``goods_amount``, as the till said."""

    store_id: str
    goods_amount: int = 0
    used_at: datetime | None = None


class CouponExpiring(CouponEvent):
    """Deadline: it ends in a day; who has not used it may want to know."""


class GiftEnds(Event):
    """Deadline: a gift that nobody took goes back."""

    gift_id: str


class MakeCodes(Event):
    """Make the codes of a batch from ``start`` on."""

    batch_id: str
    start: int = 0


class GiveNext(Event):
    """Go on with a grant at member number ``start``, or at the ``cursor`` of its segment."""

    grant_id: str
    start: int = 0
    cursor: str = ""
