"""The buyer's own data."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.members import service
from chalicelib.mall.identity.members.schemas import EditProfile, MemberView
from chalicelib.mall.identity.service import Buyer

api = Api("members", title="会员 Members")


@api.get("/me")
def show_me(buyer: Buyer) -> MemberView:
    """Show my profile."""
    return MemberView.of(service.active(buyer.member_id))


@api.patch("/me")
def edit_me(buyer: Buyer, body: EditProfile) -> MemberView:
    """Change my profile: what is left out stays, null takes away."""
    return MemberView.of(service.edit_profile(buyer.member_id, body))
