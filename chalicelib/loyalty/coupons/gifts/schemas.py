"""A coupon handed to a friend."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Id, Schema
from chalicelib.loyalty.coupons.claims.schemas import TermsView
from chalicelib.loyalty.coupons.models import Coupon, Gift, GiftStatus


class GiftView(Schema):
    """An offered coupon; ``id`` is what the friend needs."""

    id: Id
    status: GiftStatus
    until: datetime
    title: str
    terms: TermsView
    expires_at: datetime

    @classmethod
    def of(cls, gift: Gift, coupon: Coupon) -> GiftView:
        return cls(
            id=gift.id,
            status=gift.status,
            until=gift.until,
            title=coupon.title,
            terms=TermsView.of(coupon.terms),
            expires_at=coupon.expires_at,
        )
