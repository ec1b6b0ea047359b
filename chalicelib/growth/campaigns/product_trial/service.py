"""The play, and what all of it asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.errors import DomainError, Invalid
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.product_trial.errors import TrialMoved, TrialNotFound
from chalicelib.growth.campaigns.product_trial.models import (
    STEPS,
    Application,
    ApplicationStatus,
    campaign_status,
    held_owner,
)
from chalicelib.growth.campaigns.product_trial.schemas import ProductTrialSettings
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.mall.catalog.products.models import Product

NAME = "product_trial"
SHORTEST_ORDER = timedelta(hours=1)


class ProductTrialPlay(Play):
    """Goods for those who are picked, for nothing or little, and a report of them."""

    name, title = NAME, "体验官"
    settings = ProductTrialSettings

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """:raises Invalid: dates out of order; no price or stock. :raises TemplateNotFound: a reward's."""
        rules = rules_of(campaign.settings)
        errors = []
        if not campaign.starts_at < rules.apply_until <= campaign.ends_at - SHORTEST_ORDER:
            issue = "after the campaign begins, and an hour before it ends"
            errors.append({"field": "settings.apply_until", "issue": issue})
        for number, item in enumerate(campaign.items):
            if item.unit_amount is None:
                errors.append({"field": f"items.{number}.unit_amount", "issue": "what a tester pays: 0, or a little"})
            if item.stock is None:
                errors.append({"field": f"items.{number}.stock", "issue": "how many are picked"})
        if errors:
            raise Invalid(errors=errors)
        rewards.require_sound([rules.reward])

    def posted(self, campaign: Campaign, products: Mapping[str, Product]) -> dict[str, Any]:
        """Baskets need none of it."""
        return {"apply_until": campaign.settings["apply_until"]}

    def shown(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Not what an answer is worth: who knew it would say what is worth most, and not what is so."""
        rules = rules_of(settings)
        return rules.model_dump(mode="json", exclude={"questions": {"__all__": {"options": {"__all__": {"points"}}}}})

    def kept_for_members(self, campaign: Campaign) -> list[str]:
        return [held_owner(campaign.id)]

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        return min(item.unit_amount or 0, price_amount)

    def words(self, campaign: Campaign) -> str:
        return f"免费试用，共{sum(campaign.set_aside(item.sku_id) for item in campaign.items)}份"


def rules_of(settings: Mapping[str, Any]) -> ProductTrialSettings:
    """The settings as they are meant."""
    return ProductTrialSettings.model_validate(settings)


def application_of(campaign_id: str, member_id: str) -> Application:
    """The member's, this moment. :raises TrialNotFound:"""
    found = Application.find(campaign_id, member_id, consistent=True)
    if found is None:
        raise TrialNotFound()
    return found


def step(
    tx: Transaction,
    each: Application,
    to: ApplicationStatus,
    *actions: Action,
    also: Condition | None = None,
    otherwise: DomainError | None = None,
) -> None:
    """Its step *to*, from where it was read. :raises TrialMoved: (at commit) or *otherwise*."""
    as_read: Condition = Application.status == each.status
    move(
        tx,
        Application(campaign_id=each.campaign_id, member_id=each.member_id),
        Application.status,
        STEPS,
        to,
        Application.campaign_status.set(campaign_status(each.campaign_id, to)),
        *actions,
        also=as_read if also is None else as_read & also,
        otherwise=otherwise or TrialMoved(),
    )


def named(each: Application) -> dict[str, Any]:
    """What every event of it says."""
    return {"campaign_id": each.campaign_id, "member_id": each.member_id}
