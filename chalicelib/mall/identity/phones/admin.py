"""Customers whom the staff know by phone."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.members.errors import PhoneTaken
from chalicelib.mall.identity.members.schemas import OpenShell, StaffMemberView
from chalicelib.mall.identity.phones import service
from chalicelib.mall.identity.service import Staff

api = Api("phones_admin", title="会员 Members (staff)")


@api.post("/admin/members", status=201, permission="members.write", raises=[PhoneTaken])
def open_shell(staff: Staff, body: OpenShell) -> StaffMemberView:
    """Enter a customer known by phone only.

    When that person binds the number in the mini program, this member goes into theirs.
    """
    return StaffMemberView.of(service.open_shell(body), private=staff.may("members.private"))
