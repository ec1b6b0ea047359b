"""The staff as an actor: every request reads the account and its role, so rights are taken away at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from chalicelib.core.errors import Forbidden, Unauthorized
from chalicelib.core.operations import Request
from chalicelib.core.settings import settings
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.staff.errors import BeyondOwnPermissions
from chalicelib.mall.identity.staff.models import EVERYTHING, EVERYWHERE, TEAM, Account, Role
from chalicelib.mall.identity.staff.operations import service as operations
from chalicelib.mall.identity.tokens import service as tokens


@dataclass(frozen=True)
class Staff:
    """A person of the staff who calls, with the permissions of this moment."""

    staff_id: str
    name: str
    permissions: frozenset[str]
    store_ids: frozenset[str] = frozenset()
    """The stores where they work."""

    scheme: ClassVar[str] = "staff"

    @classmethod
    def authenticate(cls, request: Request, permission: str | None) -> Staff:
        """One read of account and role; a second one only when the role changed since the login.

        :raises Unauthorized: no valid token, the account is closed, or its password changed.
        :raises Forbidden: the role does not hold *permission*.
        """
        claims = tokens.read(cls.scheme, request.bearer)
        key, hint = (TEAM, claims["sub"]), (TEAM, claims["role"])
        found = batch_get({Account: [key], Role: [hint]}, consistent=True)
        account: Account | None = found[Account].get(key)
        if account is None or not account.active or account.credentials_version != claims["credentials"]:
            raise Unauthorized()
        role = found[Role].get(hint)
        if account.role_id != claims["role"]:
            role = Role.find(TEAM, account.role_id, consistent=True)
        permissions = frozenset(role.permissions if role else ())
        staff = cls(account.id, account.name, permissions, frozenset(account.store_ids))
        if permission is not None and not staff.may(permission):
            raise Forbidden(permission=permission)
        return staff

    def may(self, permission: str) -> bool:
        """Whether the role holds *permission*."""
        return permission in self.permissions or EVERYTHING in self.permissions

    def serves(self, store_id: str) -> bool:
        """Whether they may act for the store: they work there, or anywhere."""
        return store_id in self.store_ids or self.may(EVERYWHERE)

    def require(self, permissions: Iterable[str]) -> None:
        """Nobody gives, takes or touches what they do not hold.

        :raises BeyondOwnPermissions: one of *permissions* is missing.
        """
        missing = sorted(each for each in permissions if not self.may(each))
        if missing:
            raise BeyondOwnPermissions(permissions=missing)

    def witness(self, tx: Transaction, request: Request) -> None:
        """The row of the operation log that every change by staff owes."""
        operations.record(tx, request, staff_id=self.staff_id, staff_name=self.name)

    @classmethod
    def token(cls, account: Account) -> str:
        """A token for the setting ``staff_session_hours``, worthless once the credentials change."""
        return tokens.issue(
            cls.scheme,
            account.id,
            timedelta(hours=settings().staff_session_hours),
            credentials=account.credentials_version,
            role=account.role_id,
        )
