"""Accounts, for those who manage the staff; and one's own."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.accounts import service
from chalicelib.mall.identity.staff.accounts.schemas import CreateStaff, EditStaff, StaffView
from chalicelib.mall.identity.staff.errors import (
    BeyondOwnPermissions,
    LastOwner,
    OwnPassword,
    RoleNotFound,
    StaffChanged,
    UsernameTaken,
)

api = Api("staff_admin", title="员工 Staff (staff)")


@api.get("/admin/staff", permission="staff.read")
def list_staff(staff: Staff, query: PageQuery) -> Page[StaffView]:
    """List the accounts."""
    found, cursor = service.accounts(query)
    return Page(items=[StaffView.of(each) for each in found], cursor=cursor)


@api.post(
    "/admin/staff",
    status=201,
    permission="staff.write",
    raises=[UsernameTaken, RoleNotFound, BeyondOwnPermissions, StaffChanged],
)
def create_staff(staff: Staff, body: CreateStaff) -> StaffView:
    """Make an account; its role can hold only what the caller holds."""
    return StaffView.of(service.create(staff, body))


@api.patch(
    "/admin/staff/{staff_id}",
    permission="staff.write",
    raises=[RoleNotFound, BeyondOwnPermissions, LastOwner, OwnPassword, StaffChanged],
)
def edit_staff(staff: Staff, staff_id: str, body: EditStaff) -> StaffView:
    """Change an account: name, role, lock, or a new password for somebody who forgot theirs.

    Nobody touches an account that may do more than they may; one owner always stays.
    """
    return StaffView.of(service.edit(staff, staff_id, body))
