"""The price step of a level's free shipping: after the freight, before a freight coupon, which is then not used up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons.adjuster import FREIGHT, NONE
from chalicelib.loyalty.membership.errors import ShippingUsedUp
from chalicelib.loyalty.membership.models import ShippingUse
from chalicelib.loyalty.membership.prices.adjuster import standing_in, standing_needs
from chalicelib.loyalty.membership.schemas import Level
from chalicelib.loyalty.membership.shipping import service
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice, Target
from chalicelib.trade.pricing.service import Basket, Quote

FREE = "free"


class MemberShipping:
    """``options["member_shipping"]``: ``free`` or ``none``; without, it is taken where there is freight.

    Who names a freight coupon wants that one: then this step keeps back.
    """

    name = service.NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        month = service.month_of(basket.at)
        return {**standing_needs(basket), ShippingUse: [(basket.member_id, month)]}

    def adjust(self, quote: Quote, found: Found) -> None:
        _, level = standing_in(found, quote.member_id)
        benefits, month = level.benefits, service.month_of(quote.at)
        freight, wanted = sum(quote.freighted()), quote.options.get(self.name)
        left = service.left(benefits, found[ShippingUse].get((quote.member_id, month)))
        if wanted == FREE and left == 0:
            raise ShippingUsedUp()
        if benefits.free_shipping_times == 0 or not freight:
            return
        amount = min(freight, benefits.free_shipping_cap_amount or freight)
        coupon = quote.options.get(FREIGHT, NONE) != NONE
        chosen = left != 0 and (wanted == FREE or (wanted is None and not coupon))
        quote.choices.append(_choice(level, left, chosen, amount))
        if chosen:
            title = f"{level.name}包邮"
            quote.adjust(self.name, title, -amount, target=Target.FREIGHT, source_id=level.id)
            quote.memory[self.name] = (month, benefits.free_shipping_times)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        if self.name in quote.memory:
            month, times = quote.memory[self.name]
            service.count(tx, quote.member_id, month, times)


def _choice(level: Level, left: int | None, chosen: bool, amount: int) -> Choice:
    return Choice(
        kind=service.NAME,
        id=FREE,
        title=f"{level.name}包邮" + (f"（本月剩{left}次）" if left is not None else ""),
        usable=left != 0,
        chosen=chosen,
        saved_amount=amount if left != 0 else 0,
        reason="" if left != 0 else "本月次数已用完",
    )
