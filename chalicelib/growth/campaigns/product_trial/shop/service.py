"""What members see of their trials. The clock decides, whatever is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.errors import DomainError
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.campaigns.base.friends.schemas import AskShare, ShareView
from chalicelib.growth.campaigns.base.friends.service import Invitation
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.product_trial.errors import NotApplicable, TrialDepositOpen
from chalicelib.growth.campaigns.product_trial.models import Application, ApplicationStatus, TrialDeposit
from chalicelib.growth.campaigns.product_trial.reporting import service as reporting
from chalicelib.growth.campaigns.product_trial.service import NAME, application_of, rules_of
from chalicelib.growth.campaigns.product_trial.shop.schemas import ReportView, TrialCard, TrialPage
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.posters.designs.schemas import PosterKind
from chalicelib.trade.orders.models import Order

EXPORTED = 200
_HELD = (TrialDeposit.OPEN, TrialDeposit.PAID)


def page(member_id: str, campaign_id: str, parameters: Mapping[str, str] | None = None) -> TrialPage:
    """My application whole, this moment. Two reads. :raises TrialNotFound:"""
    mine, now = application_of(campaign_id, member_id), clock.now()
    wanted: dict[Any, Any] = {
        Product: [mine.product_id],
        Campaign: [(MALL, campaign_id)],
        Order: [(member_id, mine.order_id)] if mine.order_id else [],
    }
    found = batch_get(wanted, consistent=True)
    campaign: Campaign = found[Campaign][MALL, campaign_id]
    order = found[Order].get((member_id, mine.order_id or ""))
    in_time = mine.order_by is not None and now < mine.order_by
    runs = campaign.status_at(now) is CampaignStatus.RUNNING
    return TrialPage(
        **_card(mine, found[Product]),
        now=now,
        can_order=runs and in_time and mine.status is ApplicationStatus.PICKED and mine.may_order,
        answers=mine.answers,
        report_by=reporting.due(mine, order, rules_of(campaign.settings)),
        report=ReportView.of(mine.report) if mine.report is not None else None,
        review_score=mine.review_score,
        review_note=mine.review_note,
        parameters=dict(parameters or {}),
    )


def mine(member_id: str, asked: PageQuery) -> Page[TrialCard]:
    """My applications, newest first. Three reads."""
    keys, cursor = pages.query(Application.by_member, member_id, limit=asked.limit, cursor=asked.cursor)
    rows = _rows((each.campaign_id, member_id) for each in keys)
    known = batch_get({Product: [each.product_id for each in rows]})[Product] if rows else {}
    return Page[TrialCard](items=[TrialCard(**_card(each, known)) for each in rows], cursor=cursor)


def share(member_id: str, campaign_id: str, asked: AskShare) -> ShareView:
    """A code that leads to the campaign and names the sharer; a poster, if asked for.

    :raises CampaignNotFound: :raises NotApplicable: nobody can apply any more. :raises TemplateNotFound, TooManyLinks,
        TooManyPosters, LinkCollision, TooBusy, Unauthorized:
    """
    campaign = campaign_of(campaign_id)
    if campaign.play != NAME or campaign.status is CampaignStatus.DRAFT:
        raise CampaignNotFound()
    now = clock.now()
    if campaign.status_at(now) is not CampaignStatus.RUNNING or now >= rules_of(campaign.settings).apply_until:
        raise NotApplicable(reason="applications_over")
    item = campaign.items[0]
    product = batch_get({Product: [item.product_id]})[Product][item.product_id]
    sku = product.sku(item.sku_id)
    invitation = Invitation(
        kind=PosterKind.TRIAL,
        id=campaign.id,
        campaign_id=campaign.id,
        product=product,
        sku_id=item.sku_id,
        price_amount=item.unit_amount or 0,
        market_amount=sku.price_amount if sku is not None else 0,
        label="招募体验官",
        note=f"共{sum(campaign.set_aside(each.sku_id) for each in campaign.items)}份，免费试用",
    )
    return friends.share(member_id, invitation, asked)


def export(member_id: str) -> list[dict[str, object]]:
    """The newest applications, for the copy of the member's personal data. Registered with identity."""
    keys = list(Application.by_member.query(member_id, scan_index_forward=False, limit=EXPORTED))
    return [
        {
            "campaign_id": each.campaign_id,
            "sku_id": each.sku_id,
            "status": each.status,
            "answers": each.answers,
            "applied_at": each.applied_at.isoformat(),
            "report": each.report.model_dump() if each.report is not None else None,
        }
        for each in _rows((each.campaign_id, member_id) for each in keys)
    ]


def stands_against_closing(member_id: str) -> DomainError | None:
    """Money that waits for a report must not vanish with the account. Registered with identity."""
    keys = list(Application.by_member.query(member_id, scan_index_forward=False, limit=EXPORTED))
    rows = _rows((each.campaign_id, member_id) for each in keys)
    return TrialDepositOpen() if any(each.deposit in _HELD for each in rows) else None


def _rows(keys: Any) -> list[Application]:
    wanted = list(keys)
    found = batch_get({Application: wanted}, consistent=True)[Application] if wanted else {}
    return [found[key] for key in wanted if key in found]


def _card(mine: Application, products: Mapping[Any, Product]) -> dict[str, Any]:
    return {**TrialCard.fields(mine), **friends.goods(products[mine.product_id], mine.sku_id)}
