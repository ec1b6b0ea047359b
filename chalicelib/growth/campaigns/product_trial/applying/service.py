"""Members apply. Algorithm: docs/algorithms/product-trial.md, "Applying"."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus
from chalicelib.growth.campaigns.product_trial.applying.schemas import Apply
from chalicelib.growth.campaigns.product_trial.errors import AnswersInvalid, AppliedAlready, NotApplicable
from chalicelib.growth.campaigns.product_trial.events import TrialApplied
from chalicelib.growth.campaigns.product_trial.models import (
    ID_PREFIX,
    Application,
    ApplicationStatus,
    campaign_status,
    rank_of,
)
from chalicelib.growth.campaigns.product_trial.schemas import ProductTrialSettings, Question
from chalicelib.growth.campaigns.product_trial.service import NAME, named, rules_of
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member


def apply(member_id: str, campaign_id: str, asked: Apply) -> None:
    """Once a campaign; again when the goods of the first went back. One read, one transaction.

    :raises NotApplicable: with the reason. :raises AnswersInvalid: :raises AppliedAlready:
    :raises Unauthorized: the account is closed.
    """
    now = clock.now()
    wanted: dict[Any, Any] = {
        Campaign: [(MALL, campaign_id)],
        Member: [member_id],
        Product: [asked.product_id],
    }
    found = batch_get(wanted, consistent=True)
    campaign: Campaign | None = found[Campaign].get((MALL, campaign_id))
    rules = _open(campaign, asked)
    member = Member.require_active(found[Member].get(member_id))
    product: Product | None = found[Product].get(asked.product_id)
    if campaign is None or not campaigns.is_for(campaign.segment_id, member):
        raise NotApplicable(reason="not_for_me")
    if product is None or not product.is_on_sale(now):
        raise NotApplicable(reason="not_on_sale")
    score = scored(rules, asked.answers)
    row = Application(
        campaign_id=campaign_id,
        member_id=member_id,
        id=ids.new(ID_PREFIX),
        campaign_status=campaign_status(campaign_id, ApplicationStatus.APPLIED),
        rank=rank_of(campaign_id, member_id, score),
        product_id=asked.product_id,
        sku_id=asked.sku_id,
        answers=dict(asked.answers),
        score=score,
        applied_at=now,
    )
    with Transaction() as tx:
        anew = Application.member_id.does_not_exist() | (Application.status == ApplicationStatus.RETURNED)
        tx.put(row, only_if=anew, otherwise=AppliedAlready())
        members.require_active(tx, member_id)
        tx.emit(TrialApplied(**named(row)))


def scored(rules: ProductTrialSettings, answers: dict[str, str]) -> int:
    """The points of the options that were chosen. :raises AnswersInvalid:"""
    unknown = set(answers) - {each.id for each in rules.questions}
    bad = sorted(unknown | {each.id for each in rules.questions if not _answered(each, answers.get(each.id))})
    if bad:
        raise AnswersInvalid(question_ids=bad)
    return sum(
        option.points for each in rules.questions for option in each.options if answers.get(each.id) == option.text
    )


def _answered(question: Question, answer: str | None) -> bool:
    if answer is None:
        return not question.required
    return not question.options or answer in {option.text for option in question.options}


def _open(campaign: Campaign | None, asked: Apply) -> ProductTrialSettings:
    """Its rules, while it takes applications."""
    now = clock.now()
    runs = campaign is not None and campaign.status_at(now) is CampaignStatus.RUNNING and campaign.play == NAME
    item = campaign.item(asked.sku_id) if campaign is not None and runs else None
    if campaign is None or item is None or item.product_id != asked.product_id:
        raise NotApplicable(reason="not_running")
    rules = rules_of(campaign.settings)
    if now >= rules.apply_until:
        raise NotApplicable(reason="applications_over")
    return rules
