"""A buyer proves who they are, before a large payment."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.gateways.wechat.errors import InvalidPhoneCode
from chalicelib.loyalty.wallet.errors import PhoneNotBound, VerificationFailed
from chalicelib.loyalty.wallet.verifying import service
from chalicelib.loyalty.wallet.verifying.schemas import VerifiedView
from chalicelib.mall.identity.phones.schemas import BindPhone
from chalicelib.mall.identity.service import Buyer

api = Api("wallet_verification", title="储值 Wallet")


@api.post("/me/wallet/verification", raises=[InvalidPhoneCode, PhoneNotBound, VerificationFailed, PartnerUnavailable])
def verify(buyer: Buyer, body: BindPhone) -> VerifiedView:
    """Prove that my phone is mine, after `verification_needed`: then pay again."""
    return service.verify(buyer.member_id, body.code)
