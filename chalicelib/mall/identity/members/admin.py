"""Members, for the staff."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.members import service
from chalicelib.mall.identity.members.schemas import FindMembers, StaffMemberView
from chalicelib.mall.identity.service import Staff

api = Api("members_admin", title="会员 Members (staff)")


@api.get("/admin/members", permission="members.read")
def find_members(staff: Staff, query: FindMembers) -> Page[StaffMemberView]:
    """Find a member by phone or by openid."""
    member = service.find(query)
    return Page(items=[StaffMemberView.of(member, private=_private(staff))] if member else [])


@api.get("/admin/members/{member_id}", permission="members.read")
def show_member(staff: Staff, member_id: str) -> StaffMemberView:
    """Show a member.

    Phone, openid and birthday are hidden from those without the permission `members.private`.
    """
    return StaffMemberView.of(service.known(member_id), private=_private(staff))


def _private(staff: Staff) -> bool:
    return staff.may("members.private")
