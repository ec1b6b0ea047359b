"""Above an amount, who pays with stored value proves that the phone is still theirs."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import service as wechat
from chalicelib.loyalty.wallet.errors import PhoneNotBound, VerificationFailed
from chalicelib.loyalty.wallet.models import Allowance
from chalicelib.loyalty.wallet.verifying.schemas import VerifiedView
from chalicelib.mall.identity.members import service as members
from chalicelib.trade.payments.errors import VerificationNeeded

GOOD_FOR = timedelta(minutes=10)


def verify(member_id: str, code: str) -> VerifiedView:
    """WeChat says which number the person at the phone has; it must be the member's.

    :raises PhoneNotBound: there is nothing to compare with. :raises VerificationFailed: it is another.
    :raises InvalidPhoneCode: WeChat refuses the code. :raises PartnerUnavailable: it can not be asked.
    """
    member = members.active(member_id)
    if member.phone is None:
        raise PhoneNotBound()
    phone = wechat.phone_number(code)
    if (phone.country_code, phone.number) != (member.phone_country, member.phone):
        raise VerificationFailed()
    now = clock.now()
    with Transaction() as tx:
        tx.update(Allowance(member_id=member_id), [Allowance.verified_at.set(now)])
    return VerifiedView(verified_until=now + GOOD_FOR)


def require_verified(member_id: str, amount: int) -> None:
    """:raises VerificationNeeded: *amount* is above the limit, and the member has not proved it just now."""
    limit = settings().wallet_verification_amount
    if amount <= limit:
        return
    allowance = Allowance.find(member_id, consistent=True)
    proved = allowance.verified_at if allowance is not None else None
    if proved is None or proved + GOOD_FOR <= clock.now():
        raise VerificationNeeded(limit_amount=limit)
