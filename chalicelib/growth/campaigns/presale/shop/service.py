"""What members see of their deposits. The clock decides how one stands, whatever is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.errors import DomainError
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus
from chalicelib.growth.campaigns.presale.deposits import service as deposits
from chalicelib.growth.campaigns.presale.deposits.schemas import PayDeposit
from chalicelib.growth.campaigns.presale.errors import DepositNotFound, DepositOpen
from chalicelib.growth.campaigns.presale.models import OPEN, Deposit
from chalicelib.growth.campaigns.presale.service import deposit_of
from chalicelib.growth.campaigns.presale.shop.schemas import DepositPage, DepositView
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.payments.purchases.errors import PurchaseNotFound

EXPORTED = 200


def start(member_id: str, openid: str, asked: PayDeposit, key: str) -> DepositPage:
    """:raises NotDepositable, PartnerError: see :func:`deposits.start`."""
    view = deposits.start(member_id, openid, asked, key)
    return page(member_id, view.id, view.parameters)


def sync(member_id: str, deposit_id: str) -> DepositPage:
    """After the channel was asked about it. :raises DepositNotFound: :raises PartnerError:"""
    try:
        deposits.sync(member_id, deposit_id)
    except PurchaseNotFound:
        raise DepositNotFound() from None
    return page(member_id, deposit_id)


def page(member_id: str, deposit_id: str, parameters: Mapping[str, str] | None = None) -> DepositPage:
    """A deposit whole, this moment. Two reads. :raises DepositNotFound: there is none, or it is another member's."""
    deposit = deposit_of(member_id, deposit_id, consistent=True)
    (card,) = _cards([deposit])
    return DepositPage(**card, now=clock.now(), parameters=dict(parameters or {}))


def mine(member_id: str, asked: PageQuery) -> Page[DepositView]:
    """The member's, newest first. Two reads."""
    found, cursor = pages.query(Deposit, member_id, limit=asked.limit, cursor=asked.cursor)
    return Page[DepositView](items=[DepositView(**card) for card in _cards(found)], cursor=cursor)


def export(member_id: str) -> list[dict[str, object]]:
    """The newest deposits, for the copy of the member's personal data. Registered with identity."""
    newest = list(Deposit.query(member_id, scan_index_forward=False, limit=EXPORTED))
    return [DepositView(**card).model_dump(mode="json") for card in _cards(newest)]


def stands_against_closing(member_id: str) -> DomainError | None:
    """Money that waits for its goods must not vanish with the account. Registered with identity."""
    newest = Deposit.query(member_id, scan_index_forward=False, limit=EXPORTED, consistent_read=True)
    return DepositOpen() if any(each.status in OPEN for each in newest) else None


def _cards(found: Sequence[Deposit]) -> list[dict[str, Any]]:
    if not found:
        return []
    now = clock.now()
    wanted: dict[Any, Any] = {
        Product: [each.product_id for each in found],
        Campaign: [(MALL, each.campaign_id) for each in found],
    }
    known = batch_get(wanted)
    cards = []
    for each in found:
        campaign: Campaign = known[Campaign][MALL, each.campaign_id]
        standing = each.standing(now, runs=campaign.status_at(now) is CampaignStatus.RUNNING)
        goods = friends.goods(known[Product][each.product_id], each.sku_id)
        cards.append({**DepositView.fields(each), **goods, "standing": standing})
    return cards
