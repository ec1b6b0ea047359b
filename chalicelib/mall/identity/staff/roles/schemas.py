"""Roles, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, Schema
from chalicelib.mall.identity.staff.models import OWNER, Role

Permission = Annotated[str, Field(min_length=1, max_length=64, examples=["catalog.write"])]


class SaveRole(Schema):
    name: Line
    permissions: Annotated[list[Permission], Field(min_length=1, max_length=100)]
    """Names of `GET /admin/permissions`, none that the caller does not hold."""


class RoleView(Schema):
    id: str
    name: str
    permissions: list[str]
    """`*` stands for all, also those that come later."""
    built_in: bool
    holders: int
    """Active accounts with this role."""

    @classmethod
    def of(cls, role: Role) -> RoleView:
        return cls(
            id=role.id, name=role.name, permissions=role.permissions, built_in=role.id == OWNER, holders=role.holders
        )


class PermissionView(Schema):
    name: str
    meaning: str


class PermissionsView(Schema):
    items: list[PermissionView]
