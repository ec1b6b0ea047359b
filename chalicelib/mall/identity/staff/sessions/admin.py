"""Login of the staff, and their own account."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.api import Api, Request
from chalicelib.core.settings import settings
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.accounts import service as accounts
from chalicelib.mall.identity.staff.accounts.schemas import ChangePassword
from chalicelib.mall.identity.staff.errors import LoginLocked, StaffChanged, WrongCredentials
from chalicelib.mall.identity.staff.models import Account
from chalicelib.mall.identity.staff.sessions import service
from chalicelib.mall.identity.staff.sessions.schemas import LogIn, MeView, StaffSessionView

api = Api("staff_sessions", title="登录 Sessions (staff)")


@api.post("/admin/sessions", status=201, raises=[WrongCredentials, LoginLocked])
def log_in(body: LogIn, request: Request) -> StaffSessionView:
    """Log in with name and password.

    Five failures in a row lock the name for fifteen minutes, whether it exists or not.
    """
    return _session(service.log_in(body.username, body.password, request))


@api.get("/admin/me")
def show_me(staff: Staff) -> MeView:
    """Show who I am and what I may do."""
    return MeView(
        id=staff.staff_id,
        name=staff.name,
        permissions=sorted(staff.permissions),
        store_ids=sorted(staff.store_ids),
    )


@api.put("/admin/me/password", raises=[WrongCredentials, LoginLocked, StaffChanged])
def change_password(staff: Staff, body: ChangePassword) -> StaffSessionView:
    """Change my password: every token until now is worthless, the one in the answer is good."""
    return _session(accounts.change_password(staff, body))


def _session(account: Account) -> StaffSessionView:
    expires_at = clock.now() + timedelta(hours=settings().staff_session_hours)
    return StaffSessionView(token=Staff.token(account), expires_at=expires_at, staff_id=account.id)
