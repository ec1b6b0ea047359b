"""Staff: read a member's level, read and change their growth."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved, BalanceTooHigh, BalanceTooLow
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.loyalty.membership.standing import service
from chalicelib.loyalty.membership.standing.schemas import (
    AdjustGrowth,
    GrowthEntryView,
    ListGrowth,
    StaffMembershipView,
)
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.service import Staff

api = Api("membership_admin", title="会员等级 Membership (staff)")


@api.get("/admin/members/{member_id}/membership", permission="membership.read")
def show_membership(staff: Staff, member_id: str) -> StaffMembershipView:
    """Show a member's level and growth."""
    members.known(member_id)
    return service.of_member(member_id)


@api.get("/admin/members/{member_id}/growth", permission="membership.read")
def show_growth(staff: Staff, member_id: str, query: ListGrowth) -> Page[GrowthEntryView]:
    """Show a member's statement of growth."""
    members.known(member_id)
    return service.entries(member_id, query.limit, query.cursor)


@api.post(
    "/admin/members/{member_id}/growth",
    permission="membership.write",
    raises=[BalanceTooLow, BalanceTooHigh, AccountMoved, KeyReused],
)
def adjust_growth(staff: Staff, member_id: str, body: AdjustGrowth, key: IdempotencyKey) -> StaffMembershipView:
    """Give or take growth, with a reason that the member reads; the level follows at once."""
    return service.adjust(member_id, body, key)
