"""Staff: coupons that wait, and what is given in place of those that nobody could use any more."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.rewards import service
from chalicelib.loyalty.rewards.errors import NothingWaits, WaitsForRoom
from chalicelib.loyalty.rewards.schemas import FindWaiting, GiveInstead, StaffWaitingView
from chalicelib.mall.identity.service import Staff

api = Api("rewards_admin", title="奖励 Rewards (staff)")


@api.get("/admin/waiting-coupons", permission="coupons.read")
def find_waiting_coupons(staff: Staff, query: FindWaiting) -> Page[StaffWaitingView]:
    """Find who waits for coupons of a template, and why."""
    return service.find(query)


@api.put(
    "/admin/members/{member_id}/waiting-coupons/{coupon_id}",
    permission="coupons.write",
    raises=[NothingWaits, WaitsForRoom, TemplateNotFound, TemplateOver],
)
def give_coupon_instead(staff: Staff, member_id: str, coupon_id: str, body: GiveInstead) -> StaffWaitingView:
    """Let a member have a coupon of another template, where that of their reward is over. They take it with a tap."""
    return service.give_instead(member_id, coupon_id, body)
