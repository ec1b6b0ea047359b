"""People who share, and what they share."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.service import Buyer
from tests.harness import Client

PRODUCT = {"page": "pages/product/detail", "parameters": {"id": "prd_1", "from": "分享 页"}}


def buyer(http: Client, member_id: str) -> Client:
    """A client of a member who exists."""
    Member(id=member_id, openid=f"o-{member_id}", registered_at=clock.now()).save()
    return again(http, member_id)


def again(http: Client, member_id: str) -> Client:
    """The same member with a fresh token: they last a day."""
    return http.as_(Buyer.token(member_id, f"o-{member_id}"))


def shared(client: Client, **more: Any) -> dict[str, Any]:
    """A page shared."""
    link: dict[str, Any] = client.post("/links", json={**PRODUCT, **more}).ok()
    return link
