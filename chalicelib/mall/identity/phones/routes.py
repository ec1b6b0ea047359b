"""The buyer's phone number."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.gateways.wechat.errors import InvalidPhoneCode
from chalicelib.mall.identity.members.errors import PhoneTaken
from chalicelib.mall.identity.members.schemas import MemberView
from chalicelib.mall.identity.phones import service
from chalicelib.mall.identity.phones.schemas import BindPhone
from chalicelib.mall.identity.service import Buyer

api = Api("phones", title="会员 Members")


@api.post("/me/phone", raises=[InvalidPhoneCode, PhoneTaken, PartnerUnavailable])
def bind_phone(buyer: Buyer, body: BindPhone) -> MemberView:
    """Bind the phone number that WeChat has verified.

    One number, one member: a number of another member with a login is refused. Binding again replaces the number.
    """
    return MemberView.of(service.bind(buyer.member_id, body.code))
