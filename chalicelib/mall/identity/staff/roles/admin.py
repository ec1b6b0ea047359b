"""Roles, for those who manage the staff."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.errors import BeyondOwnPermissions, BuiltInRole, StaffChanged, UnknownPermission
from chalicelib.mall.identity.staff.models import PERMISSIONS
from chalicelib.mall.identity.staff.roles import service
from chalicelib.mall.identity.staff.roles.schemas import PermissionsView, PermissionView, RoleView, SaveRole

api = Api("roles_admin", title="员工 Staff (staff)")


@api.get("/admin/permissions", permission="staff.read")
def list_permissions(staff: Staff) -> PermissionsView:
    """List every permission there is."""
    return PermissionsView(items=[PermissionView(name=name, meaning=meaning) for name, meaning in PERMISSIONS.items()])


@api.get("/admin/roles", permission="staff.read")
def list_roles(staff: Staff, query: PageQuery) -> Page[RoleView]:
    """List the roles."""
    found, cursor = service.roles(query)
    return Page(items=[RoleView.of(each) for each in found], cursor=cursor)


@api.post("/admin/roles", status=201, permission="staff.write", raises=[UnknownPermission, BeyondOwnPermissions])
def create_role(staff: Staff, body: SaveRole) -> RoleView:
    """Make a role; it can hold only what the caller holds."""
    return RoleView.of(service.create(staff, body))


@api.put(
    "/admin/roles/{role_id}",
    permission="staff.write",
    raises=[UnknownPermission, BeyondOwnPermissions, BuiltInRole, StaffChanged],
)
def replace_role(staff: Staff, role_id: str, body: SaveRole) -> RoleView:
    """Write a role anew; it counts from the next request of whoever has it."""
    return RoleView.of(service.replace(staff, role_id, body))
