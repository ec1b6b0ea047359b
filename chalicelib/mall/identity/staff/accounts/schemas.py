"""Accounts, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Line, Schema
from chalicelib.mall.identity.staff.models import Account

Username = Annotated[str, Field(min_length=3, max_length=32, pattern=r"^[a-z0-9][a-z0-9._\-]+$", examples=["li.lei"])]
Password = Annotated[
    str, Field(min_length=10, max_length=128, description="Ten characters at least.", examples=["correct-horse-1"])
]


class CreateStaff(Schema):
    username: Username
    """What they log in with; for ever."""
    name: Line
    password: Password
    role_id: Id


class EditStaff(Schema):
    """A field left out stays."""

    name: Line | None = None
    role_id: Id | None = None
    active: bool | None = None
    """False locks the account: its tokens die at once."""
    password: Password | None = None
    """A new one for somebody who forgot theirs: their tokens die at once."""


class ChangePassword(Schema):
    old_password: Annotated[str, Field(min_length=1, max_length=128)]
    new_password: Password


class Owner(Schema):
    """The first person of a new mall."""

    username: Username
    password: Password
    name: Line = "店主"


class StaffView(Schema):
    id: str
    username: str
    name: str
    role_id: str
    active: bool
    store_ids: list[str]
    """The stores where they work."""
    created_at: datetime
    logged_in_at: datetime | None

    @classmethod
    def of(cls, account: Account) -> StaffView:
        return cls.model_validate({name: getattr(account, name) for name in cls.model_fields})
