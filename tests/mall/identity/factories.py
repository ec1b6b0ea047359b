"""People for tests: buyers through the real login, staff through the real functions."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.accounts import service as accounts
from chalicelib.mall.identity.staff.accounts.schemas import CreateStaff
from chalicelib.mall.identity.staff.models import TEAM, Account, Role, staff_id
from infra.local.partners import Partners
from tests.harness import Client

PASSWORD = "correct horse battery"
HANGZHOU = {"name": "王小明", "phone": "13800138000", "district_code": "330106", "detail": "文三路 1 号"}


def log_in(http: Client, partners: Partners, **person: Any) -> dict[str, Any]:
    """A person opens the mini program: the answer of ``POST /sessions``."""
    answer: dict[str, Any] = http.post("/sessions", json={"code": partners.wechat.new_login_code(**person)}).ok()
    return answer


def bind_phone(http: Client, partners: Partners, token: str, number: str = "13800138000") -> Any:
    """A person presses the phone button."""
    return http.as_(token).post("/me/phone", json={"code": partners.wechat.new_phone_code(number)})


def owner() -> str:
    """The token of the first owner, named ``boss``."""
    accounts.bootstrap_owner("boss", PASSWORD)
    return token_of("boss")


def token_of(username: str) -> str:
    """A token as a login would give it."""
    account = Account.find(TEAM, staff_id(username), consistent=True)
    assert account is not None
    return Staff.token(account)


def clerk(*permissions: str, username: str = "clerk") -> str:
    """The token of a new account whose new role holds *permissions*; ``boss`` must exist."""
    role = Role(id=f"rol_{username}", name=username, permissions=list(permissions), created_at=clock.now())
    role.save()
    asked = CreateStaff(username=username, name=username.title(), password=PASSWORD, role_id=role.id)
    accounts.create(Staff("stf_test", "Test", frozenset({"*"})), asked)
    return token_of(username)
