"""Roles. Who changes one must hold all that it held and all that it shall hold."""

from __future__ import annotations

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import NotFound
from chalicelib.core.schemas import PageQuery
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.staff.errors import BuiltInRole, LastOwner, RoleNotFound, StaffChanged, UnknownPermission
from chalicelib.mall.identity.staff.models import OWNER, PERMISSIONS, TEAM, Role
from chalicelib.mall.identity.staff.roles.schemas import SaveRole
from chalicelib.mall.identity.staff.service import Staff


def roles(query: PageQuery) -> tuple[list[Role], str | None]:
    """A page of roles, the oldest first, and the cursor to the rest."""
    return pages.query(Role, TEAM, limit=query.limit, cursor=query.cursor, newest_first=False, consistent=True)


def create(staff: Staff, asked: SaveRole) -> Role:
    """A new role. :raises UnknownPermission, BeyondOwnPermissions: what it shall hold."""
    role = Role(id=ids.new("rol"), name=asked.name, permissions=_checked(staff, asked), created_at=clock.now())
    with Transaction() as tx:
        tx.put(role, only_if=Role.id.does_not_exist(), otherwise=StaffChanged())
    return role


def replace(staff: Staff, role_id: str, asked: SaveRole) -> Role:
    """Write a role anew: whoever has it has the new permissions from their next request on.

    :raises NotFound, BuiltInRole, StaffChanged: the role.
    :raises UnknownPermission, BeyondOwnPermissions: what it holds or shall hold.
    """
    role = Role.find(TEAM, role_id, consistent=True)
    if role is None:
        raise NotFound()
    if role.id == OWNER:
        raise BuiltInRole()
    staff.require(role.permissions)
    permissions = _checked(staff, asked)
    with Transaction() as tx:
        tx.update(
            Role(team=TEAM, id=role_id),
            [Role.name.set(asked.name), Role.permissions.set(permissions), Role.version.add(1)],
            only_if=Role.version == role.version,
            otherwise=StaffChanged(),
        )
    role.name, role.permissions = asked.name, permissions
    return role


def assignable(staff: Staff, role_id: str) -> Role:
    """The role, if *staff* may give it or touch who has it.

    :raises RoleNotFound: there is none. :raises BeyondOwnPermissions: it holds more than *staff*.
    """
    role = Role.find(TEAM, role_id, consistent=True)
    if role is None:
        raise RoleNotFound()
    staff.require(role.permissions)
    return role


def hold(tx: Transaction, role: Role, change: int) -> None:
    """Add to *tx*: *change* more active accounts have *role*, which still is as it was read.

    :raises LastOwner: (at commit) no owner would be left. :raises StaffChanged: (at commit) the role changed.
    """
    same = Role.version == role.version
    key = Role(team=TEAM, id=role.id)
    if change == 0:
        tx.check(key, only_if=same, otherwise=StaffChanged())
    elif change < 0 and role.id == OWNER:
        # The built-in role never changes: what fails is the count.
        tx.update(key, [Role.holders.add(change)], only_if=same & (Role.holders > -change), otherwise=LastOwner())
    else:
        tx.update(key, [Role.holders.add(change)], only_if=same, otherwise=StaffChanged())


def _checked(staff: Staff, asked: SaveRole) -> list[str]:
    permissions = list(dict.fromkeys(asked.permissions))
    unknown = [each for each in permissions if each not in PERMISSIONS]
    if unknown:
        raise UnknownPermission(permissions=unknown)
    staff.require(permissions)
    return permissions
