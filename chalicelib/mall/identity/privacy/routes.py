"""A member's rights over their data."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.api import Api
from chalicelib.mall.identity.privacy import service
from chalicelib.mall.identity.privacy.errors import ConsentLimitReached, OpenObligations
from chalicelib.mall.identity.privacy.schemas import CloseAccount, ConsentView, ExportView, GiveConsent
from chalicelib.mall.identity.service import Buyer

api = Api("privacy", title="隐私 Privacy")


@api.post("/me/consents", status=201, raises=[ConsentLimitReached])
def give_consent(buyer: Buyer, body: GiveConsent) -> ConsentView:
    """Record what I agreed to, or no longer agree to."""
    return ConsentView.of(service.give_consent(buyer.member_id, body))


@api.get("/me/export")
def export(buyer: Buyer) -> ExportView:
    """Give me a copy of all data about me."""
    parts = service.export(buyer.member_id)
    return ExportView(member_id=buyer.member_id, exported_at=clock.now(), parts=parts)


@api.delete("/me", raises=[OpenObligations])
def close(buyer: Buyer, query: CloseAccount) -> None:
    """Close my account for good.

    Profile, phone, addresses and login are deleted; orders stay as long as the law wants. Refused while something is
    unfinished (an order on its way). Logging in again makes a new member.
    """
    service.close(buyer.member_id)
