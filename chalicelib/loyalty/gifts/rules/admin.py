"""Staff: what members get on their days, for their level, each month."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.gifts.errors import GiftRulesEdited, NoUpgradeGift
from chalicelib.loyalty.gifts.rules import service
from chalicelib.loyalty.gifts.rules.schemas import GiftRulesView, SetGiftRules
from chalicelib.loyalty.membership.errors import LevelNotFound
from chalicelib.mall.identity.service import Staff

api = Api("gift_rules", title="会员礼遇 Gifts (staff)")


@api.get("/admin/gift-rules", permission="membership.read")
def show_gift_rules(staff: Staff) -> GiftRulesView:
    """Show what members of each level are given."""
    return service.show()


@api.put(
    "/admin/gift-rules",
    permission="membership.write",
    raises=[GiftRulesEdited, LevelNotFound, NoUpgradeGift, TemplateNotFound, TemplateOver],
)
def set_gift_rules(staff: Staff, body: SetGiftRules) -> GiftRulesView:
    """Set what members of each level are given; what was given is not touched."""
    return service.put(body)
