"""The coupon that takes most off a unit, of all that are or will be given out."""

from __future__ import annotations

from chalicelib.core.money import apply_bps
from chalicelib.loyalty.coupons.models import MALL, Template, TemplateStatus
from chalicelib.loyalty.coupons.schemas import Kind, Terms
from chalicelib.trade.pricing.floors.service import Goods


class CouponFloor:
    """One coupon for goods an order: the best of the active templates. Stopped ones no longer count, though some
    members may still hold theirs."""

    name = "coupon"

    def most_off(self, goods: Goods, amount: int) -> int:
        active = Template.query(MALL, filter_condition=Template.status == TemplateStatus.ACTIVE)
        return max((_most(each.terms, goods, amount) for each in active), default=0)


def _most(terms: Terms, goods: Goods, amount: int) -> int:
    """A line has no more than its share of what reaches the threshold."""
    unwilling = {each.value for each in terms.exclusive_with} & set(goods.groups)
    covers = terms.scope.covers(goods.product_id, goods.category_id, goods.brand_id)
    if unwilling or not covers or terms.kind not in (Kind.CASH, Kind.PERCENT):
        return 0
    if terms.off_bps is not None:
        return min(apply_bps(amount, terms.off_bps), terms.cap_amount or amount)
    base = max(amount, terms.threshold_amount)
    return min(amount, (terms.off_amount or 0) * amount // base) if base else 0
